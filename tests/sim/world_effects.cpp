// SPDX-License-Identifier: Apache-2.0
// The effects of a core, executed in order: most become an event of a little later.
#include <algorithm>

#include "tests/sim/world_node.hpp"
#include "wire/batch.hpp"
#include "wire/messages.hpp"

namespace provchain::sim {

namespace {

constexpr Duration kPoolMin = Duration::micros(30);
constexpr Duration kPoolMax = Duration::micros(300);
// Chains are short here: catching up would otherwise be a single batch.
constexpr std::size_t kServedMax = 16;

}  // namespace

void World::execute(std::size_t node, core::Effects& effects) {
  Node& self = *nodes_[node];
  for (core::Effect& effect : effects) {
    if (self.effects_left && (*self.effects_left)-- == 0) break;
    std::visit([&](auto& concrete) { perform(node, concrete); }, effect);
  }
  if (std::exchange(self.effects_left, std::nullopt)) end(node, true);
}

// ---- network ----

void World::perform(std::size_t node, core::Send& effect) { send(node, effect.to, effect.message); }

void World::send(std::size_t node, ConnId to, wire::OutMessage& message) {
  Node& self = *nodes_[node];
  if (self.adversary) {
    if (!self.adversary->on_send(*self.rim, network_.peer_of(to), message)) return;
  } else {
    check_released(self, message);
  }
  network_.send(to, message, now_);
}

// Whatever carries a vote of this node's: it must be durable here.
void World::check_released(Node& node, const wire::OutMessage& message) {
  if (!node.me || (message.kind != wire::MessageKind::vote && message.kind != wire::MessageKind::proposal)) return;
  if (node.released.view().data() == message.payload.view().data()) return;
  node.released = message.payload;
  Bytes bytes = message.payload.view();
  if (message.kind == wire::MessageKind::proposal) {
    const auto proposal = wire::parse_proposal(bytes);
    if (!proposal) return findings_.add("a proposal that nobody can read has been sent");
    bytes = proposal->vote;
  }
  const auto vote = crypto::format::decode_vote(bytes);
  if (!vote) return findings_.add("a vote that nobody can read has been sent");
  if (vote->signer == node.core->consensus().status().me) vote_check_.on_released(*node.me, vote->ballot);
}

void World::perform(std::size_t node, core::Disconnect& effect) {
  if (!network_.is_known(effect.conn)) return;
  if (!effect.silent) {
    const auto payload = wire::build_disconnect({effect.reason, effect.retry_after_ms});
    wire::OutMessage farewell = wire::one_way(wire::MessageKind::disconnect, payload);
    send(node, effect.conn, farewell);
  }
  network_.close(effect.conn, now_);
}

void World::perform(std::size_t node, core::Dial& effect) { push(network_.delay(), node, Dialled{effect.static_peer, false}); }

// ---- crypto pool ----

void World::perform(std::size_t node, core::VerifySignatures& effect) { push(draw(kPoolMin, kPoolMax), node, std::move(effect)); }

void World::perform(std::size_t node, core::CheckTransaction& effect) { push(draw(kPoolMin, kPoolMax), node, std::move(effect)); }

void World::perform(std::size_t node, core::CheckBlock& effect) { push(draw(kPoolMin, kPoolMax), node, std::move(effect)); }

void World::perform(std::size_t node, core::OpenBatch& effect) { push(draw(kPoolMin, kPoolMax), node, std::move(effect)); }

// ---- disk ----

Duration World::write_time(const Node& node) {
  return draw(options_.disk.write_min, options_.disk.write_max) * node.disk_slowness;
}

void World::perform(std::size_t node, core::CastVote& effect) {
  Node& self = *nodes_[node];
  self.votes.push_back(std::move(effect));
  if (self.votes.size() == 1) push(write_time(self), node, JournalWritten{});
}

void World::perform(std::size_t node, core::AdvanceJournalFloor& effect) { nodes_[node]->disk.advance_floor(effect); }

void World::perform(std::size_t node, core::Commit& effect) {
  Node& self = *nodes_[node];
  const bool idle = self.commits.empty() && !self.written;
  self.commits.push_back(std::move(effect));
  if (idle) push(write_time(self), node, ChainWritten{});
}

void World::perform(std::size_t node, core::RememberStop& effect) { nodes_[node]->disk.remember(effect.kind); }

void World::perform(std::size_t node, core::PublishEvidence& effect) {
  const SharedBytes transaction =
      make_transaction(crypto::format::TxKind::evidence, crypto::format::encode_evidence(effect.evidence));
  call_after({}, [this, node, transaction] {
    if (is_up(node)) submit(node, transaction);
  });
}

// ---- serve pool ----

void World::served(std::size_t node, ConnId conn) { push(draw(kPoolMin, kPoolMax), node, Served{conn}); }

void World::perform(std::size_t node, core::ServeBlocks& effect) {
  served(node, effect.to);
  const Disk& disk = nodes_[node]->disk;
  std::vector<SharedBytes> blocks;
  const std::size_t count = std::min<std::size_t>(effect.count, kServedMax);
  for (Height next = effect.first; next <= disk.tip() && blocks.size() < count; next = next.next())
    blocks.push_back(disk.block(next));
  if (blocks.empty()) return;
  blocks.resize(wire::batch_prefix(blocks, effect.bytes_max));
  wire::Batch batch{effect.first, {}, blocks};
  const Height last(effect.first.value() + blocks.size() - 1);
  if (effect.head > last) batch.path = disk.history_path(last, effect.head);
  wire::OutMessage answer = wire::answer(wire::MessageKind::batch, effect.corr, wire::encode_batch(batch));
  send(node, effect.to, answer);
}

void World::perform(std::size_t node, core::ServeHeldBlocks& effect) {
  served(node, effect.to);
  const auto header = crypto::format::decode_block_header(effect.blocks.front().view().first(crypto::format::block_header_bytes));
  const wire::Batch batch{header->height, {}, effect.blocks};
  wire::OutMessage answer = wire::answer(wire::MessageKind::batch, effect.corr, wire::encode_batch(batch));
  send(node, effect.to, answer);
}

void World::perform(std::size_t node, core::ServeHeaders& effect) {
  served(node, effect.to);
  const Disk& disk = nodes_[node]->disk;
  ByteVector headers;
  for (std::uint32_t i = 0; i < effect.count; ++i)
    append(headers, disk.block(effect.first.plus(i)).view().first(crypto::format::block_header_bytes));
  wire::OutMessage answer = wire::answer(wire::MessageKind::headers, effect.corr, wire::build_headers(headers));
  send(node, effect.to, answer);
}

// ---- people ----

// No epoch ends here.
void World::perform(std::size_t node, core::ServeEpochs& effect) {
  served(node, effect.to);
  auto ends = nodes_[node]->disk.epoch_ends(effect.first, std::min(effect.count, wire::epochs_per_message_max));
  ends.resize(wire::epochs_prefix(ends));
  const wire::ErrorNotice notice{effect.corr, wire::PeerReason::not_found, {}};
  wire::OutMessage answer = ends.empty() ? wire::answer(wire::MessageKind::error, effect.corr, wire::build_error(notice))
                                         : wire::answer(wire::MessageKind::epochs, effect.corr, wire::build_epochs(ends));
  send(node, effect.to, answer);
}

void World::perform(std::size_t node, core::Reply& effect) {
  note(What::reply, node, effect.id.view());
  answers_[effect.id] = effect.status;
  if (effect.status.phase == core::TxPhase::final && is_honest(node))
    chain_check_.on_final_answer(node, effect.id, *effect.status.height);
}

void World::perform(std::size_t node, core::Alarm& effect) {
  note(What::alarm, node, as_bytes(effect.detail));
  trace_.node(now_, node, [&] { return "ALARM: " + effect.detail; });
  if (nodes_[node]->adversary == nullptr) alarms_.push_back({node, effect});
}

}  // namespace provchain::sim
