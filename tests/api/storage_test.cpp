// SPDX-License-Identifier: Apache-2.0
// When the disk, and not the question, is at fault.
#include "storage/lmdb/txn.hpp"
#include "tests/api/api_fixture.hpp"

namespace provchain::api::testing {
namespace {

using storage::testing::expect_done;
using storage::testing::value_of;

class StorageApi : public ApiTest {
 protected:
  void SetUp() override {
    ApiTest::SetUp();
    finalize_and_index(std::vector<Lines>{{"<urn:a> <urn:p> <urn:b> ."}});
  }
};

TEST_F(StorageApi, IsBusyWhileAllReadersAreTaken) {
  std::vector<storage::ReadTxn> readers;
  for (auto reader = ledger_->chain().read(); reader; reader = ledger_->chain().read()) readers.push_back(*std::move(reader));
  const HttpAnswer answer = get("/v1/blocks/1");
  EXPECT_EQ(answer.status, 503) << answer.body;
  EXPECT_EQ(answer.code(), "busy");
  EXPECT_EQ(answer.headers.at("retry-after"), "1");
  readers.clear();
  EXPECT_EQ(get("/v1/blocks/1").status, 200);
}

TEST_F(StorageApi, DamageIsSaidToBeTheNodes) {
  const std::string id = builder_.tip_id().hex();
  ASSERT_EQ(get("/v1/blocks/" + id).status, 200);
  {
    auto txn = value_of(storage::lmdb::WriteTxn::begin(ledger_->state().env(), 4'096));
    const auto blocks = value_of(txn.open_database("block", storage::lmdb::KeyKind::bytes));
    const ByteVector no_height(3, 1);
    EXPECT_TRUE(value_of(txn.put(blocks, builder_.tip_id().view(), no_height, storage::lmdb::PutMode::overwrite)));
    expect_done(txn.commit());
  }
  const HttpAnswer answer = get("/v1/blocks/" + id);
  EXPECT_EQ(answer.status, 500) << answer.body;
  EXPECT_EQ(answer.code(), "storage");
  EXPECT_EQ(get("/livez").status, 200);
}

}  // namespace
}  // namespace provchain::api::testing
