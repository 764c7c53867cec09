// SPDX-License-Identifier: Apache-2.0
// Stored system states: whatever decodes encodes to the same bytes, has a root, and an epoch can begin from it.
#include "crypto/format/system_state.hpp"

#include "base/check.hpp"

using namespace provchain;
using namespace provchain::crypto::format;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const Bytes input(data, size);
  const auto state = decode_system_state(input);
  if (!state) {
    PVC_CHECK(state.error().offset <= size);
    return 0;
  }
  PVC_CHECK(equal(encode_system_state(*state), input));
  (void)system_root_of(*state);
  // Numbers at the end of their range cannot come from a chain; the rules count on that.
  if (state->epoch.value() > UINT32_MAX || state->anchor_height.value() > UINT32_MAX) return 0;
  const SystemState next = begin_epoch(*state, BlockId{}, state->anchor_height.next(), {});
  PVC_CHECK(next.past.size() <= past_epochs_max && next.waiting.empty());
  return 0;
}
