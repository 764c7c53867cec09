// SPDX-License-Identifier: Apache-2.0
// Asking for what ended epochs: how somebody who knows the authorities of one epoch comes to know those of the next. Pure
// functions, any thread. A view is valid as long as the bytes it was parsed from.
//
// GetEpochs    u64 first · u32 count, 1 … 32
// Epochs       n × {u32 length ‖ bytes}, three for each of 1 … 32 epochs, consecutive from the first asked for on: header[336] of
//              the block that ended the epoch, FINALIZE on it, encode_authorities of the next epoch
#pragma once

#include <span>
#include <vector>

#include "base/result.hpp"
#include "base/types.hpp"
#include "crypto/format/epoch_end.hpp"
#include "wire/error.hpp"

namespace provchain::wire {

inline constexpr std::uint32_t epochs_per_message_max = 32;

struct GetEpochs {
  Epoch first;
  std::uint32_t count = 0;
  bool operator==(const GetEpochs&) const = default;
};
[[nodiscard]] SharedBytes build_get_epochs(const GetEpochs& request);
[[nodiscard]] Result<GetEpochs, Error> parse_get_epochs(Bytes payload);

// How many of them, from the front, one message holds: at least one when there is one.
[[nodiscard]] std::size_t epochs_prefix(std::span<const crypto::format::EpochEndView> epochs);
// `epochs` is such a prefix, and not empty.
[[nodiscard]] SharedBytes build_epochs(const std::vector<crypto::format::EpochEndView>& epochs);
// Checks the list and its lengths; what the strings say is the receiver's question.
[[nodiscard]] Result<std::vector<crypto::format::EpochEndView>, Error> parse_epochs(Bytes payload PVC_LIFETIMEBOUND);

}  // namespace provchain::wire
