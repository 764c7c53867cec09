// SPDX-License-Identifier: Apache-2.0
// A ledger in a directory of its own, fed by a ChainBuilder.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <memory>
#include <optional>
#include <stdexcept>

#include "storage/ledger.hpp"
#include "tests/storage/chain_builder.hpp"
#include "tests/storage/temporary_directory.hpp"

namespace provchain::storage::testing {

// The code of a result that must be an error; absent (and a failed test) when it is not.
template <class T>
std::optional<Errc> code_of(const StorageResult<T>& result) {
  if (result) {
    ADD_FAILURE() << "expected an error";
    return std::nullopt;
  }
  return result.error().code;
}

// The value of a result that must be one. Ends the test program's case by an exception otherwise.
template <class T>
T value_of(StorageResult<T> result) {
  if (!result) throw std::runtime_error(describe(result.error()));
  return *std::move(result);
}
inline void expect_done(const StorageResult<void>& result) { EXPECT_TRUE(result) << describe(result.error()); }

class LedgerTest : public ::testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(crypto::init());
    reopen();
  }

  [[nodiscard]] StorageOptions options() const {
    StorageOptions options;
    options.directory = directory_.path() / "data";
    options.map_bytes = map_bytes_;
    options.sync = false;
    return options;
  }
  void reopen() {
    ledger_.reset();
    auto opened = Ledger::open(options(), builder_.genesis_header());
    ASSERT_TRUE(opened) << describe(opened.error());
    ledger_ = *std::move(opened);
  }
  StorageResult<void> commit(const std::vector<ByteVector>& blocks, const ByteVector& certificate = {}, GuardPosition guard = {},
                             const SystemUpdate& system = {}) {
    const std::vector<Bytes> views(blocks.begin(), blocks.end());
    return ledger_->commit({.blocks = views, .certificate = certificate, .guard = guard, .system = system});
  }
  // One block that ends the epoch, certified by its authorities. `state` stands for what the next block builds on.
  void commit_epoch_end(const std::vector<std::uint8_t>& next, std::string_view state = "a state") {
    const ByteVector block = builder_.add_epoch_end(next);
    const ByteVector authorities = builder_.authorities();
    expect_done(commit({block}, builder_.certificate(), {}, {.state = as_bytes(state), .next_authorities = authorities}));
  }
  // Rewrites the header of a block that is otherwise right.
  static ByteVector spoiled(const ByteVector& block, const std::function<void(crypto::format::BlockHeader&)>& change) {
    crypto::format::BlockHeader header =
        *crypto::format::decode_block_header(Bytes(block).first(crypto::format::block_header_bytes));
    change(header);
    ByteVector result = block;
    std::ranges::copy(crypto::format::encode_block_header(header), result.begin());
    return result;
  }
  // Builds, commits and certifies one block of these datasets, or transactions.
  template <class Content>
  void commit_certified(const std::vector<Content>& content) {
    const ByteVector block = builder_.add_block(content);
    expect_done(commit({block}, builder_.certificate()));
  }

  TemporaryDirectory directory_;
  std::uint64_t map_bytes_ = std::uint64_t{1} << 30;
  ChainBuilder builder_;
  std::unique_ptr<Ledger> ledger_;
};

}  // namespace provchain::storage::testing
