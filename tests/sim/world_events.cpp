// SPDX-License-Identifier: Apache-2.0
// Time: the events of the queue, what each of them means, and what is looked at after it.
#include <algorithm>

#include "tests/sim/expectations.hpp"
#include "tests/sim/world_node.hpp"
#include "wire/batch.hpp"

namespace provchain::sim {

namespace {

constexpr std::uint64_t kSnapshotEvery = 16;

// What a status costs is worth it only now and then.
constexpr std::uint64_t kBoundsEvery = 64;

}  // namespace

// ---- time ----

void World::note(What what, std::size_t node, Bytes detail) {
  digest_.mix(static_cast<std::uint64_t>(now_.us));
  digest_.mix(node << 8U | static_cast<std::uint64_t>(what));
  if (!detail.empty()) digest_.mix(detail);
}

void World::push(Duration delay, std::size_t node, decltype(Event::body) body) {
  queue_.push(now_ + delay, {static_cast<std::uint32_t>(node), nodes_[node]->incarnation, std::move(body)});
}

void World::call_after(Duration delay, std::function<void()> action) {
  queue_.push(now_ + delay, {Event::kWorld, 0, Call{std::move(action)}});
}

void World::step() {
  now_ = queue_.next_at();
  Event event = queue_.pop();
  if (event.node == Event::kWorld) {
    std::get<Call>(event.body).action();
    return;
  }
  // What the network brings is for the connection, whose end knows of a crash; the rest is for one life of the node.
  const bool by_network = std::holds_alternative<Delivery>(event.body) || std::holds_alternative<Closing>(event.body);
  const Node& self = *nodes_[event.node];
  if (self.core == nullptr || (!by_network && self.incarnation != event.incarnation)) return;
  std::visit([&](auto& body) { happen(event.node, body); }, event.body);
}

void World::run_for(Duration span) {
  const MonoTime end = now_ + span;
  while (queue_.next_at() <= end) step();
  now_ = end;
}

bool World::run_until(const std::function<bool()>& until, Duration limit) {
  const MonoTime end = now_ + limit;
  while (!until()) {
    if (queue_.next_at() > end) return false;
    step();
  }
  return true;
}

bool World::run_until(const std::function<bool()>& until, Duration limit, Duration every) {
  const MonoTime end = now_ + limit;
  while (!until()) {
    if (now_ >= end) return false;
    run_for(std::min(every, end - now_));
  }
  return true;
}

Now World::clock(const Node& node) const {
  Now now = node.clock.read(now_);
  if (node.adversary) now.wall.ms += node.adversary->clock_offset_ms();
  return now;
}

void World::schedule_tick(std::size_t node) {
  Node& self = *nodes_[node];
  const MonoTime deadline = self.core->next_deadline();
  if (deadline == kNever) return;
  const MonoTime due = std::max(self.clock.true_time_of(deadline), now_ + Duration::micros(1));
  if (self.tick_at <= due) return;  // that one looks again
  self.tick_at = due;
  push(due - now_, node, Tick{due});
}

void World::happen(std::size_t node, Tick& tick) {
  Node& self = *nodes_[node];
  if (self.tick_at != tick.due) return;
  self.tick_at = kNever;
  if (self.core->next_deadline() > clock(self).mono) {
    schedule_tick(node);
    return;
  }
  note(What::tick, node);
  input(node, [this](Node& woken, core::Effects& fx) { woken.core->on_tick(clock(woken), fx); });
  // Else the driver's thread would spin.
  if (self.core != nullptr && self.core->next_deadline() <= clock(self).mono)
    findings_.add("node " + std::to_string(node) + " has nothing to wait for");
}

void World::happen(std::size_t /*node*/, Call& call) { call.action(); }

// ---- after every input ----

void World::look(std::size_t node) {
  Node& self = *nodes_[node];
  if (self.core == nullptr) return;
  const core::consensus::Consensus& consensus = self.core->consensus();
  if (events_ % kSnapshotEvery == 0) (void)self.core->authorities();  // as the API's snapshots are taken: at any moment
  const View view = consensus.view();
  const Epoch epoch = consensus.epoch().epoch;
  if (epoch != self.epoch) {
    if (epoch < self.epoch)
      findings_.add("node " + std::to_string(node) + " goes back to epoch " + std::to_string(epoch.value()));
    trace_.node(now_, node, [&] {
      return "begins epoch " + std::to_string(epoch.value()) + " of " + std::to_string(consensus.epoch().count) + " authorities";
    });
    self.epoch = epoch;
    self.view = View{};
  }
  if (view < self.view) findings_.add("node " + std::to_string(node) + " goes back to view " + std::to_string(view.value()));
  if (view != self.view) {
    trace_.node(now_, node, [&] {
      return "enters view " + std::to_string(view.value()) + ", led by " + std::to_string(consensus.leader().value());
    });
    self.view = view;
  }
  if (trace_.is_on() && consensus.mode() != self.mode) {
    self.mode = consensus.mode();
    trace_.node(now_, node, [&] { return "is " + std::string(core::consensus::to_string(self.mode)); });
  }
  if (events_ % kBoundsEvery != 0) return;
  if (const std::string what = excess(consensus.status(), self.core->mempool_status()); !what.empty())
    findings_.add("node " + std::to_string(node) + " holds more than it may: " + what);
}

// ---- network ----

void World::happen(std::size_t node, Delivery& delivery) {
  if (!network_.is_known(delivery.to)) return;
  Node& self = *nodes_[node];
  if (self.adversary && !self.adversary->on_receive(*self.rim, network_.peer_of(delivery.to), delivery.message)) return;
  note(What::message, node, delivery.message.payload.view());
  digest_.mix(static_cast<std::uint64_t>(delivery.message.kind));
  input(node, [&](Node& woken, core::Effects& fx) { woken.core->on_message(clock(woken), delivery.to, delivery.message, fx); });
}

void World::happen(std::size_t node, Closing& closing) {
  if (!network_.take_closing(closing, now_)) return;
  note(What::closed, node);
  input(node, [&](Node& self, core::Effects& fx) { self.core->on_disconnected(clock(self), closing.at, fx); });
}

std::size_t World::target_of(std::size_t node, std::uint32_t static_peer) const {
  return static_peer < node ? static_peer : static_peer + std::size_t{1};
}

void World::happen(std::size_t node, Dialled& dialled) {
  const std::size_t target = target_of(node, dialled.static_peer);
  if (!is_up(target) || !network_.can_connect(node, target)) {
    // Nobody refuses on a route that swallows everything.
    if (!network_.can_connect(node, target) && !dialled.timed_out) {
      push(Network::dial_timeout, node, Dialled{dialled.static_peer, true});
      return;
    }
    note(What::dial_failed, node);
    input(node, [&](Node& self, core::Effects& fx) { self.core->on_dial_failed(clock(self), dialled.static_peer, fx); });
    return;
  }
  const Network::Ends ends = network_.connect(node, target, now_);
  note(What::connected, node);
  const core::PeerIdentity dialler{nodes_[node]->id, true, {}, "sim:" + std::to_string(node), 0};
  const core::PeerIdentity dialled_peer{nodes_[target]->id, false, dialled.static_peer, "sim:" + std::to_string(target), 0};
  input(target, [&](Node& other, core::Effects& fx) { other.core->on_connected(clock(other), ends.target, dialler, fx); });
  if (nodes_[node]->core == nullptr) return;
  input(node, [&](Node& self, core::Effects& fx) { self.core->on_connected(clock(self), ends.dialler, dialled_peer, fx); });
}

// ---- crypto pool and serve pool ----

void World::happen(std::size_t node, core::VerifySignatures& check) {
  std::vector<bool> valid;
  valid.reserve(check.checks.size());
  for (const core::SignatureCheck& one : check.checks) valid.push_back(signatures_.verify(one));
  note(What::verified, node);
  input(node, [&](Node& self, core::Effects& fx) { self.core->on_verified(clock(self), check.ticket, valid, fx); });
}

void World::happen(std::size_t node, core::CheckTransaction& check) {
  const core::TxVerdict verdict = fake_check(genesis_, check.bytes.view(), nodes_[node]->disk.find(fake_id(check.bytes)),
                                             signatures_.verifier(), check.system.get());
  note(What::transaction_checked, node);
  input(node, [&](Node& self, core::Effects& fx) { self.core->on_transaction_checked(clock(self), check.ticket, verdict, fx); });
}

void World::happen(std::size_t node, core::CheckBlock& check) {
  const Disk& disk = nodes_[node]->disk;
  const core::BlockVerdict verdict = fake_check_block(
      genesis_, check.bytes.view(), check.known, [&](const TxId& id) { return disk.find(id); }, signatures_.verifier(),
      check.system.get());
  note(What::block_checked, node);
  input(node, [&](Node& self, core::Effects& fx) { self.core->on_block_checked(clock(self), check.ticket, verdict, fx); });
}

void World::happen(std::size_t node, core::OpenBatch& open) {
  const auto batch = wire::decode_batch(open.payload.view(), genesis_.parameters.max_block_bytes);
  std::optional<core::OpenedBatch> opened;
  if (batch) opened = core::OpenedBatch{batch->first, batch->path, batch->blocks};
  note(What::batch_opened, node);
  input(node, [&](Node& self, core::Effects& fx) { self.core->on_batch_opened(clock(self), open.ticket, opened, fx); });
}

void World::happen(std::size_t node, Served& served) {
  note(What::served, node);
  input(node, [&](Node& self, core::Effects& fx) { self.core->on_served(clock(self), served.to, fx); });
}

// ---- disk ----

Height World::write_chain(std::size_t node, const core::Commit& commit) {
  Node& self = *nodes_[node];
  const Height before = self.disk.tip();
  const Height height = self.disk.apply_to_chain(commit);
  if (height > before && self.adversary == nullptr)
    chain_check_.on_committed(node, self.disk, before.next(), height, commit.certificate);
  note(What::committed, node, self.disk.id(height).view());
  trace_.node(now_, node, [&] {
    return "finalises height " + std::to_string(height.value()) + " block " + self.disk.id(height).hex().substr(0, 8);
  });
  return height;
}

void World::happen(std::size_t node, ChainWritten&) {
  Node& self = *nodes_[node];
  if (self.disk_broken) return fail(node);
  if (reaches(node, CrashPoint::before_chain)) return end(node, true);
  self.written = write_chain(node, self.commits.front());
  self.commits.pop_front();
  if (reaches(node, CrashPoint::after_chain)) return end(node, true);
  push(write_time(self), node, StateWritten{});
}

void World::happen(std::size_t node, StateWritten&) {
  Node& self = *nodes_[node];
  if (self.disk_broken) return fail(node);
  self.disk.apply_to_state();
  if (self.adversary == nullptr) chain_check_.on_state(node, self.disk);
  if (reaches(node, CrashPoint::after_state)) return end(node, true);
  if (!self.commits.empty()) push(write_time(self), node, ChainWritten{});
  note(What::state_written, node);
  const Height height = *std::exchange(self.written, std::nullopt);
  input(node, [&](Node& told, core::Effects& fx) { told.core->on_committed(clock(told), height, fx); });
}

bool World::write_journal(std::size_t node, const core::CastVote& vote) {
  Node& self = *nodes_[node];
  const std::size_t before = self.disk.statements().size();
  if (!self.disk.journal(vote)) return false;
  if (self.disk.statements().size() == before) return true;  // said before
  ++votes_;
  vote_check_.on_durable(*self.me, vote.ballot);
  note(What::voted, node, self.disk.statements().back());
  trace_.node(now_, node, [&] { return describe(vote.ballot); });
  return true;
}

void World::happen(std::size_t node, JournalWritten&) {
  Node& self = *nodes_[node];
  if (self.disk_broken) return fail(node);
  if (reaches(node, CrashPoint::before_journal)) return end(node, true);
  const core::CastVote vote = std::move(self.votes.front());
  self.votes.pop_front();
  if (reaches(node, CrashPoint::torn_journal)) {
    self.disk.journal_torn(vote, prng_.below(vote.bodies.size() + vote.certificates.size() + 1));
    return end(node, true);
  }
  std::optional<Signature> signature;
  if (write_journal(node, vote))
    signature = signatures_.sign(*self.me, crypto::format::encode_statement(vote.context, vote.ballot));
  if (reaches(node, CrashPoint::after_journal)) return end(node, true);
  if (!self.votes.empty()) push(write_time(self), node, JournalWritten{});
  if (reaches(node, CrashPoint::after_signing)) self.effects_left = 0;
  if (reaches(node, CrashPoint::amid_sends)) self.effects_left = prng_.below(nodes_.size());
  input(node, [&](Node& told, core::Effects& fx) { told.core->on_vote_signed(clock(told), vote.ticket, signature, fx); });
}

}  // namespace provchain::sim
