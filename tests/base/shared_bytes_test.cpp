// SPDX-License-Identifier: Apache-2.0
#include "base/shared_bytes.hpp"

#include <gtest/gtest.h>

#include <thread>
#include <vector>

namespace provchain {
namespace {

TEST(SharedBytes, CopiesShareAndTheLastOneFrees) {
  SharedBytes one = SharedBytes::copy_of(as_bytes("content"));
  EXPECT_EQ(one.references(), 1U);
  {
    const SharedBytes two = one;
    EXPECT_EQ(one.references(), 2U);
    EXPECT_EQ(two.view().data(), one.view().data());
  }
  EXPECT_EQ(one.references(), 1U);
  EXPECT_EQ(as_text(one.view()), "content");
}

TEST(SharedBytes, MovingLeavesNothingBehind) {
  SharedBytes one = SharedBytes::copy_of(as_bytes("content"));
  const SharedBytes two = std::move(one);
  EXPECT_TRUE(one.empty());  // NOLINT(bugprone-use-after-move): that is the question
  EXPECT_EQ(one.references(), 0U);
  EXPECT_EQ(two.references(), 1U);
}

TEST(SharedBytes, SlicesKeepTheWholeAlive) {
  SharedBytes slice;
  {
    const SharedBytes whole = SharedBytes::copy_of(as_bytes("0123456789"));
    slice = whole.slice(2, 5).slice(1, 3);
    EXPECT_EQ(whole.references(), 2U);
  }
  EXPECT_EQ(as_text(slice.view()), "345");
  EXPECT_EQ(slice.references(), 1U);
  EXPECT_TRUE(slice.slice(3, 0).empty());
}

TEST(SharedBytes, StorageIsAlignedAndZeroed) {
  for (const std::size_t size : {0U, 1U, 100U, 4096U}) {
    SharedBytes bytes = SharedBytes::of_size(size);
    EXPECT_EQ(bytes.size(), size);
    EXPECT_EQ(reinterpret_cast<std::uintptr_t>(bytes.view().data()) % 64, 0U);
    EXPECT_TRUE(all_zero(bytes.view()));
  }
}

TEST(SharedBytes, ForOverwriteHasTheSizeAndAlignmentAndKeepsWhatIsWritten) {
  for (const std::size_t size : {0U, 1U, 100U, 4096U}) {
    SharedBytes bytes = SharedBytes::for_overwrite(size);
    ASSERT_EQ(bytes.size(), size);
    EXPECT_EQ(bytes.references(), 1U);
    EXPECT_EQ(reinterpret_cast<std::uintptr_t>(bytes.view().data()) % 64, 0U);
    for (std::uint8_t& byte : bytes.writable()) byte = 0xa5;
    for (const std::uint8_t byte : bytes.view()) EXPECT_EQ(byte, 0xa5);
  }
}

TEST(SharedBytes, SelfAssignmentKeepsTheBytes) {
  SharedBytes bytes = SharedBytes::copy_of(as_bytes("content"));
  const SharedBytes& same = bytes;
  bytes = same;
  EXPECT_EQ(as_text(bytes.view()), "content");
  EXPECT_EQ(bytes.references(), 1U);
}

TEST(SharedBytes, WritableWhileAlone) {
  SharedBytes bytes = SharedBytes::of_size(3);
  bytes.writable()[1] = 7;
  EXPECT_EQ(bytes.view()[1], 7);
  EXPECT_TRUE(SharedBytes().writable().empty());
}

TEST(SharedBytesDeathTest, RefusesToWriteWhatOthersReadAndSlicesOutOfRange) {
  SharedBytes bytes = SharedBytes::of_size(3);
  const SharedBytes other = bytes;
  EXPECT_DEATH((void)bytes.writable(), "check failed");
  EXPECT_DEATH((void)bytes.slice(2, 2), "check failed");
  EXPECT_DEATH((void)bytes.slice(4, 0), "check failed");
  EXPECT_DEATH((void)bytes.slice(1, SIZE_MAX), "check failed");
}

TEST(SharedBytes, ReferencesAreCountedAcrossThreads) {
  const SharedBytes bytes = SharedBytes::copy_of(as_bytes("content"));
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([copy = bytes] {
      for (int round = 0; round < 1000; ++round) {
        const SharedBytes again = copy;
        if (as_text(again.view()) != "content") std::abort();
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(bytes.references(), 1U);
}

}  // namespace
}  // namespace provchain
