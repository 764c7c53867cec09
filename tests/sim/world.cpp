// SPDX-License-Identifier: Apache-2.0
// Making the world, and what its makers may do to it.
#include "tests/sim/world.hpp"

#include <algorithm>

#include "crypto/domain.hpp"
#include "engine/core/consensus/leader.hpp"
#include "tests/sim/world_node.hpp"

namespace provchain::sim {

namespace {

constexpr Duration kAdversaryPeriod = Duration::millis(100);

ByteVector attestation_bytes(const crypto::format::Genesis& genesis, const NodeId& node, std::uint64_t not_after) {
  ByteVector bytes;
  append(bytes, as_bytes(crypto::domain::attest));
  append(bytes, genesis.network_id.view());
  append(bytes, node.view());
  append_le<std::uint64_t>(bytes, not_after);
  return bytes;
}

std::size_t node_count(const WorldOptions& options) {
  return options.authorities + options.candidates + options.observers + options.twins.size();
}

crypto::format::Genesis genesis_of(const WorldOptions& options, const Signatures& signatures) {
  crypto::format::Genesis genesis = signatures.genesis(options.authorities);
  genesis.parameters.max_epoch_blocks = options.max_epoch_blocks;
  return genesis;
}

}  // namespace

const char* to_string(CrashPoint point) {
  switch (point) {
    case CrashPoint::before_journal:
      return "before the vote is journalled";
    case CrashPoint::torn_journal:
      return "while the vote is journalled";
    case CrashPoint::after_journal:
      return "after the vote is journalled";
    case CrashPoint::after_signing:
      return "after the vote is signed";
    case CrashPoint::amid_sends:
      return "while the vote is sent";
    case CrashPoint::before_chain:
      return "before the block is durable";
    case CrashPoint::after_chain:
      return "between chain and state";
    case CrashPoint::after_state:
      return "after the state";
    case CrashPoint::count_:
      break;
  }
  PVC_UNREACHABLE();
}

World::World(const WorldOptions& options)
    : options_(options),
      signatures_(options.scheme, options.authorities + options.candidates),
      genesis_(genesis_of(options, signatures_)),
      context_(genesis_state(genesis_).context()),
      prng_(options.seed),
      now_{1'000'000},
      network_(node_count(options), options.network, options.seed + 0x6e6574, queue_),
      chain_check_(genesis_, signatures_, node_count(options), findings_),
      vote_check_(chain_check_, signatures_, options.authorities + options.candidates, findings_) {
  const std::size_t keys = options.authorities + options.candidates;
  for (std::size_t i = 0; i < node_count(options); ++i) {
    const std::int64_t drift = options.drift_ppm_max == 0 ? 0 : prng_.between(-options.drift_ppm_max, options.drift_ppm_max);
    auto node = std::make_unique<Node>(genesis_, NodeClock(static_cast<std::int64_t>(genesis_.time_ms) + 1'000, drift));
    node->id = NodeId{fake_key("node", i).bytes};
    if (i < keys) node->me = AuthorityIndex(static_cast<std::uint16_t>(i));
    if (i >= keys + options.observers) node->me = options.twins[i - keys - options.observers];
    nodes_.push_back(std::move(node));
  }
}

World::~World() = default;

// ---- starting and ending ----

void World::start(std::size_t node) {
  Node& self = *nodes_[node];
  PVC_CHECK(self.core == nullptr);
  if (self.disk_broken) return;
  ++self.incarnation;
  core::CoreOptions options;
  options.genesis = genesis_;
  if (self.me) options.authority_key = signatures_.key(*self.me);
  options.node_id = self.id;
  options.static_peer_count = static_cast<std::uint32_t>(nodes_.size() - 1);
  options.seed = options_.seed * 100'000 + node * 1'000 + self.incarnation;
  if (self.me) {
    constexpr std::uint64_t kNotAfter = 1'000'000;
    options.attestation =
        core::Attestation{kNotAfter, signatures_.sign(*self.me, attestation_bytes(genesis_, self.id, kNotAfter))};
  }
  self.disk.apply_to_state();
  if (is_honest(node) || self.amnesiac) chain_check_.on_start(node, self.disk, self.restored);
  self.restored = false;
  self.core = std::make_unique<core::NodeCore>(options);
  self.epoch = Epoch{};
  self.view = View{};
  self.mode = core::consensus::Mode::joining;
  note(What::start, node);
  trace_.node(now_, node, [&] { return "starts at height " + std::to_string(self.disk.tip().value()); });
  input(node, [this](Node& started, core::Effects& fx) {
    started.core->on_start(clock(started), started.disk.recover(started.me, signatures_), fx);
  });
  if (self.adversary) tick_adversary(node);
}

void World::start_all() {
  for (std::size_t i = 0; i < nodes_.size(); ++i)
    if (!is_up(i)) start(i);
}

void World::crash(std::size_t node, bool notice) {
  Node& self = *nodes_[node];
  PVC_CHECK(self.core != nullptr);
  if (!self.disk_broken) {
    for (std::uint64_t kept = prng_.below(self.commits.size() + 1); kept > 0; --kept) {
      write_chain(node, self.commits.front());
      self.commits.pop_front();
    }
    for (std::uint64_t kept = prng_.below(self.votes.size() + 1); kept > 0; --kept) {
      (void)write_journal(node, self.votes.front());
      self.votes.pop_front();
    }
    if (!self.votes.empty()) self.disk.journal_torn(self.votes.front(), prng_.below(4));
  }
  end(node, notice);
}

void World::end(std::size_t node, bool notice) {
  Node& self = *nodes_[node];
  note(What::crash, node);
  trace_.node(now_, node, [&] { return std::string(notice ? "crashes" : "loses its power"); });
  self.core.reset();
  self.tick_at = kNever;
  self.commits.clear();
  self.written.reset();
  self.votes.clear();
  self.crash_at.reset();
  self.released = {};
  network_.drop_node(node, notice, now_);
}

// What the real driver does with a write that failed: it says good-bye and ends, and nothing that waited is written any more.
void World::fail(std::size_t node) {
  Node& self = *nodes_[node];
  trace_.node(now_, node, [] { return std::string("cannot write and ends"); });
  core::Effects farewell;
  self.core->on_shutdown(clock(self), farewell);
  execute(node, farewell);
  end(node, true);
}

void World::crash_all() {
  for (std::size_t i = 0; i < nodes_.size(); ++i)
    if (is_up(i)) crash(i);
}

void World::arm(std::size_t node, CrashPoint point) { nodes_[node]->crash_at = point; }

void World::disarm(std::size_t node) { nodes_[node]->crash_at.reset(); }

bool World::reaches(std::size_t node, CrashPoint point) {
  if (nodes_[node]->crash_at != point) return false;
  trace_.node(now_, node, [&] { return std::string("reaches the point to crash: ") + to_string(point); });
  return true;
}

// ---- network and clocks ----

void World::partition(const std::set<std::size_t>& group) {
  trace_.world(now_, [&] {
    std::string text = "partition, one side:";
    for (const std::size_t node : group) text += " " + std::to_string(node);
    return text;
  });
  for (const std::size_t inside : group)
    for (std::size_t other = 0; other < nodes_.size(); ++other)
      if (!group.contains(other)) network_.cut(inside, other, now_);
}

void World::set_passage(std::size_t from, std::size_t to, Passage passage) {
  trace_.world(now_, [&] {
    const char* what = passage == Passage::open ? " open" : passage == Passage::stalled ? " stalled" : " lost";
    return "route from " + std::to_string(from) + " to " + std::to_string(to) + what;
  });
  network_.set_passage(from, to, passage);
}

void World::heal(const std::optional<NetworkProfile>& profile) {
  trace_.world(now_, [] { return std::string("the network is whole"); });
  if (profile) network_.set_profile(*profile);
  network_.heal(now_);
}

void World::set_clock_offset(std::size_t node, std::int64_t offset_ms) {
  trace_.node(now_, node, [&] { return "wall clock set " + std::to_string(offset_ms) + " ms ahead"; });
  nodes_[node]->clock.set_offset(offset_ms);
}

// ---- disks ----

void World::set_disk_slowness(std::size_t node, std::int64_t factor) {
  trace_.node(now_, node, [&] { return "disk " + std::to_string(factor) + " times as slow"; });
  nodes_[node]->disk_slowness = factor;
}

void World::set_disk_broken(std::size_t node, bool broken) {
  trace_.node(now_, node, [&] { return std::string(broken ? "disk full" : "disk whole"); });
  nodes_[node]->disk_broken = broken;
}

Disk World::backup(std::size_t node) const { return nodes_[node]->disk; }

void World::restore(std::size_t node, const Disk& backup, Restore what) {
  Node& self = *nodes_[node];
  PVC_CHECK(self.core == nullptr);
  constexpr const char* kNames[] = {"an old chain", "an old journal", "an old data directory", "an empty data directory"};
  trace_.node(now_, node, [&] { return std::string("is given ") + kNames[static_cast<std::size_t>(what)]; });
  if (what == Restore::chain) self.disk.restore_chain(backup);
  if (what == Restore::journal) self.disk.restore_journal(backup);
  if (what == Restore::all) self.disk = backup;
  if (what == Restore::nothing) {
    self.disk = Disk(genesis_);
    if (self.me) self.disk.lose_journal();
  }
  self.restored = self.restored || what != Restore::journal;
  if (what != Restore::chain && self.me) {
    self.amnesiac = true;
    vote_check_.set_faulty(*self.me);
  }
}

void World::set_adversary(std::size_t node, std::unique_ptr<Adversary> adversary) {
  Node& self = *nodes_[node];
  PVC_CHECK(self.core == nullptr && self.me);
  self.adversary = std::move(adversary);
  self.rim.emplace(*this, node, options_.seed * 31 + node);
  vote_check_.set_faulty(*self.me);
}

void World::tick_adversary(std::size_t node) {
  const std::uint64_t incarnation = nodes_[node]->incarnation;
  call_after(kAdversaryPeriod, [this, node, incarnation] {
    Node& self = *nodes_[node];
    if (self.core == nullptr || self.incarnation != incarnation) return;
    self.adversary->on_tick(*self.rim);
    tick_adversary(node);
  });
}

// ---- work ----

TxId World::submit(std::size_t node, std::size_t payload_bytes) {
  FakeTxOptions options;
  options.author = prng_.below(Signatures::authors);
  options.salt = next_salt_++;
  options.payload_bytes = payload_bytes;
  return submit(node, make_transaction(options));
}

SharedBytes World::make_transaction(const FakeTxOptions& options) const { return signatures_.transaction(genesis_, options); }

SharedBytes World::make_transaction(crypto::format::TxKind kind, Bytes payload) {
  FakeTxOptions options;
  options.author = next_salt_ % Signatures::authors;
  options.salt = next_salt_++;
  return signatures_.transaction(genesis_, kind, payload, options);
}

TxId World::submit(std::size_t node, const SharedBytes& transaction) {
  PVC_CHECK(is_up(node));
  const RequestId request(next_request_++);
  const TxId id = fake_id(transaction);
  note(What::submit, node, id.view());
  input(node, [&](Node& self, core::Effects& fx) { self.core->on_submit(clock(self), request, transaction, fx); });
  return id;
}

// ---- questions ----

bool World::is_up(std::size_t node) const { return nodes_[node]->core != nullptr; }

std::optional<AuthorityIndex> World::authority(std::size_t node) const { return nodes_[node]->me; }

bool World::is_honest(std::size_t node) const { return nodes_[node]->adversary == nullptr && !nodes_[node]->amnesiac; }

bool World::is_disk_broken(std::size_t node) const { return nodes_[node]->disk_broken; }

const core::NodeCore& World::core(std::size_t node) const {
  PVC_CHECK(is_up(node));
  return *nodes_[node]->core;
}

const Disk& World::disk(std::size_t node) const { return nodes_[node]->disk; }

bool World::is_final_everywhere(const TxId& id) const {
  for (std::size_t i = 0; i < nodes_.size(); ++i)
    if (is_up(i) && is_honest(i) && !is_final(i, id)) return false;
  return true;
}

std::size_t World::ready_peers(std::size_t node) const {
  const auto peers = core(node).peers();
  return static_cast<std::size_t>(std::ranges::count(peers, core::PeerState::ready, &core::PeerStatus::state));
}

std::optional<core::TxStatus> World::answer(const TxId& id) const {
  const auto at = answers_.find(id);
  if (at == answers_.end()) return std::nullopt;
  return at->second;
}

}  // namespace provchain::sim
