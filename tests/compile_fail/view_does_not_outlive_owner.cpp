// SPDX-License-Identifier: Apache-2.0
// The owner is a temporary of the line that takes the view: PVC_LIFETIMEBOUND lets clang see that nothing keeps the bytes.
// expect: Wdangling
#include "base/shared_bytes.hpp"

namespace provchain {

std::uint8_t use() {
#ifdef MISUSE
  const Bytes view = SharedBytes::of_size(3).view();
#else
  const SharedBytes owner = SharedBytes::of_size(3);
  const Bytes view = owner.view();
#endif
  return view.front();
}

}  // namespace provchain
