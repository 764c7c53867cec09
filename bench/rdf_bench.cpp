// SPDX-License-Identifier: Apache-2.0
// The RDF path of a transaction: scanning, canonical check, making the canonical form, the whole check. The data are lines like
// those of real provenance logs, made from a fixed pattern; each case checks its answer before it is timed. bytes_per_second
// counts N-Quads bytes.
#include <benchmark/benchmark.h>

#include <algorithm>

#include "crypto/ed25519.hpp"
#include "storage/rdf/canonical.hpp"
#include "storage/rdf/turtle.hpp"
#include "storage/rdf/tx_build.hpp"
#include "storage/rdf/tx_check.hpp"

namespace {

using namespace provchain;
using namespace provchain::storage::rdf;

// Canonical, ascending lines of about 200 bytes; one object in eight is a literal with an escape, one is not ASCII.
std::string make_payload(std::size_t quad_count) {
  std::vector<std::string> lines;
  for (std::size_t i = 0; i < quad_count; ++i) {
    const std::string number = std::to_string(1'000'000'000 + i * 7'919 % 999'999'937);
    std::string object = "<https://example.org/hash/sha256/" + number + number + number + ">";
    if (i % 8 == 0) object = "\"the first line\\nthe second line of " + number + "\"@en";
    if (i % 8 == 1) object = "\"Zo\xC3\xAB \xE2\x82\xAC " + number + "\"";
    if (i % 8 == 2) object = "\"2026-01-01T00:00:00Z\"^^<http://www.w3.org/2001/XMLSchema#dateTime>";
    lines.push_back("<urn:uuid:" + number + "> <http://www.w3.org/ns/prov#wasGeneratedBy> " + object +
                    " <urn:uuid:a1b2c3d4-0000-4000-8000-" + number + "> .\n");
  }
  std::sort(lines.begin(), lines.end());
  std::string payload;
  for (const std::string& line : lines) payload += line;
  return payload;
}

struct Counter final : QuadSink {
  std::size_t count = 0;
  Result<void, RdfErrc> on_quad(const Quad&) override {
    ++count;
    return {};
  }
};

template <class Scanner>
std::size_t count_quads(Scanner&& scanner) {
  Quad quad;
  std::size_t count = 0;
  for (;;) {
    const Result<bool, RdfError> step = scanner.next(quad);
    if (!step) return 0;
    if (!*step) return count;
    ++count;
  }
}

void count_work(benchmark::State& state, std::size_t bytes, std::size_t quads) {
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(bytes));
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(quads));
}

// The limit beside which scanning stands: finding the line ends.
void rdf_limit_memchr(benchmark::State& state) {
  const std::string payload = make_payload(4'096);
  const auto count_lines = [&] {
    std::size_t lines = 0;
    for (std::size_t at = 0; (at = payload.find('\n', at)) != std::string::npos; ++at) ++lines;
    return lines;
  };
  if (count_lines() != 4'096) return state.SkipWithError("wrong answer");
  for (auto _ : state) benchmark::DoNotOptimize(count_lines());
  count_work(state, payload.size(), 4'096);
}
BENCHMARK(rdf_limit_memchr)->Name("rdf/limit/memchr");

void rdf_scan(benchmark::State& state) {
  const std::string payload = make_payload(4'096);
  const auto syntax = static_cast<Syntax>(state.range(0));
  if (count_quads(NQuadsScanner(as_bytes(payload), syntax)) != 4'096) return state.SkipWithError("wrong answer");
  for (auto _ : state) benchmark::DoNotOptimize(count_quads(NQuadsScanner(as_bytes(payload), syntax)));
  count_work(state, payload.size(), 4'096);
}
BENCHMARK(rdf_scan)->Name("rdf/scan")->ArgName("canonical")->Arg(0)->Arg(2);

void rdf_canonical_check(benchmark::State& state) {
  const std::string payload = make_payload(4'096);
  if (count_quads(CanonicalScanner(as_bytes(payload))) != 4'096) return state.SkipWithError("wrong answer");
  for (auto _ : state) benchmark::DoNotOptimize(count_quads(CanonicalScanner(as_bytes(payload))));
  count_work(state, payload.size(), 4'096);
}
BENCHMARK(rdf_canonical_check)->Name("rdf/canonical_check");

void rdf_canonical_form(benchmark::State& state) {
  const std::string payload = make_payload(4'096);
  const auto form = [&] {
    CanonicalDataset dataset(payload.size());
    if (!scan_nquads(as_bytes(payload), Syntax::nquads, dataset)) return std::string();
    dataset.finish();
    return join_lines(dataset.lines());
  };
  if (form() != payload) return state.SkipWithError("wrong answer");
  for (auto _ : state) benchmark::DoNotOptimize(form());
  count_work(state, payload.size(), 4'096);
}
BENCHMARK(rdf_canonical_form)->Name("rdf/canonical_form");

void rdf_tx_check(benchmark::State& state) {
  if (!crypto::init()) return state.SkipWithError("no randomness");
  const auto quad_count = static_cast<std::size_t>(state.range(0));
  const std::string payload = make_payload(quad_count);
  CanonicalDataset dataset(payload.size());
  if (!scan_nquads(as_bytes(payload), Syntax::nquads, dataset)) return state.SkipWithError("wrong answer");
  dataset.finish();
  const ByteVector bytes =
      build_transaction(dataset.lines(), {NetworkId{}, 1, Height{9}}, crypto::key_pair_from_seed(ByteVector(32, 7)));
  if (check_transaction(bytes, NetworkId{}, {}).reject) return state.SkipWithError("wrong answer");
  for (auto _ : state) benchmark::DoNotOptimize(check_transaction(bytes, NetworkId{}, {}));
  count_work(state, bytes.size(), quad_count);
}
BENCHMARK(rdf_tx_check)->Name("rdf/tx_check")->ArgName("quads")->Arg(15)->Arg(4'096);

// The same lines without their graphs as Turtle, through Serd and its guards.
void rdf_turtle(benchmark::State& state) {
  std::string text;
  const std::string payload = make_payload(4'096);
  NQuadsScanner scanner(as_bytes(payload));
  for (Quad quad;;) {
    const Result<bool, RdfError> step = scanner.next(quad);
    if (!step || !*step) break;
    quad.graph = {};
    append_canonical_line(text, quad);
  }
  Counter counter;
  if (!read_turtle(as_bytes(text), {}, counter) || counter.count != 4'096) return state.SkipWithError("wrong answer");
  for (auto _ : state) benchmark::DoNotOptimize(read_turtle(as_bytes(text), {}, counter).has_value());
  count_work(state, text.size(), 4'096);
}
BENCHMARK(rdf_turtle)->Name("rdf/turtle");

}  // namespace
