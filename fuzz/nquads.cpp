// SPDX-License-Identifier: Apache-2.0
// The N-Quads scanner. The first byte chooses the syntax and the size of the chunks.
//   Read in chunks or whole, a document yields the same lines and the same error. What the canonical syntax accepts is spelled as
//   the writer spells it. What any syntax accepts has a canonical form, unless the ledger does not take it, and that form is its
//   own canonical form.
#include "storage/rdf/nquads.hpp"

#include "storage/rdf/canonical.hpp"

using namespace provchain;
using namespace provchain::storage::rdf;

namespace {

struct Outcome {
  std::vector<std::string> lines;
  std::optional<RdfError> error;
  bool operator==(const Outcome&) const = default;
};

Outcome scan_whole(Bytes text, Syntax syntax) {
  NQuadsScanner scanner(text, syntax);
  Outcome outcome;
  Quad quad;
  for (;;) {
    const Result<bool, RdfError> step = scanner.next(quad);
    if (!step) outcome.error = step.error();
    if (!step || !*step) return outcome;
    PVC_CHECK(check_quad(quad).has_value());
    outcome.lines.emplace_back(quad.line);
    std::string spelled;
    append_canonical_line(spelled, quad);
    if (syntax == Syntax::canonical_nquads) PVC_CHECK(spelled == outcome.lines.back() + "\n");
  }
}

Outcome scan_chunks(Bytes text, Syntax syntax, std::size_t chunk_bytes) {
  NQuadsReader reader(syntax);
  Outcome outcome;
  Quad quad;
  for (;;) {
    const Result<ReadStep, RdfError> step = reader.next(quad);
    if (!step) outcome.error = step.error();
    if (!step || *step == ReadStep::finished) return outcome;
    if (*step == ReadStep::quad) {
      outcome.lines.emplace_back(quad.line);
    } else if (text.empty()) {
      reader.end();
    } else {
      const std::size_t taken = std::min(chunk_bytes, text.size());
      reader.extend(text.first(taken));
      text = text.subspan(taken);
    }
  }
}

std::optional<std::string> canonical_form(Bytes text, Syntax syntax) {
  CanonicalDataset dataset(8 * text.size() + 1'024);
  if (const Result<void, RdfError> done = scan_nquads(text, syntax, dataset); !done) return std::nullopt;
  dataset.finish();
  return join_lines(dataset.lines());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const auto syntax = static_cast<Syntax>(data[0] % 3);
  const std::size_t chunk_bytes = 1 + data[0] / 3;
  const Bytes text = Bytes(data, size).subspan(1);
  PVC_CHECK(scan_whole(text, syntax) == scan_chunks(text, syntax, chunk_bytes));
  const std::optional<std::string> form = canonical_form(text, syntax);
  if (!form) return 0;
  CanonicalScanner scanner(as_bytes(*form));
  Quad quad;
  std::string respelled;
  for (;;) {
    const Result<bool, RdfError> step = scanner.next(quad);
    PVC_CHECK(step.has_value());
    if (!*step) break;
    append_canonical_line(respelled, quad);
  }
  PVC_CHECK(respelled == *form);
  return 0;
}
