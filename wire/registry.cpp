// SPDX-License-Identifier: Apache-2.0
#include "wire/registry.hpp"

#include <algorithm>
#include <array>

#include "base/check.hpp"
#include "base/limits.hpp"

namespace provchain::wire {

namespace {

constexpr std::size_t KiB = 1024;
constexpr std::size_t MiB = 1024 * KiB;
constexpr std::size_t kOverhead = limits::proposal_overhead_bytes;
// Plain bytes of a batch are bounded by sync_batch_bytes_max; bytes that do not compress must still fit, with the path.
constexpr std::size_t kBatch = limits::sync_batch_bytes_max + 64 * KiB;

constexpr auto P0 = MessageClass::consensus;
constexpr auto P1 = MessageClass::proposal;
constexpr auto P2 = MessageClass::gossip;
constexpr auto P3 = MessageClass::bulk;
constexpr auto never = Answering::never;
constexpr auto may = Answering::may;
constexpr auto always = Answering::always;

// In order of id. The caps of the two id lists leave room for the table around 1,024 and 256 ids.
constexpr std::array kKinds{
    KindInfo{MessageKind::hello, P0, Form::bytes, never, 4 * KiB},
    KindInfo{MessageKind::ping, P0, Form::bytes, never, 32},
    KindInfo{MessageKind::pong, P0, Form::bytes, always, 32},
    KindInfo{MessageKind::disconnect, P0, Form::bytes, never, 64},
    KindInfo{MessageKind::error, P0, Form::bytes, may, 256},
    KindInfo{MessageKind::vote, P0, Form::bytes, never, 131},
    KindInfo{MessageKind::proposal, P1, Form::table, never, kOverhead, true, kOverhead},
    KindInfo{MessageKind::certificate, P0, Form::bytes, never, 8 * KiB},
    KindInfo{MessageKind::view_status, P0, Form::bytes, never, 256},
    KindInfo{MessageKind::get_certificates, P2, Form::bytes, never, 1 * KiB},
    KindInfo{MessageKind::certificates, P2, Form::bytes, may, 512 * KiB},
    KindInfo{MessageKind::get_epochs, P2, Form::bytes, never, 64},
    KindInfo{MessageKind::tx_announce, P2, Form::table, never, 33 * KiB},
    KindInfo{MessageKind::get_transactions, P2, Form::table, never, 9 * KiB},
    KindInfo{MessageKind::transactions, P2, Form::bytes, may, 1 * MiB, true, 0},
    KindInfo{MessageKind::epochs, P2, Form::bytes, always, 512 * KiB},
    KindInfo{MessageKind::get_status, P3, Form::bytes, never, 64},
    KindInfo{MessageKind::status, P3, Form::table, always, 8 * KiB},
    KindInfo{MessageKind::get_headers, P3, Form::bytes, never, 64},
    KindInfo{MessageKind::headers, P3, Form::bytes, always, 512 * KiB},
    KindInfo{MessageKind::get_batch, P3, Form::table, never, 1 * KiB},
    KindInfo{MessageKind::batch, P3, Form::bytes, always, kBatch, true, kOverhead},
};

// The slot of each id, or 0xff.
constexpr std::array<std::uint8_t, 256> kSlots = [] {
  std::array<std::uint8_t, 256> slots{};
  slots.fill(0xff);
  for (std::size_t i = 0; i < kKinds.size(); ++i) slots[static_cast<std::uint8_t>(kKinds[i].kind)] = static_cast<std::uint8_t>(i);
  return slots;
}();

}  // namespace

const KindInfo* find_kind(std::uint8_t id) { return kSlots[id] == 0xff ? nullptr : &kKinds[kSlots[id]]; }

const KindInfo& info_of(MessageKind kind) {
  const KindInfo* info = find_kind(static_cast<std::uint8_t>(kind));
  PVC_CHECK(info != nullptr);
  return *info;
}

std::size_t payload_cap(const KindInfo& info, std::size_t max_block_bytes) {
  if (!info.holds_block) return info.bytes_max;
  return std::max(info.bytes_max, max_block_bytes + info.block_overhead_bytes);
}

std::span<const KindInfo> all_kinds() { return kKinds; }

}  // namespace provchain::wire
