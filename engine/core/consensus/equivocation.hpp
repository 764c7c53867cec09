// SPDX-License-Identifier: Apache-2.0
// Which two statements of one authority, epoch and anchor can never both come from an honest one. Pure function, any thread.
#pragma once

#include <cstdint>
#include <optional>

#include "crypto/format/statement.hpp"

namespace provchain::core::consensus {

enum class Evidence : std::uint8_t {
  two_notarisations = 1,    // E1: NOTARIZE v, two statements
  two_finalisations = 2,    // E2: FINALIZE v, two statements
  skipped_a_finalised = 3,  // E3: FINALIZE k and NULLIFY(since, v) with since < k <= v
  finalised_another = 4,    // E4: NOTARIZE v and FINALIZE v name different blocks
  two_nullifications = 5,   // E5: NULLIFY v, two different since
};

// Symmetric. Absent for a pair an honest authority may sign, such as NOTARIZE and NULLIFY of one view, and for equal statements.
[[nodiscard]] std::optional<Evidence> evidence_of(const crypto::format::Ballot& a, const crypto::format::Ballot& b);

}  // namespace provchain::core::consensus
