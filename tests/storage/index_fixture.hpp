// SPDX-License-Identifier: Apache-2.0
// An index over a ledger's chain, and the model it is compared with: every quad with its first asserting transaction, by brute
// force.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "base/prng.hpp"
#include "storage/index/index_reader.hpp"
#include "storage/index/indexer.hpp"
#include "tests/storage/ledger_fixture.hpp"

namespace provchain::storage::testing {

struct ModelQuad {
  std::string subject, predicate, object, graph;
  auto operator<=>(const ModelQuad&) const = default;
};

class IndexTest : public LedgerTest {
 protected:
  void SetUp() override {
    LedgerTest::SetUp();
    reopen_index();
  }

  [[nodiscard]] lmdb::EnvOptions index_options() const { return index_env_options(options()); }
  [[nodiscard]] std::filesystem::path index_path() const { return ledger_->data_dir().index_path(); }
  void reopen_index() {
    index_.reset();
    index_.emplace(value_of(IndexStore::open(index_path(), index_options())));
    expect_done(Indexer(ledger_->chain(), *index_).recover());
  }
  Height index_all(std::uint64_t batch_quads = index_batch_quads_default) {
    return value_of(Indexer(ledger_->chain(), *index_, batch_quads).index_all());
  }
  [[nodiscard]] IndexReader reader() const { return IndexReader(ledger_->chain(), *index_); }

  // A block of these transactions, committed but not indexed; the model learns its quads.
  void add(const std::vector<std::vector<ModelQuad>>& datasets) {
    std::vector<ByteVector> transactions;
    for (const auto& dataset : datasets) {
      Lines lines;
      for (const ModelQuad& quad : dataset) lines.push_back(line_of(quad));
      transactions.push_back(builder_.transaction(lines, ++salt_));
      learn(dataset, tx_id_of_bytes(transactions.back()));
    }
    const ByteVector block = builder_.add_block(transactions);
    expect_done(commit({block}, builder_.certificate()));
  }
  [[nodiscard]] static std::string line_of(const ModelQuad& quad) {
    return quad.subject + " " + quad.predicate + " " + quad.object + (quad.graph.empty() ? "" : " " + quad.graph) + " .";
  }

  // Three to five blocks of random quads over few terms, so that quads, terms and graphs repeat; some default graphs.
  void add_random_chain(std::uint64_t seed) {
    Prng random(seed);
    for (std::uint64_t block = 0; block < 4 + random.below(3); ++block) {
      std::vector<std::vector<ModelQuad>> datasets;
      for (std::uint64_t i = 0; i < random.below(4); ++i) {
        std::set<ModelQuad> dataset;
        for (std::uint64_t j = 0; j <= random.below(12); ++j) dataset.insert(random_quad(random));
        datasets.emplace_back(dataset.begin(), dataset.end());
      }
      add(datasets);
    }
  }
  // A term of the small world of add_random_chain.
  [[nodiscard]] static std::string random_term(Prng& random, char kind) {
    const std::uint64_t number = random.below(4);
    if (kind == 'o' && random.chance(500)) {
      const std::string literals[] = {"\"short\"", "\"42\"^^<http://www.w3.org/2001/XMLSchema#integer>",
                                      "\"a long literal\\nin two lines\"", "\"tagged\"@en"};
      return literals[number];
    }
    return std::string("<urn:") + kind + ":" + std::to_string(number) + ">";
  }
  [[nodiscard]] static ModelQuad random_quad(Prng& random) {
    return {random_term(random, 's'), random_term(random, 'p'), random_term(random, 'o'),
            random.chance(400) ? "" : random_term(random, 'g')};
  }

  // What is asserted up to `as_of`, with the transaction that did it first.
  [[nodiscard]] std::map<ModelQuad, TxId> model_as_of(Height as_of) const {
    std::map<ModelQuad, TxId> result;
    for (const auto& [quad, first] : model_)
      if (first.height <= as_of) result[quad] = first.tx;
    return result;
  }

  struct First {
    Height height;
    TxId tx;
  };
  std::optional<IndexStore> index_;
  std::map<ModelQuad, First> model_;
  std::set<std::string> graphs_;

 private:
  void learn(const std::vector<ModelQuad>& dataset, const TxId& id) {
    for (ModelQuad quad : dataset) {
      if (quad.graph.empty()) quad.graph = minted_graph_term(id);
      graphs_.insert(quad.graph);
      model_.try_emplace(quad, First{builder_.height().next(), id});
    }
  }
  std::uint64_t salt_ = 0;
};

// Every page of a pattern, one after the other.
inline std::vector<IndexedQuad> all_pages(const IndexReader& reader, const QuadPattern& pattern, std::optional<Height> as_of,
                                          std::size_t limit) {
  std::vector<IndexedQuad> quads;
  PageOptions options{.as_of = as_of, .cursor = {}, .limit = limit};
  do {
    QuadPage page = value_of(reader.quads(pattern, options));
    EXPECT_LE(page.quads.size(), limit);
    quads.insert(quads.end(), page.quads.begin(), page.quads.end());
    options.cursor = page.cursor;
  } while (!options.cursor.empty());
  return quads;
}

}  // namespace provchain::storage::testing
