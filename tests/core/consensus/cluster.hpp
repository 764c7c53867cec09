// SPDX-License-Identifier: Apache-2.0
// Several Consensus instances in virtual time over a seeded network, each with a journal, a key guard, a chain and a mempool of
// its own: the driver of this suite. Signatures are keyed hashes, so anybody can forge them for the adversaries of a test. Checks
// after every effect that committed chains agree, that no authority ever releases two statements for one position, also across
// crashes, and that nothing is released before it is durable.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include "base/prng.hpp"
#include "crypto/format/genesis.hpp"
#include "engine/core/consensus/consensus.hpp"

namespace provchain::core::consensus::test {

struct ClusterOptions {
  std::size_t nodes = 4;
  std::size_t observers = 0;  // nodes after the authorities
  std::uint64_t seed = 1;
  Timing timing;
  crypto::format::ConsensusParameters parameters;
  Duration delay_min = Duration::millis(1);
  Duration delay_max = Duration::millis(20);
  std::uint64_t loss_percent = 0;
  std::uint64_t duplicate_percent = 0;
  std::vector<std::int64_t> clock_skew_ms;     // of the first nodes
  std::set<std::size_t> plain_nullify;         // nodes that always sign since = view − 1
  Duration check_extra;                        // more time for every block check
  Duration journal_extra;                      // … and for every write of the journal
  std::map<std::size_t, Duration> disk_extra;  // … and for every commit of these nodes
  std::set<std::size_t> quarantined;
  std::set<std::size_t> liars;  // what they release is not checked
};

[[nodiscard]] PublicKey key_of(std::size_t node);
[[nodiscard]] Signature fake_signature(const PublicKey& key, Bytes message);
[[nodiscard]] crypto::format::Vote sign_vote(const crypto::format::StatementContext& context, std::size_t node,
                                             const crypto::format::Ballot& ballot);
[[nodiscard]] crypto::format::Genesis test_genesis(std::size_t nodes, const crypto::format::ConsensusParameters& parameters);
[[nodiscard]] SharedBytes make_transaction(const NetworkId& network_id, std::uint64_t salt, std::size_t payload_bytes = 24);
// What the crypto pool would say about it.
[[nodiscard]] std::optional<CheckedTx> check_transaction(Bytes bytes);
[[nodiscard]] BlockVerdict check_block(Bytes bytes);

class Cluster {
 public:
  explicit Cluster(const ClusterOptions& options);
  ~Cluster();

  // ---- time ----
  void run_for(Duration span);
  // Until `done` holds after some event; false when `limit` passes first.
  bool run_until(const std::function<bool()>& done, Duration limit);
  [[nodiscard]] MonoTime now() const { return now_; }

  // ---- faults ----
  void crash(std::size_t node);
  void restart(std::size_t node);
  // All that is durable at a node that is down is as it was when the cluster began: a restored backup.
  void roll_back(std::size_t node);
  [[nodiscard]] bool is_up(std::size_t node) const;
  // Nodes of different groups cannot talk; the connections stay up and lose everything.
  void partition(const std::vector<std::set<std::size_t>>& groups);
  void heal();
  void set_loss(std::uint64_t percent) { options_.loss_percent = percent; }
  // May change, drop (return false) or add to what `from` sends to `to`.
  using Adversary = std::function<bool(std::size_t from, std::size_t to, wire::OutMessage& message)>;
  void set_adversary(Adversary adversary) { adversary_ = std::move(adversary); }
  // Delivers a message as if `from` had sent it.
  void inject(std::size_t from, std::size_t to, const wire::OutMessage& message);

  // ---- work ----
  // A new transaction, in the mempools of these nodes after a short while each; of all nodes that are up when empty.
  TxId submit(const std::vector<std::size_t>& to = {});
  // Gives everything that is not final everywhere to all nodes again, as clients do.
  void resubmit();
  [[nodiscard]] bool is_final_at(const TxId& id, std::size_t node) const;
  [[nodiscard]] bool all_final() const;  // every transaction at every node that is up

  // ---- looking ----
  [[nodiscard]] const Consensus& at(std::size_t node) const;
  [[nodiscard]] std::size_t leader_of(View view) const;
  [[nodiscard]] std::uint64_t height(std::size_t node) const;  // durable
  [[nodiscard]] View max_view() const;
  [[nodiscard]] std::size_t votes_sent(wire::MessageKind kind) const;
  [[nodiscard]] std::size_t alarms(AlarmKind kind) const;
  // What any node asked to be published.
  [[nodiscard]] const std::vector<crypto::format::Evidence>& evidence() const { return evidence_; }
  [[nodiscard]] std::size_t disconnects() const { return disconnects_; }
  [[nodiscard]] std::uint64_t digest() const { return digest_; }
  [[nodiscard]] const crypto::format::Genesis& genesis() const { return genesis_; }
  [[nodiscard]] const std::vector<std::string>& violations() const { return violations_; }
  [[nodiscard]] std::string describe() const;

 private:
  struct Node;
  struct Link {
    ConnId conn;       // this end's name for it
    ConnId peer_conn;  // the other end's
    std::size_t peer = 0;
  };
  struct Event {
    MonoTime at;
    std::uint64_t sequence = 0;
    std::function<void()> action;
  };

  [[nodiscard]] Now now_of(std::size_t node) const;
  void at_time(MonoTime at, std::function<void()> action);
  // The action runs only while this incarnation of the node lives.
  void at_node(std::size_t node, MonoTime at, std::function<void(Node&)> action);
  void step(const Event& event);
  void after_input(Node& node, Effects& fx);
  void execute(Node& node, Effect& effect);
  void send(Node& node, const Send& effect);
  void deliver(std::size_t from, std::size_t to, ConnId conn, const wire::OutMessage& message);
  void serve_batch(Node& node, ConnId conn, const wire::InMessage& message);
  void verify(Node& node, const VerifySignatures& effect);
  void cast(Node& node, const CastVote& effect);
  void make_durable(Node& node, const CastVote& effect);
  void commit(Node& node, const Commit& effect);
  void maybe_sync(Node& node);
  void sync(Node& node);
  void connect(std::size_t a, std::size_t b);
  void disconnect(std::size_t a, std::size_t b);
  void start(std::size_t node);
  void arm(Node& node);
  void violate(const std::string& what);
  void check_released(const Node& node, const crypto::format::Vote& vote);
  [[nodiscard]] bool can_talk(std::size_t a, std::size_t b) const;
  void mix(std::uint64_t value);
  Duration between(Duration low, Duration high);

  ClusterOptions options_;
  crypto::format::Genesis genesis_;
  crypto::format::StatementContext context_;
  Prng prng_;
  MonoTime now_{1'000'000};
  std::uint64_t sequence_ = 0;
  std::map<std::pair<std::int64_t, std::uint64_t>, Event> events_;
  std::vector<std::unique_ptr<Node>> nodes_;
  std::vector<std::set<std::size_t>> groups_;
  Adversary adversary_;
  std::uint64_t next_conn_ = 1;
  std::uint64_t next_salt_ = 1;
  std::map<TxId, SharedBytes> transactions_;
  std::map<std::uint64_t, BlockId> agreed_;                                                           // by height
  std::map<std::tuple<std::size_t, std::uint64_t, std::uint64_t>, crypto::format::Ballot> released_;  // by (node, view, step)
  std::map<wire::MessageKind, std::size_t> sent_;
  std::map<AlarmKind, std::size_t> alarms_;
  std::vector<crypto::format::Evidence> evidence_;
  std::size_t disconnects_ = 0;
  std::uint64_t digest_ = 1469598103934665603U;
  std::vector<std::string> violations_;
};

// No faults and no waiting between blocks.
inline ClusterOptions quick(std::size_t nodes, std::uint64_t seed = 1) {
  ClusterOptions options;
  options.nodes = nodes;
  options.seed = seed;
  options.parameters.min_interval_ms = 0;
  options.parameters.target_interval_ms = 0;
  return options;
}

#define EXPECT_SOUND(cluster) EXPECT_TRUE((cluster).violations().empty()) << (cluster).describe()

}  // namespace provchain::core::consensus::test
