// SPDX-License-Identifier: Apache-2.0
// The nouns of the system as distinct types, so that two swapped arguments do not compile. Values, trivially copyable, any
// thread.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <functional>
#include <limits>
#include <optional>
#include <string>
#include <string_view>

#include "base/bytes.hpp"
#include "base/check.hpp"

namespace provchain {

// A counting type. Arithmetic is spelled out: next(), plus(n), and the difference of two of one kind.
template <class Tag, class Rep>
class Ordinal {
 public:
  using rep = Rep;
  constexpr Ordinal() = default;
  constexpr explicit Ordinal(Rep value) : value_(value) {}
  [[nodiscard]] constexpr Rep value() const { return value_; }
  [[nodiscard]] constexpr Ordinal next() const { return plus(1); }
  [[nodiscard]] constexpr Ordinal plus(Rep count) const {
    PVC_CHECK(count <= std::numeric_limits<Rep>::max() - value_);
    return Ordinal(static_cast<Rep>(value_ + count));
  }
  // The one before; the caller has checked that this is not zero.
  [[nodiscard]] constexpr Ordinal previous() const {
    PVC_CHECK(value_ > 0);
    return Ordinal(static_cast<Rep>(value_ - 1));
  }
  constexpr auto operator<=>(const Ordinal&) const = default;

 private:
  Rep value_ = 0;
};

using Height = Ordinal<struct HeightTag, std::uint64_t>;
using View = Ordinal<struct ViewTag, std::uint64_t>;
using Epoch = Ordinal<struct EpochTag, std::uint64_t>;
using AuthorityIndex = Ordinal<struct AuthorityIndexTag, std::uint16_t>;  // position in the epoch's authority list
using ConnId = Ordinal<struct ConnIdTag, std::uint64_t>;                  // a connection's number, never reused within a process
using Ticket = Ordinal<struct TicketTag, std::uint64_t>;        // names one outstanding effect, never reused within a process
using RequestId = Ordinal<struct RequestIdTag, std::uint64_t>;  // a caller of this node (API), never reused within a process

// N bytes with a meaning. Ordered bytewise; hex is lower case.
template <class Tag, std::size_t N>
struct FixedBytes {
  static constexpr std::size_t kSize = N;
  std::array<std::uint8_t, N> bytes{};

  constexpr auto operator<=>(const FixedBytes&) const = default;
  [[nodiscard]] Bytes view() const PVC_LIFETIMEBOUND { return bytes; }
  [[nodiscard]] MutBytes mut() PVC_LIFETIMEBOUND { return bytes; }
  [[nodiscard]] std::string hex() const { return to_hex(bytes); }
  [[nodiscard]] bool is_zero() const { return all_zero(bytes); }

  // The caller has checked that N bytes lie at `offset`.
  static FixedBytes load(Bytes from, std::size_t offset = 0) {
    FixedBytes value;
    std::memcpy(value.bytes.data(), from.subspan(offset, N).data(), N);
    return value;
  }
  void store(MutBytes to, std::size_t offset) const { std::memcpy(to.subspan(offset, N).data(), bytes.data(), N); }
  // Absent when `text` is not exactly 2N lower-case hex digits.
  static std::optional<FixedBytes> parse_hex(std::string_view text) {
    FixedBytes value;
    if (!from_hex(text, value.bytes)) return std::nullopt;
    return value;
  }
};

using Hash256 =
    FixedBytes<struct Hash256Tag, 32>;  // a node or root of a Merkle tree, or another digest without a noun of its own
using BlockId = FixedBytes<struct BlockIdTag, 32>;
using TxId = FixedBytes<struct TxIdTag, 32>;
using NetworkId = FixedBytes<struct NetworkIdTag, 32>;
using PublicKey = FixedBytes<struct PublicKeyTag, 32>;  // Ed25519
using NodeId = FixedBytes<struct NodeIdTag, 32>;        // Ed25519 key of a node on the network; not a consensus key
using Signature = FixedBytes<struct SignatureTag, 64>;  // Ed25519, detached
using JournalUuid =
    FixedBytes<struct JournalUuidTag, 16>;  // names the one vote journal of a consensus key; the key file carries it

}  // namespace provchain

// The leading bytes of an id are already uniform unless somebody chose them: never use this for keys an outsider can grind
// cheaply.
template <class Tag, std::size_t N>
struct std::hash<provchain::FixedBytes<Tag, N>> {
  std::size_t operator()(const provchain::FixedBytes<Tag, N>& value) const noexcept {
    std::size_t seed = 0;
    std::memcpy(&seed, value.bytes.data(), sizeof seed);
    return seed;
  }
};
