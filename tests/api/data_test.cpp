// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "crypto/format/proof_verify.hpp"
#include "tests/api/api_fixture.hpp"

namespace provchain::api::testing {
namespace {

class DataApi : public ApiTest {
 protected:
  void SetUp() override {
    ApiTest::SetUp();
    finalize(std::vector<Lines>{{"<urn:a> <urn:p> <urn:b> <urn:g> .", "<urn:a> <urn:q> \"one two\"@en <urn:g> ."},
                                {"<urn:c> <urn:p> <urn:b> ."}});
    finalize(std::vector<Lines>{{"<urn:d> <urn:p> \"x\" <urn:h> .", "<urn:d> <urn:p> <urn:b> <urn:g> ."}});
    index();
  }
  std::vector<std::string> lines_of(const nlohmann::json& answer) {
    std::vector<std::string> lines;
    for (const auto& quad : answer["quads"]) lines.push_back(quad["line"]);
    std::ranges::sort(lines);
    return lines;
  }
  std::string proof(const std::string& query) { return get("/v1/proofs/quad?" + query).body; }
};

TEST_F(DataApi, FindsQuadsByPattern) {
  const auto answer = get("/v1/quads?p=urn:p&o=urn:b").json();
  EXPECT_EQ(lines_of(answer), (std::vector<std::string>{"<urn:a> <urn:p> <urn:b> <urn:g> .", "<urn:c> <urn:p> <urn:b> .",
                                                        "<urn:d> <urn:p> <urn:b> <urn:g> ."}));
  EXPECT_EQ(answer["as_of"], 2);
  EXPECT_EQ(answer["finalized_height"], 2);
  EXPECT_EQ(answer["indexed_height"], 2);
  EXPECT_FALSE(answer.contains("cursor"));
}

TEST_F(DataApi, AQuadTellsItsTransactionAndItsMintedGraph) {
  const auto quad = get("/v1/quads?s=urn:c").json()["quads"][0];
  const std::string tx = get("/v1/blocks/1").json()["transactions"][1];
  EXPECT_EQ(quad["s"], "<urn:c>");
  EXPECT_EQ(quad["p"], "<urn:p>");
  EXPECT_EQ(quad["o"], "<urn:b>");
  EXPECT_EQ(quad["g"], "<urn:provchain:tx:" + tx + ">");
  EXPECT_EQ(quad["line"], "<urn:c> <urn:p> <urn:b> .");
  EXPECT_EQ(quad["tx"], tx);
  EXPECT_EQ(quad["height"], 1);
}

TEST_F(DataApi, TermsAreTakenInEverySpelling) {
  for (const std::string& query :
       {"o=" + percent_encode("\"one two\"@en"), std::string("o=%22one+two%22@en"), "s=" + percent_encode("<urn:a>") + "&p=urn:q",
        "g=urn:g&o=" + percent_encode("\"one\\u0020two\"@en")})
    EXPECT_EQ(get("/v1/quads?" + query).json()["quads"].size(), 1U) << query;
  EXPECT_EQ(get("/v1/quads?o=" + percent_encode("\"x\"^^<http://www.w3.org/2001/XMLSchema#string>")).json()["quads"].size(), 1U);
}

TEST_F(DataApi, BadTermsAreNamed) {
  const std::pair<std::string, std::string> cases[] = {{"s=relative", "s"},
                                                       {"p=" + percent_encode("<urn:p"), "p"},
                                                       {"g=" + percent_encode("_:b"), "g"},
                                                       {"o=" + percent_encode("\"open"), "o"},
                                                       {"s=" + percent_encode("\"literal\""), "s"},
                                                       {"o=" + percent_encode("\"a\" <urn:g>"), "o"},
                                                       {"o=" + percent_encode("\"a\" .\n<urn:a> <urn:b> \"c\""), "o"},
                                                       {"o=" + percent_encode("\"a\" . #"), "o"}};
  for (const auto& [query, name] : cases) {
    const HttpAnswer answer = get("/v1/quads?" + query);
    EXPECT_EQ(answer.code(), "bad_parameter") << query;
    EXPECT_TRUE(answer.json()["detail"].get<std::string>().starts_with(name + ":")) << answer.body;
  }
}

TEST_F(DataApi, PagesJoinToTheWhole) {
  std::vector<std::string> lines;
  std::string cursor;
  int pages = 0;
  do {
    const auto page = get("/v1/quads?limit=2" + (cursor.empty() ? "" : "&cursor=" + cursor)).json();
    ASSERT_LE(page["quads"].size(), 2U);
    for (const std::string& line : lines_of(page)) lines.push_back(line);
    cursor = page.value("cursor", "");
  } while (!cursor.empty() && ++pages < 10);
  std::ranges::sort(lines);
  EXPECT_EQ(lines, lines_of(get("/v1/quads").json()));
  EXPECT_EQ(lines.size(), 5U);
}

TEST_F(DataApi, ForeignCursorsAreRefused) {
  const std::string cursor = get("/v1/quads?p=urn:p&limit=1").json()["cursor"];
  EXPECT_EQ(get("/v1/quads?s=urn:a&cursor=" + cursor).code(), "bad_parameter");
  EXPECT_EQ(get("/v1/quads?cursor=zz").code(), "bad_parameter");
  EXPECT_EQ(get("/v1/quads?cursor=").code(), "bad_parameter");
  EXPECT_EQ(get("/v1/quads?limit=10001").code(), "bad_parameter");
}

TEST_F(DataApi, ReadsTheLedgerAsItWas) {
  EXPECT_EQ(get("/v1/quads?as_of=1").json()["quads"].size(), 3U);
  EXPECT_EQ(get("/v1/quads?as_of=0").json()["quads"].size(), 0U);
  EXPECT_EQ(get("/v1/graphs/urn:g?as_of=1").body,
            "<urn:a> <urn:p> <urn:b> <urn:g> .\n<urn:a> <urn:q> \"one two\"@en <urn:g> .\n");
  EXPECT_EQ(get("/v1/graphs/urn:h?as_of=1").status, 404);
  const HttpAnswer above = get("/v1/quads?as_of=3");
  EXPECT_EQ(above.status, 409);
  EXPECT_EQ(above.code(), "not_indexed");
  EXPECT_EQ(get("/v1/graphs?as_of=3").code(), "not_indexed");
  EXPECT_EQ(get("/v1/graphs/urn:g?as_of=3").code(), "not_indexed");
}

TEST_F(DataApi, ListsGraphs) {
  const auto answer = get("/v1/graphs").json();
  EXPECT_EQ(answer["indexed_height"], 2);
  std::map<std::string, std::pair<int, int>> graphs;
  for (const auto& graph : answer["graphs"]) graphs[graph["graph"]] = {graph["transactions"], graph["quads"]};
  EXPECT_EQ(graphs.size(), 3U) << "two named ones and a minted one";
  EXPECT_EQ(graphs["<urn:g>"], (std::pair{2, 3}));
  const auto first = get("/v1/graphs?limit=1").json();
  EXPECT_EQ(first["graphs"].size(), 1U);
  EXPECT_EQ(get("/v1/graphs?limit=5&cursor=" + first["cursor"].get<std::string>()).json()["graphs"].size(), 2U);
}

TEST_F(DataApi, GivesAGraphInCanonicalOrder) {
  const std::string expected =
      "<urn:a> <urn:p> <urn:b> <urn:g> .\n<urn:a> <urn:q> \"one two\"@en <urn:g> .\n<urn:d> <urn:p> <urn:b> <urn:g> .\n";
  for (const std::string& name : {std::string("urn:g"), percent_encode("urn:g"), percent_encode("<urn:g>")}) {
    const HttpAnswer answer = get("/v1/graphs/" + name);
    EXPECT_EQ(answer.body, expected) << name;
    EXPECT_EQ(answer.headers.at("content-type"), "application/n-quads");
    EXPECT_EQ(answer.headers.at("provchain-finalized-height"), "2");
    EXPECT_EQ(answer.headers.at("provchain-indexed-height"), "2");
  }
}

TEST_F(DataApi, AGraphNameMayHaveSlashes) {
  finalize_and_index(std::vector<Lines>{{"<urn:a> <urn:p> <urn:b> <https://example.org/a/b?c> ."}});
  EXPECT_EQ(get("/v1/graphs/" + percent_encode("https://example.org/a/b?c")).status, 200);
  EXPECT_EQ(get("/v1/graphs/https://example.org/a/b%3Fc").status, 200);
  EXPECT_EQ(get("/v1/graphs/urn:nobody").code(), "not_found");
  EXPECT_EQ(get("/v1/graphs/relative").code(), "bad_parameter");
}

TEST_F(DataApi, StreamsALargeGraph) {
  std::vector<Lines> datasets;
  std::string expected;
  for (int tx = 0; tx < 4; ++tx) {
    Lines lines;
    for (int i = 0; i < 3'000; ++i)
      lines.push_back("<urn:s:" + std::to_string(1'000'000 + tx * 3'000 + i) + "> <urn:p> <urn:o> <urn:large> .");
    for (const std::string& line : lines) expected += line + "\n";
    datasets.push_back(lines);
  }
  finalize_and_index(datasets);
  const HttpAnswer answer = get("/v1/graphs/urn:large");
  EXPECT_TRUE(answer.complete);
  EXPECT_EQ(answer.body.size(), expected.size());
  EXPECT_TRUE(answer.body == expected);
  EXPECT_EQ(get("/v1/quads?limit=10000&g=urn:large").json()["quads"].size(), 10'000U);
}

TEST_F(DataApi, ProvesAQuad) {
  for (const std::string query : {"s=urn:a&p=urn:p&o=urn:b&g=urn:g", "s=urn:c&p=urn:p&o=urn:b"}) {
    const auto bundle = crypto::format::decode_proof_bundle(proof(query));
    ASSERT_TRUE(bundle) << proof(query);
    const auto facts = crypto::format::verify_proof(*bundle, builder_.genesis());
    ASSERT_TRUE(facts) << to_string(facts.error());
    EXPECT_EQ(facts->height, Height(1));
  }
}

TEST_F(DataApi, AProofNeedsAWholeQuadThatIsThere) {
  EXPECT_EQ(get("/v1/proofs/quad?s=urn:a&p=urn:p").code(), "bad_parameter");
  EXPECT_EQ(get("/v1/proofs/quad?s=urn:a&p=urn:p&o=urn:nothing").code(), "not_found");
  EXPECT_EQ(get("/v1/proofs/quad?s=urn:a&p=urn:p&o=urn:b&g=urn:h").code(), "not_found");
}

}  // namespace
}  // namespace provchain::api::testing
