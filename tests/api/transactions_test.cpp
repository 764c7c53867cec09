// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <future>

#include "crypto/format/proof_verify.hpp"
#include "tests/api/api_fixture.hpp"

namespace provchain::api::testing {
namespace {

using crypto::format::TxReject;

const Lines kLines = {"<urn:a> <urn:p> \"one\" .", "<urn:b> <urn:p> <urn:a> <urn:g> ."};

class TransactionsApi : public ApiTest {
 protected:
  std::future<HttpAnswer> later(const std::function<HttpAnswer()>& request) { return std::async(std::launch::async, request); }
  ByteVector tx_ = builder_.transaction(kLines, 1);
  std::string id_ = id_of(tx_);
};

TEST_F(TransactionsApi, TakesSignedBytesWithoutAToken) {
  const HttpAnswer answer = post_tx(tx_);
  EXPECT_EQ(answer.status, 202) << answer.body;
  EXPECT_EQ(answer.json()["id"], id_);
  EXPECT_EQ(answer.json()["state"], "pending");
  EXPECT_EQ(node_.submitted(), std::vector<ByteVector>{tx_});
}

TEST_F(TransactionsApi, WaitsUntilFinal) {
  auto answer = later([&] { return post_tx(tx_, "?wait=final"); });
  await_waiting(1);
  finalize(std::vector<ByteVector>{tx_});
  const HttpAnswer final = answer.get();
  EXPECT_EQ(final.status, 200) << final.body;
  EXPECT_EQ(final.json()["state"], "final");
  EXPECT_EQ(final.json()["height"], 1);
}

TEST_F(TransactionsApi, WaitsUntilIndexed) {
  auto answer = later([&] { return post_tx(tx_, "?wait=indexed"); });
  await_waiting(1);
  finalize(std::vector<ByteVector>{tx_});
  EXPECT_EQ(answer.wait_for(std::chrono::milliseconds(20)), std::future_status::timeout);
  index();
  EXPECT_EQ(answer.get().json()["indexed_height"], 1);
}

TEST_F(TransactionsApi, TellsThePresentStateWhenTheWaitIsOver) {
  const HttpAnswer answer = post_tx(tx_, "?wait=final&timeout=0");
  EXPECT_EQ(answer.status, 202) << answer.body;
  EXPECT_EQ(answer.json()["state"], "pending");
}

TEST_F(TransactionsApi, PostingAgainIsHarmless) {
  EXPECT_EQ(post_tx(tx_).status, 202);
  node_.say_on_submit(rejected_state(TxReject::duplicate));
  node_.set_state(storage::testing::tx_id_of_bytes(tx_), pending_state());
  finalize(std::vector<ByteVector>{tx_});
  const HttpAnswer again = post_tx(tx_);
  EXPECT_EQ(again.status, 200) << again.body;
  EXPECT_EQ(again.json()["height"], 1);
  EXPECT_EQ(node_.submitted().size(), 1U) << "the node need not be asked for what the chain has";
}

TEST_F(TransactionsApi, DescribesAFinalTransaction) {
  finalize_and_index(std::vector<ByteVector>{builder_.transaction({"<urn:x> <urn:p> <urn:y> ."}, 9), tx_});
  const auto answer = get("/v1/transactions/" + id_).json();
  EXPECT_EQ(answer["state"], "final");
  EXPECT_EQ(answer["height"], 1);
  EXPECT_EQ(answer["index"], 1);
  EXPECT_EQ(answer["quads"], 2);
  EXPECT_EQ(answer["bytes"], tx_.size());
  EXPECT_EQ(answer["block_id"], builder_.tip_id().hex());
  EXPECT_EQ(answer["finalized_height"], 1);
  EXPECT_EQ(answer["indexed_height"], 1);
}

TEST_F(TransactionsApi, GivesTheDatasetByteForByte) {
  finalize(std::vector<ByteVector>{tx_});
  const HttpAnswer answer = get("/v1/transactions/" + id_ + "/dataset");
  EXPECT_EQ(answer.headers.at("content-type"), "application/n-quads");
  EXPECT_EQ(answer.body, storage::testing::payload_of(kLines));
}

// The ledger takes what a quorum finalized; a later version's kinds have no dataset to give.
TEST_F(TransactionsApi, OnlyDatasetsHaveADataset) {
  crypto::format::TxHeader header = crypto::format::decode_transaction(tx_)->header;
  header.kind = crypto::format::TxKind::governance;
  header.quad_count = 0;
  ByteVector other = tx_;
  std::ranges::copy(crypto::format::encode_tx_header(header), other.begin());
  finalize(std::vector<ByteVector>{other});
  EXPECT_EQ(get("/v1/transactions/" + id_of(other)).json()["state"], "final");
  const HttpAnswer answer = get("/v1/transactions/" + id_of(other) + "/dataset");
  EXPECT_EQ(answer.status, 404);
  EXPECT_EQ(answer.code(), "not_found");
}

TEST_F(TransactionsApi, GivesAProofThatHolds) {
  finalize(std::vector<ByteVector>{tx_});
  finalize(std::vector<ByteVector>{});
  const auto bundle = crypto::format::decode_proof_bundle(get("/v1/transactions/" + id_ + "/proof").body);
  ASSERT_TRUE(bundle);
  const auto facts = crypto::format::verify_proof(*bundle, builder_.genesis());
  ASSERT_TRUE(facts) << to_string(facts.error());
  EXPECT_EQ(facts->height, Height(1));
  EXPECT_EQ(bundle->claim.tx_id.hex(), id_);
}

}  // namespace
}  // namespace provchain::api::testing
