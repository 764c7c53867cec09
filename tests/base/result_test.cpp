// SPDX-License-Identifier: Apache-2.0
#include "base/result.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <string>

namespace provchain {
namespace {

enum class Errc { odd, negative };

Result<int, Errc> half_of(int n) {
  if (n < 0) return std::unexpected(Errc::negative);
  if (n % 2 != 0) return std::unexpected(Errc::odd);
  return n / 2;
}

Result<std::string, Errc> quarter_text_of(int n) {
  PVC_TRY(const int half, half_of(n));
  PVC_TRY(const int quarter, half_of(half));
  return std::to_string(quarter);
}

Result<void, Errc> expect_even(int n) {
  PVC_TRY_VOID(half_of(n));
  return {};
}

Result<void, Errc> expect_both_even(int a, int b) {
  PVC_TRY_VOID(expect_even(a));
  PVC_TRY_VOID(expect_even(b));
  return {};
}

Result<std::unique_ptr<int>, Errc> boxed_half_of(int n) {
  PVC_TRY(auto half, half_of(n));
  return std::make_unique<int>(half);
}

Result<int, Errc> unboxed_half_of(int n) {
  PVC_TRY(const std::unique_ptr<int> box, boxed_half_of(n));
  return *box;
}

TEST(Result, TryTakesTheValueOrReturnsTheError) {
  EXPECT_EQ(*quarter_text_of(12), "3");
  EXPECT_EQ(quarter_text_of(7).error(), Errc::odd);
  EXPECT_EQ(quarter_text_of(6).error(), Errc::odd);
  EXPECT_EQ(quarter_text_of(-4).error(), Errc::negative);
}

TEST(Result, TryVoidPassesErrorsOn) {
  EXPECT_TRUE(expect_both_even(2, 4));
  EXPECT_EQ(expect_both_even(2, 3).error(), Errc::odd);
  EXPECT_EQ(expect_both_even(-2, 3).error(), Errc::negative);
}

TEST(Result, TryMovesWhatCannotBeCopied) {
  EXPECT_EQ(*unboxed_half_of(8), 4);
  EXPECT_EQ(unboxed_half_of(9).error(), Errc::odd);
}

}  // namespace
}  // namespace provchain
