// SPDX-License-Identifier: Apache-2.0
#include "engine/core/consensus/early_messages.hpp"

#include <utility>

#include "crypto/format/certificate.hpp"
#include "crypto/format/statement.hpp"
#include "wire/messages.hpp"

namespace provchain::core::consensus {

std::optional<Epoch> epoch_of_message(const wire::InMessage& message) {
  if (message.kind == wire::MessageKind::certificate) return crypto::format::epoch_of_certificate(message.payload.view());
  Bytes vote_bytes;
  if (message.kind == wire::MessageKind::vote) vote_bytes = message.payload.view();
  if (message.kind == wire::MessageKind::proposal) {
    const auto proposal = wire::parse_proposal(message.payload.view());
    if (!proposal) return std::nullopt;
    vote_bytes = proposal->vote;
  }
  const auto vote = crypto::format::decode_vote(vote_bytes);
  if (!vote) return std::nullopt;
  return vote->ballot.epoch;
}

bool EarlyMessages::hold(ConnId conn, const wire::InMessage& message, std::size_t bytes_max) {
  if (messages_.size() >= messages_max || bytes_ + message.payload.size() > bytes_max) return false;
  bytes_ += message.payload.size();
  messages_.emplace_back(conn, message);
  return true;
}

std::vector<std::pair<ConnId, wire::InMessage>> EarlyMessages::take() {
  bytes_ = 0;
  return std::exchange(messages_, {});
}

}  // namespace provchain::core::consensus
