// SPDX-License-Identifier: Apache-2.0
// Votes, proposals and certificates of the next epoch that come before this node has seen the running one end: its neighbours are
// a moment ahead. They are kept until then, for a lost vote would come again only with the next STATUS. Bounded in number and
// bytes; what does not fit is lost like a message on a bad network. Core thread only.
#pragma once

#include <optional>
#include <utility>
#include <vector>

#include "base/types.hpp"
#include "wire/message.hpp"

namespace provchain::core::consensus {

// The epoch that a vote, proposal or certificate message says it belongs to; absent for other kinds and for what cannot be read.
[[nodiscard]] std::optional<Epoch> epoch_of_message(const wire::InMessage& message);

class EarlyMessages {
 public:
  static constexpr std::size_t messages_max = 256;

  // False when there is no room.
  bool hold(ConnId conn, const wire::InMessage& message, std::size_t bytes_max);
  // All of them, in order of arrival; none is left.
  [[nodiscard]] std::vector<std::pair<ConnId, wire::InMessage>> take();

 private:
  std::vector<std::pair<ConnId, wire::InMessage>> messages_;
  std::size_t bytes_ = 0;
};

}  // namespace provchain::core::consensus
