// SPDX-License-Identifier: Apache-2.0
#include "storage/rdf/tx_check.hpp"
#include "tests/api/api_fixture.hpp"

namespace provchain::api::testing {
namespace {

using crypto::format::TxReject;

class SubmitApi : public ApiTest {
 protected:
  HttpAnswer post_rdf(std::string_view type, std::string_view text) { return post("", type, as_bytes(text), true); }
  // The transaction that the node made of the last RDF, which must hold.
  crypto::format::TxView signed_here() {
    const auto submitted = node_.submitted();
    if (submitted.empty()) throw std::runtime_error("nothing was submitted");
    last_ = submitted.back();
    EXPECT_FALSE(storage::rdf::check_transaction(last_, builder_.genesis().network_id, {}).reject);
    return *crypto::format::decode_transaction(last_);
  }
  ByteVector last_;
};

TEST_F(SubmitApi, EveryRefusalHasItsStatusAndCode) {
  struct Case {
    TxReject reject;
    long status;
    std::string_view code;
    std::string_view retry_after;
  };
  const Case cases[] = {{TxReject::unsupported_kind, 422, "unsupported_kind", ""},
                        {TxReject::malformed, 422, "malformed", ""},
                        {TxReject::wrong_network, 422, "wrong_network", ""},
                        {TxReject::too_large, 422, "too_large", ""},
                        {TxReject::bad_dataset_root, 422, "bad_dataset_root", ""},
                        {TxReject::not_canonical, 422, "not_canonical", ""},
                        {TxReject::not_sorted, 422, "not_sorted", ""},
                        {TxReject::blank_node, 422, "blank_node", ""},
                        {TxReject::reserved_graph, 422, "reserved_graph", ""},
                        {TxReject::bad_quad_count, 422, "bad_quad_count", ""},
                        {TxReject::bad_author_key, 422, "bad_author_key", ""},
                        {TxReject::bad_signature, 422, "bad_signature", ""},
                        {TxReject::expired, 422, "expired", ""},
                        {TxReject::author_not_admitted, 422, "author_not_admitted", ""},
                        {TxReject::bad_governance, 422, "bad_governance", ""},
                        {TxReject::bad_evidence, 422, "bad_evidence", ""},
                        {TxReject::not_applicable, 422, "not_applicable", ""},
                        {TxReject::author_quota, 429, "author_quota", "3"},
                        {TxReject::mempool_full, 429, "mempool_full", "3"},
                        {TxReject::syncing, 503, "syncing", "3"}};
  std::uint64_t salt = 0;
  for (const Case& expected : cases) {
    node_.say_on_submit(rejected_state(expected.reject, 2'001));
    HttpAnswer answer = post_tx(builder_.transaction({"<urn:a> <urn:p> <urn:b> ."}, ++salt), "?wait=final");
    EXPECT_EQ(answer.status, expected.status) << expected.code;
    EXPECT_EQ(answer.code(), expected.code) << answer.body;
    EXPECT_EQ(answer.headers["retry-after"], expected.retry_after) << expected.code;
    EXPECT_EQ(answer.json()["status"], expected.status);
    EXPECT_EQ(answer.json()["type"], "about:blank");
    EXPECT_FALSE(answer.json()["title"].get<std::string>().empty());
  }
}

TEST_F(SubmitApi, RefusesWhatIsNoTransactionWithoutAskingTheNode) {
  const ByteVector tx = builder_.transaction({"<urn:a> <urn:p> <urn:b> ."}, 1);
  ByteVector longer = tx;
  longer.push_back(0);
  ByteVector foreign = tx;
  foreign[8] ^= 1;  // network id
  Lines large;
  for (int i = 0; i < 12; ++i)
    large.push_back("<urn:a> <urn:p" + std::to_string(i) + "> \"" + std::string(100'000, 'x') + "\" .");
  EXPECT_EQ(post_tx({}).code(), "malformed");
  EXPECT_EQ(post_tx(Bytes(tx).first(100)).code(), "malformed");
  EXPECT_EQ(post_tx(longer).code(), "malformed");
  EXPECT_EQ(post_tx(foreign).code(), "wrong_network");
  const HttpAnswer too_large = post_tx(builder_.transaction(large, 1));
  EXPECT_EQ(too_large.status, 413) << "more than a block is not even read";
  EXPECT_EQ(too_large.code(), "too_large");
  EXPECT_TRUE(node_.submitted().empty());
}

TEST_F(SubmitApi, SignsRdfOfEachFormatForTheTokensBearer) {
  const std::string quad = "<urn:a> <urn:p> <urn:b> <urn:g> .\n";
  const std::string triple = "<urn:a> <urn:p> <urn:b> .\n";
  EXPECT_EQ(post_rdf("application/n-quads", quad).status, 202);
  EXPECT_EQ(as_text(signed_here().payload), quad);
  EXPECT_EQ(post_rdf("application/n-triples", triple).status, 202);
  EXPECT_EQ(as_text(signed_here().payload), triple);
  EXPECT_EQ(post_rdf("text/turtle; charset=utf-8", "@prefix : <urn:> . :a :p :b .").status, 202);
  EXPECT_EQ(as_text(signed_here().payload), triple);
  EXPECT_EQ(post_rdf("Application/TriG", "@prefix : <urn:> . :g { :a :p :b }").status, 202);
  EXPECT_EQ(as_text(signed_here().payload), quad);
}

TEST_F(SubmitApi, WhatItSignsIsItsOwnAndValidForALongWhile) {
  finalized_ = 41;
  EXPECT_EQ(
      post_rdf("application/n-quads", "<urn:b> <urn:p> <urn:b> .\n<urn:a> <urn:p> <urn:b> .\n<urn:a> <urn:p> <urn:b> .\n").status,
      202);
  const auto first = signed_here();
  EXPECT_EQ(first.header.author, submitter_.public_key);
  EXPECT_EQ(first.header.valid_until, Height(10'041));
  EXPECT_EQ(first.header.quad_count, 2U) << "sorted, and no line twice";
  const std::uint64_t salt = first.header.salt;
  EXPECT_EQ(post_rdf("application/n-quads", "<urn:b> <urn:p> <urn:b> .\n<urn:a> <urn:p> <urn:b> .\n").status, 202);
  EXPECT_NE(signed_here().header.salt, salt);
}

TEST_F(SubmitApi, RefusesRdfWithoutTheToken) {
  const std::string body = "<urn:a> <urn:p> <urn:b> .\n";
  for (const std::string& authorization :
       {std::string("X: y"), std::string("Authorization: Bearer wrong"),
        "Authorization: Bearer " + std::string(kToken.size(), 'x'), "Authorization: Basic " + std::string(kToken),
        std::string("Authorization: Bearer ")}) {
    HttpAnswer answer = perform(server_->port(), {.method = "POST",
                                                  .target = "/v1/transactions",
                                                  .body = body,
                                                  .headers = {"Content-Type: application/n-quads", authorization}});
    EXPECT_EQ(answer.status, 401) << authorization;
    EXPECT_EQ(answer.code(), "token_needed");
    EXPECT_EQ(answer.headers["www-authenticate"], "Bearer");
  }
  EXPECT_EQ(post("", "text/turtle", ByteVector(3'000'000, 'x')).status, 401) << "the body is thrown away, not kept";
  options_.token.reset();
  start_server();
  EXPECT_EQ(post_rdf("application/n-quads", body).code(), "token_needed") << "no token configured: nobody has it";
  EXPECT_TRUE(node_.submitted().empty());
}

TEST_F(SubmitApi, NamesThePlaceWhereRdfDoesNotParse) {
  const HttpAnswer answer = post_rdf("application/n-quads", "<urn:a> <urn:p> <urn:b> .\n<urn:a> <relative> <urn:b> .\n");
  EXPECT_EQ(answer.status, 400);
  EXPECT_EQ(answer.code(), "bad_rdf");
  EXPECT_TRUE(answer.json()["detail"].get<std::string>().starts_with("2:")) << answer.body;
  EXPECT_EQ(post_rdf("text/turtle", "<urn:a> <urn:p> .").code(), "bad_rdf");
  EXPECT_EQ(post_rdf("application/n-triples", "<urn:a> <urn:p> <urn:b> <urn:g> .\n").code(), "bad_rdf");
  EXPECT_EQ(post_rdf("application/n-quads", "# nothing\n").code(), "bad_rdf");
}

TEST_F(SubmitApi, RefusesRdfThatTheLedgerDoesNotTake) {
  EXPECT_EQ(post_rdf("application/n-quads", "_:a <urn:p> <urn:b> .\n").code(), "blank_node");
  const HttpAnswer reserved = post_rdf("application/n-quads", "<urn:a> <urn:p> <urn:b> <urn:provchain:x> .\n");
  EXPECT_EQ(reserved.code(), "reserved_graph");
  EXPECT_EQ(reserved.status, 422);
}

TEST_F(SubmitApi, RefusesADatasetThatNeedsMoreThanOneTransaction) {
  std::string text;
  for (int i = 0; i < 15; ++i) text += "<urn:a> <urn:p" + std::to_string(i) + "> \"" + std::string(100'000, 'x') + "\" .\n";
  const HttpAnswer answer = post_rdf("application/n-quads", text);
  EXPECT_EQ(answer.status, 413) << answer.body;
  EXPECT_EQ(answer.code(), "too_large");
}

TEST_F(SubmitApi, RefusesOtherMediaTypes) {
  const HttpAnswer answer = post_rdf("application/json", "{}");
  EXPECT_EQ(answer.status, 415);
  EXPECT_EQ(answer.code(), "unsupported_media_type");
}

}  // namespace
}  // namespace provchain::api::testing
