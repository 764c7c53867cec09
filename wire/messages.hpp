// SPDX-License-Identifier: Apache-2.0
// All message kinds: build_x makes a payload, parse_x turns a payload into a value or a view, or says what is wrong with it.
// Parsing never allocates more than the message's own size and judges the message by itself; whether it fits the receiver's state
// is the receiver's question. Table views come out of parse_x alone, which runs the FlatBuffers verifier first: accessors of
// FlatBuffers do not check bounds.
#pragma once

#include "wire/consensus_messages.hpp"
#include "wire/control_messages.hpp"
#include "wire/epoch_messages.hpp"
#include "wire/sync_messages.hpp"
#include "wire/tx_messages.hpp"

namespace provchain::wire {

// `part`, a view into `whole`, as an owner that shares the memory.
[[nodiscard]] SharedBytes part_of(const SharedBytes& whole, Bytes part);

// The three roles of a message. Kinds that never answer refuse `answer`, kinds that always do refuse the others (a check: our own
// bug).
[[nodiscard]] OutMessage one_way(MessageKind kind, SharedBytes payload);
[[nodiscard]] OutMessage request(MessageKind kind, std::uint32_t corr, SharedBytes payload);
[[nodiscard]] OutMessage answer(MessageKind kind, std::uint32_t corr, SharedBytes payload);

}  // namespace provchain::wire
