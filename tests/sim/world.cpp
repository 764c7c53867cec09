// SPDX-License-Identifier: Apache-2.0
#include "tests/sim/world.hpp"

#include <algorithm>

#include "crypto/digest.hpp"
#include "crypto/domain.hpp"
#include "tests/sim/fake_crypto.hpp"
#include "tests/sim/world_node.hpp"

namespace provchain::sim {

namespace {

ByteVector attestation_bytes(const crypto::format::Genesis& genesis, const NodeId& node, std::uint64_t not_after) {
  ByteVector bytes;
  append(bytes, as_bytes(crypto::domain::attest));
  append(bytes, genesis.network_id.view());
  append(bytes, node.view());
  append_le<std::uint64_t>(bytes, not_after);
  return bytes;
}

}  // namespace

World::World(const WorldOptions& options)
    : options_(options), genesis_(fake_genesis(options.authorities)), prng_(options.seed), now_{1'000'000} {
  for (std::size_t i = 0; i < options.authorities + options.observers; ++i) {
    auto node = std::make_unique<Node>(genesis_);
    node->id = NodeId{fake_key("node", i).bytes};
    if (i < options.authorities) node->me = AuthorityIndex(static_cast<std::uint16_t>(i));
    nodes_.push_back(std::move(node));
  }
}

World::~World() = default;

Now World::clock() const { return {now_, WallTime{static_cast<std::int64_t>(genesis_.time_ms) + 1'000 + now_.us / 1'000}}; }

Duration World::draw(Duration low, Duration high) { return Duration::micros(prng_.between(low.us, high.us)); }

void World::note(std::size_t node, std::string_view what, Bytes detail) {
  digest_ = crypto::Hasher("sim/event")
                .update(digest_.view())
                .update_le(static_cast<std::uint64_t>(now_.us))
                .update_le(static_cast<std::uint64_t>(node))
                .update(what)
                .update(detail)
                .finish();
}

void World::at(Duration delay, std::function<void()> action) {
  events_.emplace(std::pair{now_ + delay, next_event_++}, std::move(action));
}

void World::at(std::size_t node, Duration delay, std::function<void(Node&, core::Effects&)> action) {
  const std::uint64_t incarnation = nodes_[node]->incarnation;
  at(delay, [this, node, incarnation, action = std::move(action)] {
    if (nodes_[node]->core == nullptr || nodes_[node]->incarnation != incarnation) return;
    input(node, action);
  });
}

void World::input(std::size_t node, const std::function<void(Node&, core::Effects&)>& action) {
  core::Effects effects;
  action(*nodes_[node], effects);
  execute(node, std::move(effects));
  wake(node);
}

void World::wake(std::size_t node) {
  Node& self = *nodes_[node];
  const MonoTime deadline = self.core->next_deadline();
  if (deadline == kNever) {
    self.wake_at = kNever;
    return;
  }
  const MonoTime due = std::max(deadline, now_ + Duration::micros(1));
  if (self.wake_at == due) return;
  self.wake_at = due;
  at(node, due - now_, [this, node, due](Node& woken, core::Effects& fx) {
    if (woken.wake_at != due) return;
    woken.wake_at = kNever;
    woken.core->on_tick(clock(), fx);
    // Else the driver's thread would spin.
    if (woken.core->next_deadline() <= now_) violations_.push_back("node " + std::to_string(node) + " has nothing to wait for");
  });
}

void World::start(std::size_t node) {
  Node& self = *nodes_[node];
  PVC_CHECK(self.core == nullptr);
  ++self.incarnation;
  core::CoreOptions options;
  options.genesis = genesis_;
  options.me = self.me;
  options.node_id = self.id;
  options.static_peer_count = static_cast<std::uint32_t>(nodes_.size() - 1);
  options.seed = options_.seed * 1'000 + node * 10 + self.incarnation;
  if (self.me) {
    constexpr std::uint64_t kNotAfter = 1'000'000;
    const PublicKey& key = genesis_.authorities[self.me->value()].key;
    options.attestation = core::Attestation{*self.me, kNotAfter, fake_sign(key, attestation_bytes(genesis_, self.id, kNotAfter))};
  }
  self.core = std::make_unique<core::NodeCore>(options);
  note(node, "start");
  input(node,
        [this](Node& started, core::Effects& fx) { started.core->on_start(clock(), started.disk.recover(started.me), fx); });
}

void World::start_all() {
  for (std::size_t i = 0; i < nodes_.size(); ++i)
    if (!is_up(i)) start(i);
}

void World::crash(std::size_t node) {
  Node& self = *nodes_[node];
  PVC_CHECK(self.core != nullptr);
  note(node, "crash");
  self.core.reset();
  self.wake_at = kNever;
  for (std::uint64_t kept = prng_.below(self.commits.size() + 1); kept > 0; --kept) {
    self.disk.apply(self.commits.front());
    self.commits.pop_front();
  }
  for (std::uint64_t kept = prng_.below(self.votes.size() + 1); kept > 0; --kept) {
    (void)self.disk.journal(self.votes.front());
    self.votes.pop_front();
  }
  self.commits.clear();
  self.votes.clear();
  std::vector<std::shared_ptr<Link>> own;
  for (const auto& [conn, end] : links_)
    if (end.first->ends[end.second] == node) own.push_back(end.first);
  for (const auto& link : own) {
    link->told[link->ends[0] == node ? 0 : 1] = true;
    close(link, {});
  }
}

void World::crash_all() {
  for (std::size_t i = 0; i < nodes_.size(); ++i)
    if (is_up(i)) crash(i);
}

void World::partition(const std::set<std::size_t>& group) {
  parted_ = group;
  std::vector<std::shared_ptr<Link>> cut;
  for (const auto& [conn, end] : links_)
    if (end.second == 0 && are_parted(end.first->ends[0], end.first->ends[1])) cut.push_back(end.first);
  for (const auto& link : cut) close(link, {});
}

void World::heal() { parted_.clear(); }

bool World::are_parted(std::size_t a, std::size_t b) const { return parted_.contains(a) != parted_.contains(b); }

void World::step() {
  auto next = events_.extract(events_.begin());
  now_ = next.key().first;
  next.mapped()();
}

void World::run_for(Duration span) {
  const MonoTime end = now_ + span;
  while (!events_.empty() && events_.begin()->first.first <= end) step();
  now_ = end;
}

bool World::run_until(const std::function<bool()>& until, Duration limit) {
  const MonoTime end = now_ + limit;
  while (!until()) {
    if (events_.empty() || events_.begin()->first.first > end) return false;
    step();
  }
  return true;
}

TxId World::submit(std::size_t node) {
  FakeTxOptions options;
  options.author = prng_.below(8);
  options.salt = next_salt_++;
  return submit(node, fake_transaction(genesis_, options));
}

TxId World::submit(std::size_t node, const SharedBytes& transaction) {
  PVC_CHECK(is_up(node));
  const RequestId request(next_request_++);
  const TxId id = fake_id(transaction);
  note(node, "submit", id.view());
  input(node, [&](Node& self, core::Effects& fx) { self.core->on_submit(clock(), request, transaction, fx); });
  return id;
}

bool World::is_up(std::size_t node) const { return nodes_[node]->core != nullptr; }

const core::NodeCore& World::core(std::size_t node) const {
  PVC_CHECK(is_up(node));
  return *nodes_[node]->core;
}

const Disk& World::disk(std::size_t node) const { return nodes_[node]->disk; }

bool World::is_final_everywhere(const TxId& id) const {
  for (std::size_t i = 0; i < nodes_.size(); ++i)
    if (is_up(i) && !is_final(i, id)) return false;
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

void World::check_agreement(std::size_t node, Height height) {
  const BlockId id = nodes_[node]->disk.id(height);
  nodes_[node]->reported[height] = id;
  if (agreed_.emplace(height, id).first->second != id)
    violations_.push_back("two final blocks at height " + std::to_string(height.value()) + ", node " + std::to_string(node));
}

void World::inspect_disks() {
  for (std::size_t i = 0; i < nodes_.size(); ++i) {
    const Node& node = *nodes_[i];
    for (const auto& [height, id] : node.reported)
      if (height > node.disk.tip() || node.disk.id(height) != id)
        violations_.push_back("node " + std::to_string(i) + " lost final height " + std::to_string(height.value()));
    if (node.disk.is_journal_behind_chain())
      violations_.push_back("node " + std::to_string(i) + " has a journal behind the chain's copy of the guard");
    std::map<std::pair<View, int>, crypto::format::StatementBytes> signed_at;
    for (const auto& statement : node.disk.statements()) {
      const auto ballot = crypto::format::decode_statement(statement)->ballot;
      const std::pair position{ballot.view, ballot.kind == crypto::format::VoteKind::notarize ? 1 : 2};
      if (signed_at.emplace(position, statement).first->second != statement)
        violations_.push_back("node " + std::to_string(i) + " signed twice in view " + std::to_string(ballot.view.value()));
    }
  }
}

}  // namespace provchain::sim
