// SPDX-License-Identifier: Apache-2.0
// The message registry as a table: what a receiver must know of a kind before it looks at a single byte of its payload, and a
// sender before it queues one. Immutable, any thread.
#pragma once

#include <cstddef>
#include <span>

#include "wire/message.hpp"

namespace provchain::wire {

enum class Form : std::uint8_t {
  bytes,  // a fixed layout; its version is 1 for ever
  table,  // one size-prefixed FlatBuffer; later versions may add fields
};

enum class Answering : std::uint8_t { never, may, always };  // whether RESPONSE is set

struct KindInfo {
  MessageKind kind{};
  MessageClass message_class{};
  Form form{};
  Answering answering{};
  std::size_t bytes_max = 0;  // payload after reassembly
  bool holds_block = false;   // the cap is at least max_block_bytes + block_overhead_bytes
  std::size_t block_overhead_bytes = 0;
};

// Absent (null) for ids this version does not know.
[[nodiscard]] const KindInfo* find_kind(std::uint8_t id);
// The caller's kind is an enumerator.
[[nodiscard]] const KindInfo& info_of(MessageKind kind);
[[nodiscard]] std::size_t payload_cap(const KindInfo& info, std::size_t max_block_bytes);
[[nodiscard]] std::span<const KindInfo> all_kinds();

}  // namespace provchain::wire
