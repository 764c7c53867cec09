// SPDX-License-Identifier: Apache-2.0
// Two kinds of 32 bytes that a caller may mix up.
// expect: invalid initialization of reference
// expect: no matching function for call
#include "base/types.hpp"

namespace provchain {

bool is_known(const TxId& id) { return !id.is_zero(); }

#ifdef MISUSE
bool use() { return is_known(BlockId{}); }
#else
bool use() { return is_known(TxId{}); }
#endif

}  // namespace provchain
