// SPDX-License-Identifier: Apache-2.0
// Runs the FlatBuffers verifier over a payload of a table kind, for the edge of the process: what comes off the wire is refused
// there, by the thread that owns the connection, and the parsers behind it never see bytes that are not a table. Pure, any
// thread.
#pragma once

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "wire/error.hpp"

namespace provchain::wire {

// misaligned, truncated or not_verified. Kinds of fixed bytes pass.
[[nodiscard]] Result<void, Error> check_table(MessageKind kind, Bytes payload);

}  // namespace provchain::wire
