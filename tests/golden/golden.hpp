// SPDX-License-Identifier: Apache-2.0
// Frozen bytes: tests/golden/<name>.hex holds what leaves a process, as lower-case hex in lines of 64 digits. A change of one of
// these files is a change of a format: it needs a new version of the format and a note in the change log. PVC_GOLDEN_WRITE=1
// writes the files anew.
#pragma once

#include <string_view>

#include "base/bytes.hpp"

namespace provchain::golden {

// Expects `bytes` to be exactly what the file of this name holds.
void expect_frozen(std::string_view name, Bytes bytes);

// The bytes of the file; empty, and a failed expectation, when it is missing or not hex.
[[nodiscard]] ByteVector frozen(std::string_view name);

}  // namespace provchain::golden
