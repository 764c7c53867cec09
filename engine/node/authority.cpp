// SPDX-License-Identifier: Apache-2.0
#include "engine/node/authority.hpp"

#include <fmt/format.h>

#include <cstring>
#include <system_error>

#include "storage/ledger.hpp"

namespace provchain::node {
namespace {

namespace fs = std::filesystem;
using crypto::JournalErrc;
using crypto::KeyFileErrc;

// An attestation is bound to a height so that one that leaked does not serve for ever; a restart makes a new one.
constexpr std::uint64_t kAttestationHeights = 100'000'000;

std::unexpected<ConfigError> refuse(std::string message, bool data_damaged = false) {
  return std::unexpected(ConfigError{std::move(message), data_damaged});
}

std::string describe(const fs::path& file, const crypto::KeyFileError& error) {
  std::string line = fmt::format("{}: {}", file.string(), crypto::to_string(error.code));
  if (error.system_error != 0) line += fmt::format(" ({})", std::strerror(error.system_error));
  if (error.code == KeyFileErrc::too_open) line += fmt::format("; run: chmod 600 {}", file.string());
  return line;
}

std::string describe(const fs::path& directory, const crypto::JournalError& error) {
  std::string line = fmt::format("{}: vote journal: {} (segment {}, offset {})", directory.string(),
                                 crypto::to_string(error.code), error.segment, error.offset);
  if (error.os_error != 0) line += fmt::format(": {}", std::strerror(error.os_error));
  return line;
}

fs::path journal_directory(const Config& config) { return config.data_dir / "journal"; }

// The configured key, which names its journal, as far as a node may vote with it.
Result<crypto::StoredKey, ConfigError> load_authority_key(const Config& config, std::optional<std::string_view> password) {
  const fs::path& file = config.authority_key_file;
  auto stored = crypto::load_key_file(file.string(), password);
  if (!stored) return refuse(describe(file, stored.error()));
  if (!stored->journal)
    return refuse(file.string() + ": names no vote journal; an authority's key is made by: provchain key new");
  return std::move(*stored);
}

crypto::JournalOptions journal_options(const Config& config, const crypto::StoredKey& key) {
  crypto::JournalOptions options;
  options.directory = journal_directory(config).string();
  options.identity = {config.genesis.network_id, key.pair.public_key, *key.journal};
  options.max_block_bytes = config.genesis.parameters.max_block_bytes;
  return options;
}

bool is_quarantine(JournalErrc code) {
  switch (code) {
    case JournalErrc::missing:
    case JournalErrc::foreign_uuid:
    case JournalErrc::behind_chain:
      return true;
    case JournalErrc::exists:
    case JournalErrc::locked:
    case JournalErrc::foreign_network:
    case JournalErrc::foreign_key:
    case JournalErrc::unsupported_version:
    case JournalErrc::corrupt:
    case JournalErrc::gap:
    case JournalErrc::guard_regression:
    case JournalErrc::guard_mismatch:
    case JournalErrc::io:
      return false;
  }
  PVC_UNREACHABLE();
}

}  // namespace

Result<crypto::KeyPair, ConfigError> load_or_make_key(const fs::path& file, std::optional<std::string_view> password) {
  auto stored = crypto::load_key_file(file.string(), password);
  if (!stored && stored.error().code == KeyFileErrc::missing) {
    std::error_code error;
    fs::create_directories(file.parent_path(), error);
    auto made = crypto::new_key_file(file.string(), std::nullopt, password);
    if (!made) return refuse(describe(file, made.error()));
    return std::move(made->pair);
  }
  if (!stored) return refuse(describe(file, stored.error()));
  return std::move(stored->pair);
}

// Takes the directory's lock, so that no running node commits meanwhile.
Result<crypto::GuardPosition, ConfigError> read_chain_guard(const Config& config) {
  const storage::StorageOptions options{config.data_dir, config.map_size_bytes, true};
  const auto read = [&]() -> storage::StorageResult<storage::GuardPosition> {
    PVC_TRY(const auto ledger, storage::Ledger::open(options, crypto::format::genesis_header(config.genesis)));
    PVC_TRY(const storage::ReadTxn txn, ledger->chain().read());
    return ledger->chain().guard(txn);
  };
  const auto guard = read();
  if (!guard) return refuse(storage::describe(guard.error()), true);
  return crypto::GuardPosition{guard->epoch, guard->view, guard->step};
}

Result<void, ConfigError> create_journal(const Config& config, std::optional<std::string_view> password) {
  PVC_TRY(const crypto::StoredKey stored, load_authority_key(config, password));
  std::error_code error;
  fs::create_directories(journal_directory(config), error);
  crypto::JournalOptions options = journal_options(config, stored);
  options.create = true;
  PVC_TRY(options.chain_guard, read_chain_guard(config));
  if (const auto made = crypto::VoteJournal::open(options); !made)
    return refuse(describe(journal_directory(config), made.error()), true);
  return {};
}

Result<AuthorityStart, ConfigError> start_authority(const Config& config, const NodeId& node_id, Height tip_height,
                                                    const crypto::GuardPosition& chain_guard,
                                                    std::optional<std::string> stop_reason,
                                                    std::optional<std::string_view> password, crypto::SignerCallbacks callbacks) {
  PVC_TRY(crypto::StoredKey stored, load_authority_key(config, password));
  const fs::path directory = journal_directory(config);
  std::error_code error;
  fs::create_directories(directory, error);
  crypto::SignerOptions options;
  options.journal = journal_options(config, stored);
  options.journal.chain_guard = chain_guard;
  options.node_id = node_id;
  options.attestation_not_after = tip_height.plus(kAttestationHeights);

  AuthorityStart start{stored.pair.public_key, nullptr, {}, options.attestation_not_after, std::nullopt};
  if (stop_reason) {
    start.quarantine_reason = std::move(stop_reason);
    return start;
  }
  auto signer = crypto::Signer::start(std::move(stored.pair), options, std::move(callbacks));
  if (!signer && is_quarantine(signer.error().code)) {
    start.quarantine_reason =
        describe(directory, signer.error()) +
        "; this authority follows the chain and does not vote. Put its newest journal back; if the key has never voted "
        "anywhere, make its journal: provchain key journal node.toml";
    return start;
  }
  if (!signer) return refuse(describe(directory, signer.error()), true);
  start.signer = std::move(signer->signer);
  start.recovered = std::move(signer->recovered);
  return start;
}

}  // namespace provchain::node
