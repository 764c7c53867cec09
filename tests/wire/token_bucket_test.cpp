// SPDX-License-Identifier: Apache-2.0
#include "wire/token_bucket.hpp"

#include <gtest/gtest.h>

namespace provchain::wire {
namespace {

constexpr MonoTime kStart{5'000'000};

TEST(TokenBucket, StartsFullAndRefusesBeyond) {
  TokenBucket bucket(10, Duration::seconds(1), 5);
  EXPECT_TRUE(bucket.take(5, kStart));
  EXPECT_FALSE(bucket.take(1, kStart));
  EXPECT_FALSE(bucket.take(-1, kStart));
  EXPECT_EQ(bucket.wait(1, kStart), Duration::millis(100));
  EXPECT_TRUE(bucket.take(1, kStart + Duration::millis(100)));
}

TEST(TokenBucket, TakesNothingWhenThereIsNotEnough) {
  TokenBucket bucket(1, Duration::seconds(1), 4);
  EXPECT_TRUE(bucket.take(3, kStart));
  EXPECT_FALSE(bucket.take(2, kStart));
  EXPECT_EQ(bucket.tokens(kStart), 1);
}

TEST(TokenBucket, LosesNothingToRounding) {
  TokenBucket bucket(1, Duration::seconds(600), 1);
  ASSERT_TRUE(bucket.take(1, kStart));
  for (std::int64_t i = 1; i < 600; ++i) ASSERT_FALSE(bucket.take(1, kStart + Duration::seconds(i)));
  EXPECT_TRUE(bucket.take(1, kStart + Duration::seconds(600)));
}

TEST(TokenBucket, NeverHoldsMoreThanItsBurst) {
  TokenBucket bucket(8 * 1'048'576, Duration::seconds(1), 16 * 1'048'576);
  ASSERT_TRUE(bucket.take(16 * 1'048'576, kStart));
  EXPECT_EQ(bucket.tokens(MonoTime{INT64_MAX / 2}), 16 * 1'048'576);
  EXPECT_EQ(bucket.wait(INT64_MAX / 4'000'000'000, MonoTime{INT64_MAX / 2}), Duration{});
}

TEST(TokenBucket, GivesNothingForAClockThatStepsBack) {
  TokenBucket bucket(1, Duration::seconds(1), 1);
  ASSERT_TRUE(bucket.take(1, kStart));
  EXPECT_FALSE(bucket.take(1, kStart + Duration::seconds(-100)));
  EXPECT_FALSE(bucket.take(1, kStart + Duration::millis(999)));
  EXPECT_TRUE(bucket.take(1, kStart + Duration::seconds(1)));
}

TEST(TokenBucketDeathTest, RefusesNonsense) { EXPECT_DEATH(TokenBucket(0, Duration::seconds(1), 1), "check failed"); }

}  // namespace
}  // namespace provchain::wire
