// SPDX-License-Identifier: Apache-2.0
#include "engine/node/authority.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cstring>
#include <system_error>
#include <vector>

#include "crypto/journal_format.hpp"

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
  std::string line = fmt::format("{}: vote journal: {} (segment {}, offset {})", directory.string(), crypto::to_string(error.code), error.segment,
                                 error.offset);
  if (error.os_error != 0) line += fmt::format(": {}", std::strerror(error.os_error));
  return line;
}

std::optional<AuthorityIndex> index_of(const crypto::format::Genesis& genesis, const PublicKey& key) {
  for (std::size_t i = 0; i < genesis.authorities.size(); ++i)
    if (genesis.authorities[i].key == key) return AuthorityIndex(static_cast<std::uint16_t>(i));
  return std::nullopt;
}

// The uuid of the journal that lies in `directory`; absent when there is none.
std::optional<JournalUuid> uuid_of_journal_in(const fs::path& directory) {
  std::error_code ignored;
  for (const fs::directory_entry& entry : fs::directory_iterator(directory, ignored)) {
    if (entry.path().extension() != ".seg") continue;
    const int fd = ::open(entry.path().c_str(), O_RDONLY | O_CLOEXEC);
    if (fd < 0) continue;
    ByteVector header(crypto::segment_header_bytes);
    const bool whole = ::read(fd, header.data(), header.size()) == static_cast<ssize_t>(header.size());
    ::close(fd);
    if (!whole) continue;
    if (const auto decoded = crypto::decode_segment_header(header)) return decoded->identity.uuid;
  }
  return std::nullopt;
}

// Replaces the key file by the same key that names `journal`: written beside it, made durable, renamed over it.
Result<void, ConfigError> name_journal(const fs::path& file, const crypto::StoredKey& key, const JournalUuid& journal,
                                       std::optional<std::string_view> password) {
  const fs::path beside = file.string() + ".new";
  std::error_code error;
  fs::remove(beside, error);
  crypto::StoredKey named{crypto::key_pair_from_seed(key.pair.secret_key.view().first(32)), journal};
  if (const auto saved = crypto::save_key_file(beside.string(), named, password); !saved) return refuse(describe(beside, saved.error()));
  fs::rename(beside, file, error);
  if (error) return refuse(fmt::format("{}: cannot be renamed to {}: {}", beside.string(), file.string(), error.message()));
  const fs::path parent = file.parent_path().empty() ? fs::path(".") : file.parent_path();
  const int directory = ::open(parent.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  const bool synced = directory >= 0 && ::fsync(directory) == 0;
  if (directory >= 0) ::close(directory);
  if (!synced) return refuse(fmt::format("{}: cannot be synced: {}", parent.string(), std::strerror(errno)));
  return {};
}

bool is_quarantine(JournalErrc code) {
  switch (code) {
    case JournalErrc::missing:
    case JournalErrc::foreign_uuid:
    case JournalErrc::behind_chain: return true;
    case JournalErrc::exists:
    case JournalErrc::locked:
    case JournalErrc::foreign_network:
    case JournalErrc::foreign_key:
    case JournalErrc::unsupported_version:
    case JournalErrc::corrupt:
    case JournalErrc::gap:
    case JournalErrc::guard_regression:
    case JournalErrc::guard_mismatch:
    case JournalErrc::io: return false;
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

Result<AuthorityStart, ConfigError> start_authority(const Config& config, const NodeId& node_id, Height tip_height,
                                                    const crypto::GuardPosition& chain_guard, std::optional<std::string_view> password,
                                                    crypto::SignerCallbacks callbacks) {
  const fs::path& file = config.authority_key_file;
  auto stored = crypto::load_key_file(file.string(), password);
  if (!stored) return refuse(describe(file, stored.error()));
  const auto index = index_of(config.genesis, stored->pair.public_key);
  if (!index)
    return refuse(fmt::format("{}: the key {} is none of the genesis' authorities; use an authority's key, or set consensus.is_authority = false",
                              file.string(), stored->pair.public_key.hex()));

  const fs::path directory = config.data_dir / "journal";
  std::error_code error;
  fs::create_directories(directory, error);
  crypto::SignerOptions options;
  options.journal.directory = directory.string();
  options.journal.identity.network_id = config.genesis.network_id;
  options.journal.max_block_bytes = config.genesis.parameters.max_block_bytes;
  options.journal.chain_guard = chain_guard;
  options.node_id = node_id;
  options.attestation_not_after = tip_height.plus(kAttestationHeights);

  const bool first_start = !stored->journal.has_value();
  const std::optional<JournalUuid> lying_there = first_start ? uuid_of_journal_in(directory) : std::nullopt;
  options.journal.create = first_start && !lying_there;
  options.journal.identity.uuid = stored->journal ? *stored->journal : lying_there ? *lying_there : crypto::new_journal_uuid();

  AuthorityStart start{*index, nullptr, {}, options.attestation_not_after, std::nullopt};
  crypto::KeyPair pair = crypto::key_pair_from_seed(stored->pair.secret_key.view().first(32));
  auto signer = crypto::Signer::start(std::move(pair), options, std::move(callbacks));
  if (!signer && is_quarantine(signer.error().code)) {
    start.quarantine_reason = describe(directory, signer.error()) +
                              "; this authority follows the chain and does not vote. Put the newest journal back, or have the authorities replace its key";
    return start;
  }
  if (!signer) return refuse(describe(directory, signer.error()), true);
  start.signer = std::move(signer->signer);
  start.recovered = std::move(signer->recovered);
  if (!first_start) return start;
  // The first start was broken off between making the journal and naming it: fine when nothing was signed, for then this key never voted.
  if (lying_there && start.recovered.guard.view != View(0))
    return refuse(fmt::format("{}: does not name the journal in {}, which holds votes: the key file is an old copy", file.string(), directory.string()));
  PVC_TRY_VOID(name_journal(file, *stored, options.journal.identity.uuid, password));
  return start;
}

}  // namespace provchain::node
