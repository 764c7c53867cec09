// SPDX-License-Identifier: Apache-2.0
// A cluster in one thread: N NodeCores, one queue of events, virtual time, one seed. The world is the driver: it executes the
// effects of every core with simulated network, disk and crypto pool, and its checkers look at every vote and every commit. The
// seed and the calls of the test are the only input: the same ones give the same digest of all events, with every compiler.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/prng.hpp"
#include "engine/core/node_core.hpp"
#include "tests/sim/adversary.hpp"
#include "tests/sim/chain_check.hpp"
#include "tests/sim/clock.hpp"
#include "tests/sim/disk.hpp"
#include "tests/sim/epoch_votes.hpp"
#include "tests/sim/event_digest.hpp"
#include "tests/sim/network.hpp"
#include "tests/sim/trace.hpp"

namespace provchain::sim {

struct DiskProfile {
  Duration write_min = Duration::micros(100);
  Duration write_max = Duration::millis(1);
};

struct WorldOptions {
  std::size_t authorities = 4;
  std::size_t candidates = 0;  // nodes with an authority's key that the genesis does not list
  std::size_t observers = 0;
  std::vector<AuthorityIndex> twins = {};  // authorities with a second instance: nodes behind the observers
  std::uint64_t seed = 1;
  Scheme scheme = Scheme::keyed_hash;
  NetworkProfile network = {};
  DiskProfile disk = {};
  std::int64_t drift_ppm_max = 0;  // of the monotonic clocks, drawn for each node
  std::uint64_t max_epoch_blocks = 0;
};

// Where a node can be made to crash the next time it comes by.
enum class CrashPoint : std::uint8_t {
  before_journal,  // the vote is lost
  torn_journal,    // only the first records of the write reach the disk
  after_journal,   // durable, and nobody has signed
  after_signing,   // signed, and nothing has been sent
  amid_sends,      // some peers have been sent the vote
  before_chain,
  after_chain,  // the chain has the block, the state has not
  after_state,  // the core has not been told
  count_,
};
[[nodiscard]] const char* to_string(CrashPoint point);

class World {
 public:
  explicit World(const WorldOptions& options);
  ~World();
  World(const World&) = delete;
  World& operator=(const World&) = delete;

  // ---- faults ----
  void start(std::size_t node);
  void start_all();
  // kill -9: everything that was not durable is gone, but for a prefix of the writes in flight that the seed grants. Without
  // notice (power cut) the other ends of its connections hear nothing.
  void crash(std::size_t node, bool notice = true);
  void crash_all();
  void arm(std::size_t node, CrashPoint point);
  void disarm(std::size_t node);
  // No connection between the two groups; heal() allows them again.
  void partition(const std::set<std::size_t>& group);
  void set_passage(std::size_t from, std::size_t to, Passage passage);
  // The network is whole again and its profile this one.
  void heal(const std::optional<NetworkProfile>& profile = std::nullopt);
  void set_clock_offset(std::size_t node, std::int64_t offset_ms);
  // Every write takes so many times as long.
  void set_disk_slowness(std::size_t node, std::int64_t factor);
  // Writes fail from now on, and the node ends at the first one, as the real one does; a start is refused until the disk is
  // whole.
  void set_disk_broken(std::size_t node, bool broken);
  // Of a node that is down.
  [[nodiscard]] Disk backup(std::size_t node) const;
  enum class Restore : std::uint8_t {
    chain,    // of a backup, under the present journal
    journal,  // of a backup, under the present chain: what it has forgotten it might sign again
    all,      // the whole directory
    nothing,  // an empty directory; the key is there, its journal is not
  };
  void restore(std::size_t node, const Disk& backup, Restore what);
  // This node's authority lies from now on; before it is started.
  void set_adversary(std::size_t node, std::unique_ptr<Adversary> adversary);

  // ---- time ----
  void run_for(Duration span);
  // False when `until` did not become true within `limit`.
  [[nodiscard]] bool run_until(const std::function<bool()>& until, Duration limit);
  // The same, asked only every so often: for questions that cost more than an event.
  [[nodiscard]] bool run_until(const std::function<bool()>& until, Duration limit, Duration every);
  [[nodiscard]] MonoTime now() const { return now_; }
  void call_after(Duration delay, std::function<void()> action);

  // ---- work ----
  // A fresh transaction handed to a node that is up; its id.
  TxId submit(std::size_t node, std::size_t payload_bytes = 64);
  TxId submit(std::size_t node, const SharedBytes& transaction);
  [[nodiscard]] SharedBytes make_transaction(const FakeTxOptions& options) const;
  // A fresh governance or evidence transaction around `payload`.
  [[nodiscard]] SharedBytes make_transaction(crypto::format::TxKind kind, Bytes payload);

  // ---- questions ----
  [[nodiscard]] std::size_t size() const { return nodes_.size(); }
  [[nodiscard]] const WorldOptions& options() const { return options_; }
  [[nodiscard]] const crypto::format::Genesis& genesis() const { return genesis_; }
  [[nodiscard]] const crypto::format::StatementContext& context() const { return context_; }
  [[nodiscard]] const Signatures& signatures() const { return signatures_; }
  [[nodiscard]] bool is_up(std::size_t node) const;
  // The number of its authority's key, which is the node's as well; its index in an epoch may be another.
  [[nodiscard]] std::optional<AuthorityIndex> authority(std::size_t node) const;
  // Neither its adversary nor a lost memory makes it suspect: everything is expected of it.
  [[nodiscard]] bool is_honest(std::size_t node) const;
  [[nodiscard]] bool is_disk_broken(std::size_t node) const;
  [[nodiscard]] const core::NodeCore& core(std::size_t node) const;
  [[nodiscard]] const Disk& disk(std::size_t node) const;
  [[nodiscard]] Height height(std::size_t node) const { return disk(node).tip(); }
  [[nodiscard]] Height top() const { return chain_check_.top(); }
  [[nodiscard]] bool is_final(std::size_t node, const TxId& id) const { return disk(node).find(id).has_value(); }
  [[nodiscard]] bool is_final_everywhere(const TxId& id) const;  // on every honest node that is up
  [[nodiscard]] std::size_t ready_peers(std::size_t node) const;
  // The last answer to a submission of this id.
  [[nodiscard]] std::optional<core::TxStatus> answer(const TxId& id) const;
  // Those of honest nodes.
  struct NodeAlarm {
    std::size_t node = 0;
    core::Alarm alarm;
  };
  [[nodiscard]] const std::vector<NodeAlarm>& alarms() const { return alarms_; }
  // As if the node had.
  void raise(std::size_t node, core::Alarm alarm) { alarms_.push_back({node, std::move(alarm)}); }
  // What was ever wrong; empty in a sound run.
  [[nodiscard]] const std::vector<std::string>& violations() const { return findings_.lines(); }
  // Inputs that the cores have taken.
  [[nodiscard]] std::uint64_t events() const { return events_; }
  [[nodiscard]] std::uint64_t votes() const { return votes_; }  // made durable by anybody
  [[nodiscard]] std::string digest() const { return digest_.hex(); }
  [[nodiscard]] Trace& trace() { return trace_; }

 private:
  friend class Rim;
  struct Node;

  void push(Duration delay, std::size_t node, decltype(Event::body) body);
  void step();
  void schedule_tick(std::size_t node);
  [[nodiscard]] Now clock(const Node& node) const;
  Duration draw(Duration low, Duration high) { return Duration::micros(prng_.between(low.us, high.us)); }
  enum class What : std::uint8_t;
  void note(What what, std::size_t node, Bytes detail = {});

  // One input of the node's core, and all that follows.
  template <class Action>
  void input(std::size_t node, const Action& action);
  void look(std::size_t node);
  void execute(std::size_t node, core::Effects& effects);
  void perform(std::size_t node, core::Send& effect);
  void perform(std::size_t node, core::Disconnect& effect);
  void perform(std::size_t node, core::Dial& effect);
  void perform(std::size_t node, core::VerifySignatures& effect);
  void perform(std::size_t node, core::CheckTransaction& effect);
  void perform(std::size_t node, core::CheckBlock& effect);
  void perform(std::size_t node, core::OpenBatch& effect);
  void perform(std::size_t node, core::CastVote& effect);
  void perform(std::size_t node, core::AdvanceJournalFloor& effect);
  void perform(std::size_t node, core::Commit& effect);
  void perform(std::size_t node, core::ServeBlocks& effect);
  void perform(std::size_t node, core::ServeHeldBlocks& effect);
  void perform(std::size_t node, core::ServeHeaders& effect);
  void perform(std::size_t node, core::ServeEpochs& effect);
  void perform(std::size_t node, core::Reply& effect);
  void perform(std::size_t node, core::Alarm& effect);
  void perform(std::size_t node, core::RememberStop& effect);
  void perform(std::size_t node, core::PublishEvidence& effect);

  void happen(std::size_t node, Tick& tick);
  void happen(std::size_t node, Delivery& delivery);
  void happen(std::size_t node, Closing& closing);
  void happen(std::size_t node, Dialled& dialled);
  void happen(std::size_t node, core::VerifySignatures& check);
  void happen(std::size_t node, core::CheckTransaction& check);
  void happen(std::size_t node, core::CheckBlock& check);
  void happen(std::size_t node, core::OpenBatch& batch);
  void happen(std::size_t node, JournalWritten&);
  void happen(std::size_t node, ChainWritten&);
  void happen(std::size_t node, StateWritten&);
  void happen(std::size_t node, Served& served);
  void happen(std::size_t node, Call& call);

  void send(std::size_t node, ConnId to, wire::OutMessage& message);
  void check_released(Node& node, const wire::OutMessage& message);
  void served(std::size_t node, ConnId conn);
  [[nodiscard]] Duration write_time(const Node& node);
  Height write_chain(std::size_t node, const core::Commit& commit);
  bool write_journal(std::size_t node, const core::CastVote& vote);
  void fail(std::size_t node);
  void end(std::size_t node, bool notice);
  [[nodiscard]] bool reaches(std::size_t node, CrashPoint point);
  void tick_adversary(std::size_t node);
  [[nodiscard]] std::size_t target_of(std::size_t node, std::uint32_t static_peer) const;

  WorldOptions options_;
  Signatures signatures_;
  crypto::format::Genesis genesis_;
  crypto::format::StatementContext context_;
  Prng prng_;
  MonoTime now_;
  EventQueue queue_;
  Network network_;
  Findings findings_;
  ChainCheck chain_check_;
  EpochVotes vote_check_;
  std::vector<std::unique_ptr<Node>> nodes_;
  std::uint64_t next_request_ = 1;
  std::uint64_t next_salt_ = 1;
  std::map<TxId, core::TxStatus> answers_;
  std::vector<NodeAlarm> alarms_;
  std::uint64_t events_ = 0;
  std::uint64_t votes_ = 0;
  core::Effects spare_effects_;
  EventDigest digest_;
  Trace trace_;
};

}  // namespace provchain::sim
