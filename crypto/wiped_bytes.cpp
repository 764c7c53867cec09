// SPDX-License-Identifier: Apache-2.0
#include "crypto/wiped_bytes.hpp"

#include <sodium.h>

namespace provchain::crypto {

void wipe(MutBytes bytes) { sodium_memzero(bytes.data(), bytes.size()); }

}  // namespace provchain::crypto
