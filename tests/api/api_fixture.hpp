// SPDX-License-Identifier: Apache-2.0
// A server over a real ledger and index in a directory of its own, a node that is a table, and an HTTP client.
#pragma once

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <optional>

#include "engine/api/server.hpp"
#include "storage/index/indexer.hpp"
#include "tests/api/fake_node.hpp"
#include "tests/api/http_client.hpp"
#include "tests/storage/ledger_fixture.hpp"

namespace provchain::api::testing {

using storage::testing::Lines;

inline constexpr std::string_view kToken = "a-token-of-the-tests";

class ApiTest : public storage::testing::LedgerTest {
 protected:
  void SetUp() override;
  void TearDown() override;

  // Blocks of these datasets, or signed transactions: committed and certified, not yet indexed.
  template <class Content>
  void finalize(const std::vector<Content>& content) {
    commit_certified(content);
    finalized_ = builder_.height().value();
    server_->on_progress();
  }
  void index();
  template <class Content>
  void finalize_and_index(const std::vector<Content>& content) {
    finalize(content);
    index();
  }

  void start_server();
  [[nodiscard]] HttpAnswer get(const std::string& target, std::vector<std::string> headers = {});
  [[nodiscard]] HttpAnswer post(const std::string& query, std::string_view type, Bytes body, bool with_token = false);
  [[nodiscard]] HttpAnswer post_tx(Bytes transaction, const std::string& query = "");
  [[nodiscard]] std::string id_of(Bytes transaction) const { return storage::testing::tx_id_of_bytes(transaction).hex(); }

  // Until that many requests wait. Fails the test after a generous time.
  void await_waiting(std::int64_t count);
  template <class Condition>
  static bool eventually(Condition condition) {
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(30);
    while (!condition()) {
      if (std::chrono::steady_clock::now() > end) return false;
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    return true;
  }

  ServerOptions options_;
  MetricsRegistry metrics_;
  std::optional<storage::IndexStore> index_;
  std::optional<storage::Indexer> indexer_;
  std::atomic<std::uint64_t> finalized_ = 0;
  std::atomic<std::uint64_t> indexed_ = 0;
  std::atomic<bool> is_indexing_ = true;
  crypto::KeyPair submitter_;
  FakeNode node_;
  std::unique_ptr<Server> server_;
  std::uint16_t port_ = 0;  // of the server, also when it is gone
};

}  // namespace provchain::api::testing
