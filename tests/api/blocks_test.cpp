// SPDX-License-Identifier: Apache-2.0
#include "crypto/format/proof_verify.hpp"
#include "tests/api/api_fixture.hpp"

namespace provchain::api::testing {
namespace {

class BlocksApi : public ApiTest {
 protected:
  void SetUp() override {
    ApiTest::SetUp();
    for (int i = 0; i < 5; ++i) {
      blocks_.push_back(builder_.add_block(std::vector<Lines>{{"<urn:a> <urn:p> \"" + std::to_string(i) + "\" ."}}));
      ids_.push_back(builder_.tip_id().hex());
    }
    storage::testing::expect_done(commit(blocks_, builder_.certificate()));
    finalized_ = 5;
  }
  std::vector<ByteVector> blocks_;
  std::vector<std::string> ids_;
};

TEST_F(BlocksApi, ABlockIsFoundByHeightIdAndLatest) {
  EXPECT_EQ(get("/v1/blocks/3").json()["id"], ids_[2]);
  EXPECT_EQ(get("/v1/blocks/" + ids_[2]).json()["height"], 3);
  EXPECT_EQ(get("/v1/blocks/latest").json()["id"], ids_[4]);
}

TEST_F(BlocksApi, ShowsHeaderTransactionsAndTheCertificateAbove) {
  const auto block = get("/v1/blocks/2").json();
  const auto view = crypto::format::decode_block(blocks_[1]);
  EXPECT_EQ(block["parent_id"], ids_[0]);
  EXPECT_EQ(block["proposer_name"], "authority-0");
  EXPECT_EQ(block["timestamp_ms"], view->header.timestamp_ms);
  EXPECT_EQ(block["tx_count"], 1);
  EXPECT_EQ(block["body_bytes"], blocks_[1].size() - 336);
  EXPECT_EQ(block["total_quads"], 2);
  EXPECT_EQ(block["tx_root"], view->header.tx_root.hex());
  EXPECT_EQ(block["history_root"], view->header.history_root.hex());
  EXPECT_EQ(block["transactions"], nlohmann::json::array({view->transactions[0].id.hex()}));
  EXPECT_EQ(block["certificate"]["height"], 5) << "the next one above proves it";
  EXPECT_EQ(block["certificate"]["signers"], nlohmann::json::array({"authority-0", "authority-1", "authority-2"}));
  EXPECT_EQ(block["finalized_height"], 5);
}

// Seven follow four, in another order: an index, and the size of a certificate, mean what they meant in the block's epoch.
TEST_F(BlocksApi, NamesAndCertificatesAreOfTheBlocksOwnEpoch) {
  commit_epoch_end({6, 5, 4, 3, 2, 1, 0});
  commit_certified(std::vector<Lines>{{"<urn:a> <urn:p> \"new\" ."}});
  commit_epoch_end({2, 3});
  const auto end = get("/v1/blocks/6").json();
  EXPECT_EQ(end["epoch"], 0);
  EXPECT_EQ(end["proposer_name"], "authority-0");
  EXPECT_EQ(end["certificate"]["signers"], nlohmann::json::array({"authority-0", "authority-1", "authority-2"}));
  const auto seven = get("/v1/blocks/7").json();
  EXPECT_EQ(seven["epoch"], 1);
  EXPECT_EQ(seven["proposer_name"], "member-6");
  EXPECT_EQ(seven["certificate"]["signers"], nlohmann::json::array({"member-6", "member-5", "member-4", "member-3", "member-2"}));
  const auto page = get("/v1/blocks?from=5").json();
  ASSERT_EQ(page["blocks"].size(), 4U);
  EXPECT_EQ(page["blocks"][1]["proposer_name"], "authority-0");
  EXPECT_EQ(page["blocks"][3]["proposer_name"], "member-6");
}

TEST_F(BlocksApi, ABlockThatNoCertificateCoversYetHasNone) {
  storage::testing::expect_done(commit({builder_.add_empty_block()}));
  EXPECT_FALSE(get("/v1/blocks/latest").json().contains("certificate"));
  EXPECT_EQ(get("/v1/blocks/latest/proof").code(), "not_found");
}

TEST_F(BlocksApi, GivesTheStoredBytes) {
  const HttpAnswer answer = get("/v1/blocks/4/raw");
  EXPECT_EQ(answer.headers.at("content-type"), "application/octet-stream");
  EXPECT_TRUE(equal(as_bytes(answer.body), blocks_[3]));
}

TEST_F(BlocksApi, GivesAProofThatHolds) {
  const auto bundle = crypto::format::decode_proof_bundle(get("/v1/blocks/" + ids_[1] + "/proof").body);
  ASSERT_TRUE(bundle);
  const auto facts = crypto::format::verify_proof(*bundle, builder_.genesis());
  ASSERT_TRUE(facts) << to_string(facts.error());
  EXPECT_EQ(facts->block_id.hex(), ids_[1]);
}

TEST_F(BlocksApi, ListsHeadersInPages) {
  const auto all = get("/v1/blocks").json();
  ASSERT_EQ(all["blocks"].size(), 5U);
  EXPECT_FALSE(all.contains("next"));
  EXPECT_FALSE(all["blocks"][0].contains("transactions"));
  const auto page = get("/v1/blocks?from=2&limit=2").json();
  EXPECT_EQ(page["blocks"][0]["height"], 2);
  EXPECT_EQ(page["blocks"].size(), 2U);
  EXPECT_EQ(page["next"], 4);
  EXPECT_EQ(get("/v1/blocks?from=0&limit=1").json()["blocks"][0]["height"], 1);
  EXPECT_TRUE(get("/v1/blocks?from=6").json()["blocks"].empty());
  EXPECT_TRUE(get("/v1/blocks?from=9007199254740991").json()["blocks"].empty());
}

TEST_F(BlocksApi, BlocksThatAreNotThereAreNotFound) {
  for (const std::string ref :
       {"0", "6", "18446744073709551615", "00000000000000000000000000000000000000000000000000000000000000aa"})
    EXPECT_EQ(get("/v1/blocks/" + ref).code(), "not_found") << ref;
  for (const std::string ref : {"x", "-1", "1.0", "LATEST", "99999999999999999999999"})
    EXPECT_EQ(get("/v1/blocks/" + ref).code(), "bad_parameter") << ref;
  EXPECT_EQ(get("/v1/blocks/6/raw").status, 404);
}

TEST_F(BlocksApi, TransactionsThatAreNotThereAreNotFound) {
  const std::string unknown(64, 'a');
  for (const std::string path : {"", "/dataset", "/proof"})
    EXPECT_EQ(get("/v1/transactions/" + unknown + path).code(), "not_found") << path;
  for (const std::string path : {"", "/dataset", "/proof"})
    EXPECT_EQ(get("/v1/transactions/ABC" + path).code(), "bad_parameter") << path;
}

}  // namespace

class EmptyChainApi : public ApiTest {};

TEST_F(EmptyChainApi, HasNoLatestBlockAndNothingToFind) {
  EXPECT_EQ(get("/v1/blocks/latest").code(), "not_found");
  EXPECT_TRUE(get("/v1/blocks").json()["blocks"].empty());
  EXPECT_EQ(get("/v1/status").json()["head"]["height"], 0);
  EXPECT_TRUE(get("/v1/quads").json()["quads"].empty());
  EXPECT_TRUE(get("/v1/graphs").json()["graphs"].empty());
}

}  // namespace provchain::api::testing
