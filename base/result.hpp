// SPDX-License-Identifier: Apache-2.0
// The return type of everything that can fail. std::expected alone may be dropped silently (it is not [[nodiscard]] in libstdc++
// 12); Result may not. "Not found" is a value, not an error; "corrupt" is an error its caller cannot go on from.
#pragma once

#include <expected>
#include <utility>

namespace provchain {

template <class T, class E>
class [[nodiscard]] Result : public std::expected<T, E> {
 public:
  using std::expected<T, E>::expected;
};

}  // namespace provchain

#define PVC_CONCAT_INNER(a, b) a##b
#define PVC_CONCAT(a, b) PVC_CONCAT_INNER(a, b)

// PVC_TRY(auto x, f()): x is f()'s value, or the enclosing function returns f()'s error.
#define PVC_TRY(declaration, expression)                                                                          \
  auto PVC_CONCAT(pvc_try_, __LINE__) = (expression);                                                             \
  if (!PVC_CONCAT(pvc_try_, __LINE__)) return std::unexpected(std::move(PVC_CONCAT(pvc_try_, __LINE__)).error()); \
  declaration = *std::move(PVC_CONCAT(pvc_try_, __LINE__))

// PVC_TRY_VOID(f()): as PVC_TRY where the value is void or of no interest.
#define PVC_TRY_VOID(expression)                                                \
  do {                                                                          \
    auto pvc_try_void = (expression);                                           \
    if (!pvc_try_void) return std::unexpected(std::move(pvc_try_void).error()); \
  } while (false)
