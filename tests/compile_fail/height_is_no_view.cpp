// SPDX-License-Identifier: Apache-2.0
// Heights and views are both counted from 0 and often close: as plain numbers, swapped arguments would go unnoticed.
// expect: could not convert
// expect: no matching function for call
#include "base/types.hpp"

namespace provchain {

bool is_timely(Height height, View view) { return height.value() <= view.value(); }

#ifdef MISUSE
bool use() { return is_timely(View(7), Height(5)); }
#else
bool use() { return is_timely(Height(5), View(7)); }
#endif

}  // namespace provchain
