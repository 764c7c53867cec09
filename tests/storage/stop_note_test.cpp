// SPDX-License-Identifier: Apache-2.0
#include "storage/stop_note.hpp"

#include <gtest/gtest.h>

#include <fstream>

#include "tests/storage/ledger_fixture.hpp"

namespace provchain::storage {
namespace {

using testing::code_of;
using testing::expect_done;
using testing::TemporaryDirectory;
using testing::value_of;

class StopNoteTest : public ::testing::Test {
 protected:
  void overwrite(std::string_view text) const { std::ofstream(directory_.path() / "STOPPED") << text; }

  TemporaryDirectory directory_;
  DataDir data_ = value_of(DataDir::open(directory_.path(), NetworkId{}));
};

TEST_F(StopNoteTest, NothingIsRememberedOfANodeThatNeverStopped) { EXPECT_TRUE(value_of(read_stop_notes(data_)).empty()); }

TEST_F(StopNoteTest, SaysAgainWhatItWasTold) {
  const StopNote quarantine{StopKind::quarantine, "somebody else signs with this key", {}};
  const StopNote halt{StopKind::halt, "two blocks are final", {{1, 2, 0xff}, {3}}};
  expect_done(add_stop_note(data_, quarantine));
  EXPECT_EQ(value_of(read_stop_notes(data_)), std::vector{quarantine});
  expect_done(add_stop_note(data_, halt));
  EXPECT_EQ(value_of(read_stop_notes(data_)), (std::vector{quarantine, halt}));
}

TEST_F(StopNoteTest, TheFirstNoteOfAKindStays) {
  const StopNote first{StopKind::halt, "the cause", {{1}}};
  expect_done(add_stop_note(data_, first));
  expect_done(add_stop_note(data_, {StopKind::halt, "what followed", {}}));
  EXPECT_EQ(value_of(read_stop_notes(data_)), std::vector{first});
}

TEST_F(StopNoteTest, AReasonIsOneLineWhateverItHolds) {
  expect_done(add_stop_note(data_, {StopKind::halt, "one\nhalt two\r", {}}));
  EXPECT_EQ(value_of(read_stop_notes(data_)), (std::vector{StopNote{StopKind::halt, "one halt two ", {}}}));
}

TEST_F(StopNoteTest, WhatCannotBeUnderstoodIsNotTakenForNothing) {
  for (const std::string_view text :
       {"", "provchain-stop 2\nhalt x\n", "provchain-stop 1\n", "provchain-stop 1\nhalt x", "provchain-stop 1\nresume x\n",
        "provchain-stop 1\ncertificate 00\n", "provchain-stop 1\nhalt x\ncertificate 0g\n"}) {
    overwrite(text);
    EXPECT_EQ(code_of(read_stop_notes(data_)), Errc::corrupt) << text;
    EXPECT_EQ(code_of(add_stop_note(data_, {})), Errc::corrupt) << text;
  }
}

}  // namespace
}  // namespace provchain::storage
