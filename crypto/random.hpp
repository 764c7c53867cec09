// SPDX-License-Identifier: Apache-2.0
// Randomness from the system: a number that nobody can foresee or repeat, for salts and seeds. After init(); any thread. A system
// that gives none ends the process: nothing that needs a salt could go on.
#pragma once

#include <cstdint>

namespace provchain::crypto {

[[nodiscard]] std::uint64_t random_u64();

}  // namespace provchain::crypto
