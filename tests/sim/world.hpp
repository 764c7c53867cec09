// SPDX-License-Identifier: Apache-2.0
// A cluster in one thread: N NodeCores, one queue of events, virtual time, one seed. The world is the driver: it executes the
// effects of every core with simulated network, disk and crypto pool, and checks after each commit that all nodes agree. The seed
// and the calls of the test are the only input: the same ones give the same digest of all events.
//
// The network keeps the order of a connection, as TCP does; a lost message stands for a dropped one in a full queue.
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
#include "tests/sim/disk.hpp"

namespace provchain::sim {

struct WorldOptions {
  std::size_t authorities = 4;
  std::size_t observers = 0;
  std::uint64_t seed = 1;
  Duration delay_min = Duration::micros(200);
  Duration delay_max = Duration::millis(2);
  std::uint64_t lost_per_thousand = 0;
  std::uint64_t doubled_per_thousand = 0;
  Duration disk_min = Duration::micros(100);
  Duration disk_max = Duration::millis(1);
};

class World {
 public:
  explicit World(const WorldOptions& options);
  ~World();

  // ---- faults ----
  void start(std::size_t node);
  void start_all();
  // kill -9: everything that was not durable is gone, but for a prefix of the writes in flight that the seed grants.
  void crash(std::size_t node);
  void crash_all();
  // No connection between the two groups; heal() allows them again.
  void partition(const std::set<std::size_t>& group);
  void heal();

  // ---- time ----
  void run_for(Duration span);
  // False when `until` did not become true within `limit`.
  [[nodiscard]] bool run_until(const std::function<bool()>& until, Duration limit);
  [[nodiscard]] MonoTime now() const { return now_; }

  // ---- work ----
  // A fresh transaction handed to a node that is up; its id.
  TxId submit(std::size_t node);
  TxId submit(std::size_t node, const SharedBytes& transaction);

  // ---- questions ----
  [[nodiscard]] std::size_t size() const { return nodes_.size(); }
  [[nodiscard]] const crypto::format::Genesis& genesis() const { return genesis_; }
  [[nodiscard]] bool is_up(std::size_t node) const;
  [[nodiscard]] const core::NodeCore& core(std::size_t node) const;
  [[nodiscard]] const Disk& disk(std::size_t node) const;
  [[nodiscard]] Height height(std::size_t node) const { return disk(node).tip(); }
  [[nodiscard]] bool is_final(std::size_t node, const TxId& id) const { return disk(node).find(id).has_value(); }
  [[nodiscard]] bool is_final_everywhere(const TxId& id) const;  // on every node that is up
  [[nodiscard]] std::size_t ready_peers(std::size_t node) const;
  // The last answer to a submission of this id.
  [[nodiscard]] std::optional<core::TxStatus> answer(const TxId& id) const;
  [[nodiscard]] std::vector<core::Alarm> alarms() const { return alarms_; }
  // What was ever wrong: two blocks at one height, a final block that is gone, two statements at one position. Empty in a sound
  // run.
  [[nodiscard]] const std::vector<std::string>& violations() const { return violations_; }
  // Adds what a look at all disks finds: everything ever reported final is still there on the nodes that reported it.
  void inspect_disks();
  [[nodiscard]] Hash256 digest() const { return digest_; }

 private:
  struct Link {
    std::size_t ends[2]{};  // ends[0] dialled
    ConnId ids[2];
    MonoTime last_arrival[2];  // of what was sent to each end
    bool open = true;
    bool told[2]{};  // on_disconnected given
  };
  struct Node;

  void at(Duration delay, std::function<void()> action);
  // The same, void when the node has crashed meanwhile.
  void at(std::size_t node, Duration delay, std::function<void(Node&, core::Effects&)> action);
  void step();
  void wake(std::size_t node);
  [[nodiscard]] Now clock() const;
  Duration draw(Duration low, Duration high);
  void note(std::size_t node, std::string_view what, Bytes detail = {});

  void input(std::size_t node, const std::function<void(Node&, core::Effects&)>& action);
  void execute(std::size_t node, core::Effects effects);
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
  void perform(std::size_t node, core::Reply& effect);
  void perform(std::size_t node, core::Alarm& effect);
  void perform(std::size_t node, core::RememberStop& effect);
  void served(std::size_t node, ConnId conn);

  void send(std::size_t node, ConnId to, wire::OutMessage message);
  void deliver(const std::shared_ptr<Link>& link, int end, wire::InMessage message);
  void close(const std::shared_ptr<Link>& link, Duration notice_delay);
  void notice_closed(const std::shared_ptr<Link>& link, int end, Duration delay);
  [[nodiscard]] bool are_parted(std::size_t a, std::size_t b) const;
  void write_next(std::size_t node, bool chain);
  void finish_write(std::size_t node, bool chain);
  void check_agreement(std::size_t node, Height height);

  WorldOptions options_;
  crypto::format::Genesis genesis_;
  Prng prng_;
  MonoTime now_;
  std::uint64_t next_event_ = 0;
  std::map<std::pair<MonoTime, std::uint64_t>, std::function<void()>> events_;
  std::vector<std::unique_ptr<Node>> nodes_;
  std::map<ConnId, std::pair<std::shared_ptr<Link>, int>> links_;  // by the id of one end
  std::uint64_t next_conn_ = 1;
  std::uint64_t next_request_ = 1;
  std::uint64_t next_salt_ = 1;
  std::set<std::size_t> parted_;
  std::map<TxId, core::TxStatus> answers_;
  std::map<Height, BlockId> agreed_;
  std::vector<core::Alarm> alarms_;
  std::vector<std::string> violations_;
  Hash256 digest_;
};

}  // namespace provchain::sim
