// SPDX-License-Identifier: Apache-2.0
// A second copy of a key would outlive the memory that is locked and wiped.
// expect: use of deleted function
// expect: call to deleted constructor
#include <utility>

#include "crypto/secret.hpp"

namespace provchain::crypto {

Secret<32> hand_on(Secret<32>& secret) {
#ifdef MISUSE
  return secret;
#else
  return std::move(secret);
#endif
}

}  // namespace provchain::crypto
