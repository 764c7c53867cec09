// SPDX-License-Identifier: Apache-2.0
#include "tests/api/api_fixture.hpp"

namespace provchain::api::testing {

void ApiTest::SetUp() {
  LedgerTest::SetUp();
  index_.emplace(storage::testing::value_of(
      storage::IndexStore::open(ledger_->data_dir().index_path(), storage::index_env_options(options()))));
  storage::testing::expect_done(storage::Indexer(ledger_->chain(), *index_).recover());
  indexer_.emplace(ledger_->chain(), *index_);
  submitter_ = crypto::generate_key_pair();
  options_.token = kToken;
  start_server();
}

void ApiTest::TearDown() {
  if (server_) server_->stop();
}

void ApiTest::start_server() {
  server_.reset();
  Backend backend;
  backend.genesis = &builder_.genesis();
  backend.ledger = ledger_.get();
  backend.index = &*index_;
  backend.metrics = &metrics_;
  backend.submitter_key = &submitter_;
  backend.submit = [this](SharedBytes transaction, TxReply reply) {
    return node_.submit(std::move(transaction), std::move(reply));
  };
  backend.lookup = [this](const TxId& id, TxReply reply) { return node_.lookup(id, std::move(reply)); };
  backend.view = [this] { return node_.view(); };
  backend.finalized_height = [this] { return Height(finalized_.load()); };
  backend.indexed_height = [this] { return Height(indexed_.load()); };
  backend.is_indexing = [this] { return is_indexing_.load(); };
  backend.refresh_metrics = [this] { metrics_.gauge("provchain_test_refreshed", "Set when asked for.").set(1); };
  auto started = Server::start(options_, std::move(backend));
  ASSERT_TRUE(started) << started.error().message;
  server_ = *std::move(started);
  port_ = server_->port();
}

void ApiTest::index() {
  indexed_ = storage::testing::value_of(indexer_->index_all()).value();
  server_->on_progress();
}

HttpAnswer ApiTest::get(const std::string& target, std::vector<std::string> headers) {
  return perform(port_, {.target = target, .headers = std::move(headers)});
}

HttpAnswer ApiTest::post(const std::string& query, std::string_view type, Bytes body, bool with_token) {
  HttpRequest request{.method = "POST", .target = "/v1/transactions" + query, .body = std::string(as_text(body))};
  request.headers.push_back("Content-Type: " + std::string(type));
  if (with_token) request.headers.push_back("Authorization: Bearer " + std::string(kToken));
  return perform(port_, request);
}

HttpAnswer ApiTest::post_tx(Bytes transaction, const std::string& query) {
  return post(query, "application/vnd.provchain.tx", transaction);
}

void ApiTest::await_waiting(std::int64_t count) {
  Gauge& waiting = metrics_.gauge("provchain_api_waiting_requests", "Requests that wait for a reply, a height or a transaction.");
  EXPECT_TRUE(eventually([&] { return waiting.value() == count; })) << waiting.value() << " wait, not " << count;
}

}  // namespace provchain::api::testing
