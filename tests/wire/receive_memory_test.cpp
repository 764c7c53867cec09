// SPDX-License-Identifier: Apache-2.0
#include "wire/receive_memory.hpp"

#include <gtest/gtest.h>

namespace provchain::wire {
namespace {

TEST(ReceiveMemory, GivesTheSameSlabAgain) {
  ReceiveMemory memory;
  SharedBytes slab = memory.take_slab();
  ASSERT_EQ(slab.size(), ReceiveMemory::slab_bytes);
  const std::uint8_t* where = slab.view().data();
  memory.give_back_slab(std::move(slab));
  EXPECT_EQ(memory.free_slabs(), 1U);
  EXPECT_EQ(memory.take_slab().view().data(), where);
  EXPECT_EQ(memory.free_slabs(), 0U);
}

TEST(ReceiveMemory, KeepsNoSlabThatSomebodyStillReads) {
  ReceiveMemory memory;
  SharedBytes slab = memory.take_slab();
  const SharedBytes slice = slab.slice(0, 16);
  memory.give_back_slab(std::move(slab));
  EXPECT_EQ(memory.free_slabs(), 0U);
  EXPECT_EQ(slice.references(), 1U);
  memory.give_back_slab({});
  EXPECT_EQ(memory.free_slabs(), 0U);
}

TEST(ReceiveMemory, KeepsABoundedNumberOfSlabs) {
  ReceiveMemory memory;
  for (std::size_t i = 0; i < ReceiveMemory::free_slabs_max + 3; ++i)
    memory.give_back_slab(SharedBytes::for_overwrite(ReceiveMemory::slab_bytes));
  EXPECT_EQ(memory.free_slabs(), ReceiveMemory::free_slabs_max);
}

TEST(ReceiveMemory, HoldsTheSumOfLivingCharges) {
  ReceiveMemory memory;
  ReceiveCharge one(memory);
  one.set(10);
  {
    ReceiveCharge two(memory);
    two.set(5);
    two.set(7);
    EXPECT_EQ(memory.held_bytes(), 17U);
  }
  EXPECT_EQ(memory.held_bytes(), 10U);
  EXPECT_EQ(one.bytes(), 10U);
}

}  // namespace
}  // namespace provchain::wire
