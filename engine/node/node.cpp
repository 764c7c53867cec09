// SPDX-License-Identifier: Apache-2.0
#include "engine/node/node.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <thread>

#include "crypto/random.hpp"
#include "engine/api/server.hpp"
#include "engine/core/consensus/consensus.hpp"
#include "engine/node/api_bridge.hpp"
#include "engine/node/authority.hpp"
#include "engine/node/driver.hpp"
#include "engine/node/index_thread.hpp"
#include "engine/node/recovery.hpp"
#include "engine/node/storage_failure.hpp"
#include "engine/node/timeouts.hpp"
#include "engine/node/token_file.hpp"
#include "engine/node/version.hpp"
#include "storage/index/index_store.hpp"

namespace provchain::node {
namespace {

namespace fs = std::filesystem;

std::unexpected<ConfigError> refuse(const storage::Error& error) { return std::unexpected(storage_failure({}, error)); }

}  // namespace

struct Node::Parts {
  Parts(Config config_in, Log& log_in) : config(std::move(config_in)), log(log_in) {}

  Config config;
  Log& log;
  MetricsRegistry metrics;
  Notifier notifier;
  Inbox inbox{notifier};
  Progress progress;
  SnapshotBoard board;
  crypto::KeyPair node_key;
  crypto::KeyPair submitter_key;
  std::optional<std::string> token;
  NodeId node_id;
  std::unique_ptr<storage::Ledger> ledger;
  std::optional<storage::IndexStore> index;
  StoredEnd stored;
  bool halted = false;  // in an earlier run
  std::optional<AuthorityStart> authority;

  crypto::SignerCallbacks signer_callbacks();
  core::consensus::Recovered take_recovered();
  core::CoreOptions core_options(std::uint16_t peer_port) const;
  net::NetworkOptions network_options();
  api::Backend backend(ApiBridge& bridge);
};

Node::Node(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
Node::~Node() = default;

crypto::SignerCallbacks Node::Parts::signer_callbacks() {
  crypto::SignerCallbacks callbacks;
  callbacks.on_answers = [this](std::span<const crypto::VoteAnswer> answers) {
    for (const crypto::VoteAnswer& answer : answers) {
      // Of a failed journal the core hears nothing: the node ends by on_failed, and an unanswered vote is one that was never
      // cast.
      if (!answer.signature && answer.signature.error() == crypto::SignErrc::journal_failed) continue;
      inbox.push(VoteSigned{answer.ticket, answer.signature ? std::optional(*answer.signature) : std::nullopt});
    }
  };
  callbacks.on_failed = [this](const crypto::JournalError& error) {
    inbox.push(Fatal{{fmt::format("the vote journal cannot be written: {}", crypto::to_string(error.code)), true}});
  };
  return callbacks;
}

Result<std::unique_ptr<Node>, ConfigError> Node::open(Config config, Log& log, std::optional<std::string> password) {
  if (!crypto::init()) return std::unexpected(ConfigError{"the system gives no randomness"});
  storage::lmdb::install_damage_handler();
  auto parts = std::make_unique<Parts>(std::move(config), log);
  const Config& settings = parts->config;
  const auto secret = password ? std::optional<std::string_view>(*password) : std::nullopt;
  PVC_TRY(parts->node_key, load_or_make_key(settings.node_key_file, secret));
  PVC_TRY(parts->submitter_key, load_or_make_key(settings.api.submitter_key_file, secret));
  if (settings.api.token_file) {
    PVC_TRY(parts->token, read_token_file(*settings.api.token_file));
  }
  parts->node_id = NodeId{parts->node_key.public_key.bytes};

  storage::StorageOptions options{settings.data_dir, settings.map_size_bytes, true};
  auto ledger = storage::Ledger::open(options, crypto::format::genesis_header(settings.genesis));
  if (!ledger) return refuse(ledger.error());
  parts->ledger = std::move(*ledger);
  auto index = storage::IndexStore::open(parts->ledger->data_dir().index_path(), storage::index_env_options(options));
  if (!index) return refuse(index.error());
  parts->index.emplace(std::move(*index));
  auto stored = read_end(parts->ledger->chain(), settings.genesis);
  if (!stored) return refuse(stored.error());
  parts->stored = std::move(*stored);
  parts->progress.set_finalized(parts->stored.tip.height);

  auto notes = storage::read_stop_notes(parts->ledger->data_dir());
  if (!notes) return refuse(notes.error());
  for (const storage::StopNote& note : *notes) {
    parts->halted |= note.kind == storage::StopKind::halt;
    log.error(fmt::format("stopped in an earlier run: {}; this node {} until {} is taken away", note.reason,
                          note.kind == storage::StopKind::halt ? "serves its chain and does not go on" : "does not vote",
                          (settings.data_dir / "STOPPED").string()));
  }

  if (settings.is_authority) {
    const auto& guard = parts->stored.guard;
    auto started =
        start_authority(settings, parts->node_id, parts->stored.tip.height, {guard.epoch, guard.view, guard.step},
                        notes->empty() ? std::nullopt : std::optional(notes->front().reason), secret, parts->signer_callbacks());
    if (!started) return std::unexpected(std::move(started.error()));
    parts->authority.emplace(std::move(*started));
    if (parts->authority->quarantine_reason && notes->empty()) log.warn(*parts->authority->quarantine_reason);
  }
  return std::unique_ptr<Node>(new Node(std::move(parts)));
}

core::consensus::Recovered Node::Parts::take_recovered() {
  core::consensus::Recovered recovered = recovered_of(stored, authority);
  recovered.halted = halted;
  return recovered;
}

core::CoreOptions Node::Parts::core_options(std::uint16_t peer_port) const {
  core::CoreOptions options;
  options.genesis = config.genesis;
  options.node_id = node_id;
  options.listen_port = peer_port;
  options.static_peer_count = static_cast<std::uint32_t>(config.bootstrap_peers.size());
  options.strangers_max = static_cast<std::uint32_t>(config.max_peers);
  for (const StaticPeer& peer : config.bootstrap_peers)
    if (peer.node_id) options.configured_nodes.push_back(*peer.node_id);
  options.seed = crypto::random_u64();  // jitter must differ between nodes; nothing else depends on it
  options.heartbeat_interval = Duration::millis(static_cast<std::int64_t>(config.heartbeat_interval_ms));
  options.view_timeout_base = Duration::millis(static_cast<std::int64_t>(config.view_timeout_ms));
  options.leader_away_after = Duration::millis(static_cast<std::int64_t>(config.leader_away_after_ms));
  options.mempool.bytes_max = config.limits.mempool_bytes_max;
  options.mempool.transactions_max = config.limits.mempool_transactions_max;
  options.mempool.author_bytes_max = config.limits.author_bytes_max;
  options.mempool.author_transactions_max = config.limits.author_transactions_max;
  if (!authority) return options;
  options.authority_key = authority->key;
  if (authority->signer != nullptr)
    options.attestation = core::Attestation{authority->attestation_not_after.value(), authority->recovered.attestation};
  return options;
}

net::NetworkOptions Node::Parts::network_options() {
  net::NetworkOptions options;
  options.network_id = config.genesis.network_id;
  options.node_key = std::move(node_key);
  options.role_flags = authority ? 1U : 0U;
  options.listen_address = config.listen_address;
  options.listen_port = config.listen_port;
  options.reactor_count = config.reactor_threads;
  // Room for everybody the core welcomes, and for those who have not shown yet what they are.
  options.limits.connections_max =
      static_cast<std::uint32_t>(config.max_peers + config.bootstrap_peers.size() + limits::authorities_max +
                                 core::greeting_peers_max + options.limits.pending_handshakes_max);
  options.limits.max_block_bytes = config.genesis.parameters.max_block_bytes;
  options.timeouts = network_timeouts(Duration::millis(static_cast<std::int64_t>(config.connection_timeout_ms)));
  return options;
}

api::Backend Node::Parts::backend(ApiBridge& bridge) {
  api::Backend backend;
  backend.genesis = &config.genesis;
  backend.ledger = ledger.get();
  backend.index = &*index;
  backend.metrics = &metrics;
  backend.submitter_key = &submitter_key;
  backend.submit = [&bridge](SharedBytes transaction, api::TxReply reply) {
    return bridge.submit(std::move(transaction), std::move(reply));
  };
  backend.lookup = [&bridge](const TxId& id, api::TxReply reply) { return bridge.lookup(id, std::move(reply)); };
  backend.view = [&bridge] { return bridge.view(); };
  backend.finalized_height = [this] { return progress.finalized(); };
  backend.indexed_height = [this] { return progress.indexed(); };
  backend.is_indexing = [this] { return progress.is_indexing(); };
  backend.refresh_metrics = [this, &bridge] {
    bridge.refresh_metrics();
    metrics.gauge("provchain_indexed_height", "The newest height in the quad index.")
        .set(static_cast<std::int64_t>(progress.indexed().value()));
    metrics.gauge("provchain_indexing", "1 while the indexer runs, 0 after an error has ended it.").set(progress.is_indexing());
  };
  return backend;
}

Result<void, ConfigError> Node::run(const std::function<void(const Endpoints&)>& on_ready) {
  Parts& parts = *parts_;
  const Config& config = parts.config;
  storage::Indexer indexer(parts.ledger->chain(), *parts.index);
  if (const auto recovered = indexer.recover(); !recovered) return refuse(recovered.error());

  const std::size_t cores = std::max(1U, std::thread::hardware_concurrency());
  crypto::WorkerPool check_pool({std::max<std::size_t>(1, cores / 2)});
  crypto::WorkerPool serve_pool({2});
  net::Network network(parts.network_options(), check_pool, parts.metrics, parts.notifier);
  if (const auto started = network.start(); !started)
    return std::unexpected(ConfigError{fmt::format("cannot listen for peers on {}:{}: {}", config.listen_address,
                                                   config.listen_port, net::to_string(started.error().errc))});
  ApiBridge bridge(parts.inbox, parts.board, config.genesis, parts.node_id, config.bootstrap_peers.size(), parts.metrics);
  auto server = api::Server::start({config.api.listen.host, config.api.listen.port, parts.token, config.api.body_bytes_max,
                                    static_cast<std::uint32_t>(config.api.connections_max)},
                                   parts.backend(bridge));
  if (!server) return std::unexpected(ConfigError{server.error().message});

  IndexThread index_thread(indexer, parts.progress, parts.log);
  parts.progress.on_change([&] {
    index_thread.wake();
    (*server)->on_progress();
  });
  index_thread.start();
  StorageThread storage_thread(*parts.ledger, parts.inbox, parts.progress, parts.metrics);
  core::NodeCore core(parts.core_options(network.port()));
  crypto::Signer* signer = parts.authority ? parts.authority->signer.get() : nullptr;
  Driver driver(
      {core, network, check_pool, serve_pool, signer, storage_thread, parts.inbox, parts.notifier, parts.board, parts.log,
       CheckContext{config.genesis.network_id, config.genesis.parameters.max_block_bytes, parts.ledger.get()},
       config.bootstrap_peers, parts.submitter_key,
       [&bridge](RequestId request, const TxId& id, const core::TxStatus& status) { bridge.reply(request, id, status); }});
  const auto& authorities = parts.stored.system.authorities;
  const bool is_member = parts.authority && crypto::format::find_authority(authorities, parts.authority->key);
  parts.log.info(fmt::format("provchain-engine {}: node {}, network '{}', {} of {} authorities{}, height {}", version,
                             parts.node_id.hex().substr(0, 16), config.genesis.name, is_member ? "one" : "none",
                             authorities.size(), parts.authority && signer == nullptr ? " (quarantined)" : "",
                             parts.stored.tip.height.value()));
  const auto fatal = driver.run(parts.take_recovered(), [&] { on_ready({network.port(), (*server)->port()}); });

  (*server)->stop();
  network.stop();
  network.join();
  if (signer != nullptr) signer->stop();
  check_pool.stop();
  serve_pool.stop();
  storage_thread.stop();
  index_thread.stop();
  if (fatal) return std::unexpected(*fatal);
  return {};
}

void Node::request_stop() { parts_->inbox.push(Stop{}); }

}  // namespace provchain::node
