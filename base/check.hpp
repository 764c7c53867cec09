// SPDX-License-Identifier: Apache-2.0
// Checks that guard against our own bugs. They are on in every build and end the process with one line naming the place.
// Never for input: no peer, file, configuration or user may be able to trip one; those get a Result.
#pragma once

namespace provchain {

// Prints "file:line: check failed: text" to standard error and aborts. Async-signal-unsafe, any thread.
[[noreturn]] void check_failed(const char* file, int line, const char* text);

}  // namespace provchain

#define PVC_CHECK(condition)                                     \
  do {                                                           \
    if (!(condition)) [[unlikely]]                               \
      ::provchain::check_failed(__FILE__, __LINE__, #condition); \
  } while (false)

// A place that the compiler cannot see is never reached, as after a switch over all enumerators.
#define PVC_UNREACHABLE() ::provchain::check_failed(__FILE__, __LINE__, "unreachable")

// Marks a function whose returned view lives no longer than the object (or argument) it comes from. clang warns when it dangles.
#if defined(__clang__)
#define PVC_LIFETIMEBOUND [[clang::lifetimebound]]
#else
#define PVC_LIFETIMEBOUND
#endif
