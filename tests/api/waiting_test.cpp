// SPDX-License-Identifier: Apache-2.0
#include <future>

#include "tests/api/api_fixture.hpp"

namespace provchain::api::testing {
namespace {

using crypto::format::TxReject;

class WaitingApi : public ApiTest {
 protected:
  std::future<HttpAnswer> later(const std::function<HttpAnswer()>& request) { return std::async(std::launch::async, request); }
  std::string tx_path(const std::string& query) const { return "/v1/transactions/" + id_ + query; }

  ByteVector tx_ = builder_.transaction({"<urn:a> <urn:p> <urn:b> ."}, 1);
  TxId tx_id_ = storage::testing::tx_id_of_bytes(tx_);
  std::string id_ = tx_id_.hex();
};

TEST_F(WaitingApi, APendingTransactionIsDescribedAtOnceOrAwaited) {
  node_.set_state(tx_id_, pending_state());
  EXPECT_EQ(get(tx_path("")).json()["state"], "pending");
  auto answer = later([&] { return get(tx_path("?wait=final")); });
  await_waiting(1);
  finalize(std::vector<ByteVector>{tx_});
  EXPECT_EQ(answer.get().json()["state"], "final");
}

TEST_F(WaitingApi, AnUnknownTransactionMayStillComeFromAnotherNode) {
  EXPECT_EQ(get(tx_path("")).status, 404);
  EXPECT_EQ(get(tx_path("")).code(), "not_found");
  EXPECT_EQ(get(tx_path("?wait=final&timeout=0")).status, 404);
  auto answer = later([&] { return get(tx_path("?wait=indexed")); });
  await_waiting(1);
  finalize_and_index(std::vector<ByteVector>{tx_});
  EXPECT_EQ(answer.get().json()["indexed_height"], 1);
}

TEST_F(WaitingApi, NobodyWaitsForAnIndexThatHasEnded) {
  auto transaction = later([&] { return get(tx_path("?wait=indexed")); });
  auto data = later([&] { return get("/v1/graphs?wait_for=1"); });
  await_waiting(2);
  is_indexing_ = false;
  finalize(std::vector<ByteVector>{tx_});
  const HttpAnswer answer = transaction.get();
  EXPECT_EQ(answer.status, 503);
  EXPECT_EQ(answer.code(), "index_stopped");
  EXPECT_EQ(data.get().code(), "index_stopped");
  EXPECT_EQ(get("/v1/graphs?wait_for=1").code(), "index_stopped");
  EXPECT_EQ(get(tx_path("?wait=final")).json()["state"], "final");
}

TEST_F(WaitingApi, ANodeThatTakesNoMoreQuestionsIsBusy) {
  node_.be_busy();
  const HttpAnswer submitted = post_tx(tx_);
  EXPECT_EQ(submitted.status, 503);
  EXPECT_EQ(submitted.code(), "busy");
  EXPECT_EQ(get(tx_path("")).code(), "busy");
}

TEST_F(WaitingApi, AWaitEndsWhenTheTransactionExpiresOrIsRejected) {
  node_.set_state(tx_id_, pending_state());
  auto answer = later([&] { return get(tx_path("?wait=final&timeout=100")); });
  await_waiting(1);
  node_.set_state(tx_id_, phase_state(TxPhase::expired));
  EXPECT_EQ(answer.get().json()["state"], "expired");
  node_.set_state(tx_id_, rejected_state(TxReject::bad_signature));
  const auto rejected = get(tx_path("?wait=final&timeout=100")).json();
  EXPECT_EQ(rejected["state"], "rejected");
  EXPECT_EQ(rejected["reason"], "bad_signature");
}

TEST_F(WaitingApi, ASubmissionThatExpiresWhileItWaitsIsRefused) {
  auto answer = later([&] { return post_tx(tx_, "?wait=final&timeout=100"); });
  await_waiting(1);
  node_.set_state(tx_id_, phase_state(TxPhase::expired));
  EXPECT_EQ(answer.get().code(), "expired");
}

TEST_F(WaitingApi, ASubmissionThatMadeRoomForOthersIsTold) {
  auto answer = later([&] { return post_tx(tx_, "?wait=final&timeout=1"); });
  await_waiting(1);
  node_.set_state(tx_id_, phase_state(TxPhase::unknown));
  EXPECT_EQ(answer.get().code(), "mempool_full");
}

TEST_F(WaitingApi, ANodeThatDoesNotAnswerIsBusy) {
  options_.reply_ms_max = 50;
  start_server();
  node_.hold();
  for (const HttpAnswer& answer : {get(tx_path("")), post_tx(tx_)}) {
    EXPECT_EQ(answer.status, 503) << answer.body;
    EXPECT_EQ(answer.code(), "busy");
    EXPECT_EQ(answer.headers.at("retry-after"), "1");
  }
  node_.release();
  EXPECT_EQ(post_tx(tx_).status, 202) << "replies that came too late did no harm";
}

TEST_F(WaitingApi, ADuplicateInThePoolIsPending) {
  node_.set_state(tx_id_, rejected_state(TxReject::duplicate));
  node_.hold();
  auto answer = later([&] { return post_tx(tx_); });
  await_waiting(1);
  ASSERT_TRUE(eventually([&] { return !node_.submitted().empty(); }));
  node_.set_state(tx_id_, pending_state());
  node_.release();
  const HttpAnswer state = answer.get();
  EXPECT_EQ(state.status, 202) << state.body;
  EXPECT_EQ(state.json()["state"], "pending");
}

TEST_F(WaitingApi, AnyReadOfDataWaitsForAHeight) {
  auto answer = later([&] { return get("/v1/quads?s=urn:a&wait_for=1"); });
  await_waiting(1);
  finalize(std::vector<ByteVector>{tx_});
  EXPECT_EQ(answer.wait_for(std::chrono::milliseconds(20)), std::future_status::timeout);
  index();
  EXPECT_EQ(answer.get().json()["quads"].size(), 1U);
  EXPECT_EQ(get("/v1/blocks/latest?wait_for=1").json()["height"], 1);
}

TEST_F(WaitingApi, AHeightThatDoesNotComeIsATimeout) {
  const HttpAnswer answer = get("/v1/blocks?wait_for=5&timeout=0");
  EXPECT_EQ(answer.status, 504);
  EXPECT_EQ(answer.code(), "timeout");
}

TEST_F(WaitingApi, BadWaitsAreNamed) {
  for (const std::string query : {"?wait=soon", "?wait=", "?timeout=121", "?timeout=x", "?wait_for=-1"}) {
    const HttpAnswer answer = get(tx_path(query));
    EXPECT_EQ(answer.code(), "bad_parameter") << query;
  }
}

TEST_F(WaitingApi, AClientThatGoesAwayFreesItsConnection) {
  node_.set_state(tx_id_, pending_state());
  RawConnection connection(server_->port());
  connection.send("GET " + tx_path("?wait=final&timeout=120") + " HTTP/1.1\r\nHost: localhost\r\n\r\n");
  await_waiting(1);
  connection.close();
  await_waiting(0);
}

TEST_F(WaitingApi, AReplyAfterTheClientHasGoneIsHarmless) {
  node_.hold();
  RawConnection connection(server_->port());
  connection.send("GET " + tx_path("") + " HTTP/1.1\r\nHost: localhost\r\n\r\n");
  await_waiting(1);
  connection.close();
  await_waiting(0);
  node_.release();
  EXPECT_EQ(get("/livez").status, 200);
}

TEST_F(WaitingApi, StoppingAnswersThoseWhoWait) {
  node_.set_state(tx_id_, pending_state());
  auto transaction = later([&] { return get(tx_path("?wait=final&timeout=120")); });
  auto height = later([&] { return get("/v1/quads?wait_for=9&timeout=120"); });
  await_waiting(2);
  server_->stop();
  for (auto* answer : {&transaction, &height}) {
    const HttpAnswer stopped = answer->get();
    EXPECT_EQ(stopped.status, 503) << stopped.body;
    EXPECT_EQ(stopped.code(), "stopping");
  }
  server_->stop();
  server_->on_progress();
}

TEST_F(WaitingApi, AReplyAfterTheServerIsGoneIsHarmless) {
  node_.hold();
  auto answer = later([&] { return post_tx(tx_); });
  await_waiting(1);
  server_.reset();
  EXPECT_EQ(answer.get().code(), "stopping");
  node_.release();
}

TEST_F(WaitingApi, FiftyConnectionsWaitTogether) {
  node_.set_state(tx_id_, pending_state());
  std::vector<std::future<HttpAnswer>> answers;
  for (int i = 0; i < 50; ++i)
    answers.push_back(later([&, i] { return i % 2 == 0 ? post_tx(tx_, "?wait=indexed") : get(tx_path("?wait=final")); }));
  await_waiting(50);
  EXPECT_EQ(get("/livez").status, 200) << "they cost no thread";
  finalize_and_index(std::vector<ByteVector>{tx_});
  for (auto& answer : answers) EXPECT_EQ(answer.get().json()["state"], "final");
  await_waiting(0);
}

}  // namespace
}  // namespace provchain::api::testing
