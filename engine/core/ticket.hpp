// SPDX-License-Identifier: Apache-2.0
// Numbers for outstanding effects and requests. Each state machine draws from its own source, so an answer finds its owner by the
// number alone and two machines can never be given one another's answers. Values, core thread only.
#pragma once

#include <cstdint>

#include "base/types.hpp"

namespace provchain::core {

// The owners of tickets and correlation ids.
namespace owner {
inline constexpr std::uint8_t consensus = 1;
inline constexpr std::uint8_t admission = 2;  // and relay, which asks on admission's behalf
inline constexpr std::uint8_t sync = 3;
inline constexpr std::uint8_t sessions = 4;
}  // namespace owner

// Tickets: the owner in the top 8 bits, a count below.
class TicketSource {
 public:
  explicit constexpr TicketSource(std::uint8_t of_owner) : base_(static_cast<std::uint64_t>(of_owner) << 56U) {}

  // Never 0 and never the same twice.
  [[nodiscard]] Ticket next() { return Ticket(base_ | ++count_); }
  [[nodiscard]] static constexpr std::uint8_t owner_of(Ticket ticket) { return static_cast<std::uint8_t>(ticket.value() >> 56U); }

 private:
  std::uint64_t base_;
  std::uint64_t count_ = 0;
};

// Request ids on the wire: the owner in the top 4 bits of 32. The count wraps after 2^28 requests, long after every request of
// that number has timed out.
class CorrelationSource {
 public:
  explicit constexpr CorrelationSource(std::uint8_t of_owner) : base_(static_cast<std::uint32_t>(of_owner) << 28U) {}

  // Never 0: that is a one-way message.
  [[nodiscard]] std::uint32_t next() {
    count_ = (count_ + 1) & 0x0fffffffU;
    return base_ | count_;
  }
  [[nodiscard]] static constexpr std::uint8_t owner_of(std::uint32_t corr) { return static_cast<std::uint8_t>(corr >> 28U); }

 private:
  std::uint32_t base_;
  std::uint32_t count_ = 0;
};

}  // namespace provchain::core
