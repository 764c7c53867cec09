// SPDX-License-Identifier: Apache-2.0
// The simulated pool, disk and serve threads: what answers the effects with a ticket.
#include <algorithm>

#include "tests/sim/fake_crypto.hpp"
#include "tests/sim/world_node.hpp"
#include "wire/batch.hpp"
#include "wire/messages.hpp"

namespace provchain::sim {

namespace {

constexpr Duration kPoolMin = Duration::micros(30);
constexpr Duration kPoolMax = Duration::micros(300);

}  // namespace

void World::execute(std::size_t node, core::Effects effects) {
  for (core::Effect& effect : effects) std::visit([&](auto& concrete) { perform(node, concrete); }, effect);
}

void World::perform(std::size_t node, core::VerifySignatures& effect) {
  at(node, draw(kPoolMin, kPoolMax), [this, effect = std::move(effect)](Node& self, core::Effects& fx) {
    std::vector<bool> valid;
    for (const core::SignatureCheck& check : effect.checks) valid.push_back(fake_verify(check));
    self.core->on_verified(clock(), effect.ticket, valid, fx);
  });
}

void World::perform(std::size_t node, core::CheckTransaction& effect) {
  at(node, draw(kPoolMin, kPoolMax), [this, effect = std::move(effect)](Node& self, core::Effects& fx) {
    const TxId id = fake_id(effect.bytes);
    self.core->on_transaction_checked(clock(), effect.ticket, fake_check(genesis_, effect.bytes.view(), self.disk.find(id)), fx);
  });
}

void World::perform(std::size_t node, core::CheckBlock& effect) {
  at(node, draw(kPoolMin, kPoolMax), [this, effect = std::move(effect)](Node& self, core::Effects& fx) {
    self.core->on_block_checked(clock(), effect.ticket, fake_check_block(genesis_, effect.bytes.view()), fx);
  });
}

void World::perform(std::size_t node, core::OpenBatch& effect) {
  at(node, draw(kPoolMin, kPoolMax), [this, effect = std::move(effect)](Node& self, core::Effects& fx) {
    const auto batch = wire::decode_batch(effect.payload.view(), genesis_.parameters.max_block_bytes);
    std::optional<core::OpenedBatch> opened;
    if (batch) opened = core::OpenedBatch{batch->first, batch->path, batch->blocks};
    self.core->on_batch_opened(clock(), effect.ticket, opened, fx);
  });
}

void World::perform(std::size_t node, core::CastVote& effect) {
  Node& self = *nodes_[node];
  self.votes.push_back(std::move(effect));
  if (self.votes.size() == 1) write_next(node, false);
}

void World::perform(std::size_t node, core::AdvanceJournalFloor& effect) { nodes_[node]->disk.advance_floor(effect); }

void World::perform(std::size_t node, core::Commit& effect) {
  Node& self = *nodes_[node];
  self.commits.push_back(std::move(effect));
  if (self.commits.size() == 1) write_next(node, true);
}

void World::write_next(std::size_t node, bool chain) {
  const std::uint64_t incarnation = nodes_[node]->incarnation;
  at(draw(options_.disk_min, options_.disk_max), [this, node, chain, incarnation] {
    if (nodes_[node]->core != nullptr && nodes_[node]->incarnation == incarnation) finish_write(node, chain);
  });
}

void World::finish_write(std::size_t node, bool chain) {
  Node& self = *nodes_[node];
  if (chain) {
    const Height before = self.disk.tip();
    const Height height = self.disk.apply(self.commits.front());
    self.commits.pop_front();
    if (!self.commits.empty()) write_next(node, true);
    for (Height next = before.next(); next <= height; next = next.next()) check_agreement(node, next);
    note(node, "committed", self.disk.id(height).view());
    input(node, [&](Node& written, core::Effects& fx) { written.core->on_committed(clock(), height, fx); });
    return;
  }
  const core::CastVote vote = std::move(self.votes.front());
  self.votes.pop_front();
  if (!self.votes.empty()) write_next(node, false);
  std::optional<Signature> signature;
  const auto statement = crypto::format::encode_statement(vote.context, vote.ballot);
  if (self.disk.journal(vote)) signature = fake_sign(genesis_.authorities[self.me->value()].key, statement);
  note(node, "voted", statement);
  input(node, [&](Node& written, core::Effects& fx) { written.core->on_vote_signed(clock(), vote.ticket, signature, fx); });
}

void World::served(std::size_t node, ConnId conn) {
  at(node, draw(kPoolMin, kPoolMax), [this, conn](Node& self, core::Effects& fx) { self.core->on_served(clock(), conn, fx); });
}

void World::perform(std::size_t node, core::ServeBlocks& effect) {
  served(node, effect.to);
  const Disk& disk = nodes_[node]->disk;
  std::vector<SharedBytes> blocks;
  for (Height next = effect.first; next <= disk.tip() && blocks.size() < effect.count; next = next.next())
    blocks.push_back(disk.block(next));
  if (blocks.empty()) return;
  blocks.resize(wire::batch_prefix(blocks, effect.bytes_max));
  wire::Batch batch{effect.first, {}, blocks};
  const Height last(effect.first.value() + blocks.size() - 1);
  if (effect.head > last) batch.path = disk.history_path(last, effect.head);
  send(node, effect.to, wire::answer(wire::MessageKind::batch, effect.corr, wire::encode_batch(batch)));
}

void World::perform(std::size_t node, core::ServeHeldBlocks& effect) {
  served(node, effect.to);
  const auto header = crypto::format::decode_block_header(effect.blocks.front().view().first(crypto::format::block_header_bytes));
  const wire::Batch batch{header->height, {}, effect.blocks};
  send(node, effect.to, wire::answer(wire::MessageKind::batch, effect.corr, wire::encode_batch(batch)));
}

void World::perform(std::size_t node, core::ServeHeaders& effect) {
  served(node, effect.to);
  const Disk& disk = nodes_[node]->disk;
  ByteVector headers;
  for (std::uint32_t i = 0; i < effect.count; ++i)
    append(headers, disk.block(effect.first.plus(i)).view().first(crypto::format::block_header_bytes));
  send(node, effect.to, wire::answer(wire::MessageKind::headers, effect.corr, wire::build_headers(headers)));
}

void World::perform(std::size_t node, core::Reply& effect) {
  note(node, "reply", effect.id.view());
  answers_[effect.id] = effect.status;
}

void World::perform(std::size_t node, core::Alarm& effect) {
  note(node, "alarm", as_bytes(effect.detail));
  alarms_.push_back(effect);
}

void World::perform(std::size_t node, core::RememberStop& effect) { nodes_[node]->disk.remember(effect.kind); }

}  // namespace provchain::sim
