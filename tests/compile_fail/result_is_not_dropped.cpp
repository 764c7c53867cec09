// SPDX-License-Identifier: Apache-2.0
// std::expected alone may be dropped without a word, and with it the only sign of a failure.
// expect: Wunused-result
// expect: unused-result
#include "base/result.hpp"

namespace provchain {

Result<void, int> write_down();

void use() {
#ifdef MISUSE
  write_down();
#else
  (void)write_down();
#endif
}

}  // namespace provchain
