// SPDX-License-Identifier: Apache-2.0
// XXH3-64: finds torn writes and rotten sectors in our own files. It is no hash to trust: anybody can make two inputs with one
// checksum, so nothing that came from somebody else may be identified or accepted by it. Pure function, any thread.
#pragma once

#include <cstdint>

#include "base/bytes.hpp"

namespace provchain::crypto {

[[nodiscard]] std::uint64_t checksum64(Bytes bytes);

}  // namespace provchain::crypto
