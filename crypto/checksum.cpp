// SPDX-License-Identifier: Apache-2.0
#include "crypto/checksum.hpp"

#include <xxhash.h>

namespace provchain::crypto {

std::uint64_t checksum64(Bytes bytes) { return XXH3_64bits(bytes.data(), bytes.size()); }

}  // namespace provchain::crypto
