// SPDX-License-Identifier: Apache-2.0
#include "tests/sim/adversary_leaders.hpp"

namespace provchain::sim {

namespace {

// Another block of the same view: one millisecond later, so that it is as valid as the first.
std::optional<ProposalDraft> second_block(const Rim& rim, const wire::OutMessage& message) {
  ProposalDraft draft(message.payload);
  if (draft.form != wire::BodyForm::full || draft.vote.signer != rim.me()) return std::nullopt;
  crypto::format::BlockHeader header = draft.header();
  ++header.timestamp_ms;
  draft.set_header(header);
  draft.vote = rim.sign(draft.vote.ballot);
  return draft;
}

}  // namespace

bool EquivocatingLeader::on_send(Rim& rim, std::size_t to, wire::OutMessage& message) {
  if (message.kind != wire::MessageKind::proposal) return true;
  const auto second = second_block(rim, message);
  if (!second) return true;
  const wire::OutMessage other = wire::one_way(wire::MessageKind::proposal, second->build());
  if (to % 2 == 0) {
    rim.send(to, other);
    return true;
  }
  rim.send(to, message);
  message = other;
  return true;
}

bool SplitLeader::on_send(Rim& rim, std::size_t to, wire::OutMessage& message) {
  if (to % 2 == 0) return true;
  if (message.kind == wire::MessageKind::proposal) {
    if (const auto second = second_block(rim, message)) {
      second_[second->vote.ballot.view] = second->vote.ballot;
      message.payload = second->build();
    }
  } else if (message.kind == wire::MessageKind::vote) {
    crypto::format::Ballot ballot = crypto::format::decode_vote(message.payload.view())->ballot;
    const auto second = second_.find(ballot.view);
    if (second == second_.end() || ballot.kind == crypto::format::VoteKind::nullify) return true;
    ballot.block_id = second->second.block_id;
    message = vote_message(rim.sign(ballot));
  }
  return true;
}

bool CensoringLeader::on_receive(Rim& rim, std::size_t /*from*/, wire::InMessage& message) {
  if (message.kind != wire::MessageKind::transactions) return true;
  const auto transactions = wire::parse_transactions(message.payload.view(), rim.genesis().parameters.max_block_bytes);
  if (!transactions) return true;
  for (const Bytes bytes : *transactions) {
    const auto tx = crypto::format::decode_transaction(bytes);
    if (tx && tx->header.author == rim.author(0)) return false;
  }
  return true;
}

bool InvalidTransactionLeader::on_send(Rim& rim, std::size_t /*to*/, wire::OutMessage& message) {
  if (message.kind != wire::MessageKind::proposal) return true;
  ProposalDraft draft(message.payload);
  if (draft.form != wire::BodyForm::full || draft.vote.signer != rim.me()) return true;
  if (draft.vote.ballot.view != view_) {
    const auto block = crypto::format::decode_block(draft.block);
    std::vector<SharedBytes> transactions;
    for (const auto& tx : block->transactions) transactions.push_back(SharedBytes::copy_of(tx.bytes));
    const SharedBytes first = transactions.front();
    transactions.push_back(earlier_ && rim.prng().chance(500) ? *earlier_ : rim.transaction(false));
    earlier_ = first;
    view_ = draft.vote.ballot.view;
    draft.set_transactions(transactions);
    draft.vote = rim.sign(draft.vote.ballot);
    draft_ = std::move(draft);
  }
  message.payload = draft_->build();
  return true;
}

void TimestampManipulator::on_tick(Rim& rim) {
  if (!rim.prng().chance(100)) return;
  constexpr std::int64_t kSpansMs[] = {100, 1'000, 10'000, 3'600'000};
  const std::int64_t span = kSpansMs[rim.prng().below(std::size(kSpansMs))];
  offset_ms_ = rim.prng().between(-span, span);
}

}  // namespace provchain::sim
