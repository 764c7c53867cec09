// SPDX-License-Identifier: Apache-2.0
// What the HTTP API asks of the node it speaks for. engine/node fills it in; tests fill it in with a table. The API never sees
// the core: it reads what is durable by itself (ledger, index) and asks for the rest through these functions, which any thread
// may call and which never block.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/metrics.hpp"
#include "base/shared_bytes.hpp"
#include "base/types.hpp"
#include "crypto/ed25519.hpp"
#include "crypto/format/genesis.hpp"
#include "crypto/format/system_state.hpp"
#include "crypto/format/transaction.hpp"
#include "storage/index/index_store.hpp"
#include "storage/ledger.hpp"

namespace provchain::api {

enum class TxPhase : std::uint8_t { pending, final, expired, rejected, unknown };

struct TxState {
  TxPhase phase = TxPhase::unknown;
  std::optional<crypto::format::TxReject> reject;  // rejected
  std::optional<Height> height;                    // final
  std::uint32_t retry_after_ms = 0;                // rejected for lack of room: when to try again
};

struct PeerView {
  std::string node_id;  // hex
  std::string address;
  bool inbound = false;
  bool ready = false;
  std::optional<std::string> authority;  // its name
  std::optional<std::uint64_t> rtt_us;
  std::uint64_t head_height = 0;  // as the peer says
  std::uint64_t connected_seconds = 0;
};

struct ConsensusView {
  std::string mode;  // syncing, active, observer, quarantined, halted
  std::uint64_t epoch = 0;
  std::uint64_t view = 0;
  std::string leader;             // name of the authority
  std::optional<std::string> me;  // name of the authority this node speaks for
  std::uint64_t authority_count = 0;
  std::uint64_t quorum = 0;
  std::uint64_t final_view = 0;
  std::uint64_t final_height = 0;
};

// One authority, in the order of the running epoch.
struct AuthorityView {
  std::uint64_t proposed = 0;
  std::uint64_t missed = 0;
  std::uint64_t untimely = 0;
  std::uint64_t votes = 0;         // how many the latencies are of
  std::uint64_t vote_mean_us = 0;  // from the arrival of a proposal to its vote
  std::uint64_t vote_high_us = 0;
  bool away = false;  // nobody waits for its proposals here
};

struct NodeView {
  std::string node_id;  // hex
  std::string version;
  std::uint64_t uptime_seconds = 0;
  bool syncing = false;
  std::uint64_t sync_target = 0;
  std::uint64_t mempool_transactions = 0;
  std::uint64_t mempool_bytes = 0;
  std::vector<PeerView> peers;
  std::uint64_t configured_peers = 0;  // how many the configuration names
  ConsensusView consensus;
  // That the next block builds on; null before the core has started.
  std::shared_ptr<const crypto::format::SystemState> system;
  std::uint64_t turns_counted_above = 0;   // a height: proposed and missed are of the blocks above it …
  std::uint64_t turns_counted_to = 0;      // … up to this one
  std::vector<AuthorityView> authorities;  // empty before the core has started
};

using TxReply = std::function<void(const TxId& id, const TxState& state)>;

struct Backend {
  const crypto::format::Genesis* genesis = nullptr;
  const storage::Ledger* ledger = nullptr;
  const storage::IndexStore* index = nullptr;
  MetricsRegistry* metrics = nullptr;
  const crypto::KeyPair* submitter_key = nullptr;  // signs RDF posted with the token

  // Hands a transaction to the node; `reply` comes exactly once, on another thread: pending or rejected. False, and no reply
  // comes, when too many requests wait for the node already.
  std::function<bool(SharedBytes transaction, TxReply reply)> submit;
  // What the node knows of a transaction that is not in the chain; `reply` as above.
  std::function<bool(const TxId& id, TxReply reply)> lookup;
  std::function<NodeView()> view;
  std::function<Height()> finalized_height;
  std::function<Height()> indexed_height;
  // False once an error has ended the indexer: indexed_height() does not grow any more.
  std::function<bool()> is_indexing;
  // Brings the gauges that are only known on request up to date, before /metrics is written.
  std::function<void()> refresh_metrics;
};

}  // namespace provchain::api
