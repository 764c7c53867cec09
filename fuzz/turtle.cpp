// SPDX-License-Identifier: Apache-2.0
// The guarded Turtle and TriG reader. The first byte chooses the syntax and whether there is a base.
//   What it hands on are acceptable terms, whose canonical line the N-Quads scanner reads back to the same line. N-Triples is a
//   part of Turtle: a document that both readers take says the same to both.
#include "storage/rdf/turtle.hpp"

#include <set>

#include "storage/rdf/canonical.hpp"

using namespace provchain;
using namespace provchain::storage::rdf;

namespace {

struct Collector final : QuadSink {
  std::set<std::string> lines;
  bool has_blank_node = false;
  Result<void, RdfErrc> on_quad(const Quad& quad) override {
    PVC_CHECK(check_quad(quad).has_value());
    has_blank_node |= quad.subject.kind == TermKind::blank_node || quad.object.kind == TermKind::blank_node;
    std::string line;
    append_canonical_line(line, quad);
    NQuadsScanner scanner(as_bytes(line));
    Quad again;
    const Result<bool, RdfError> step = scanner.next(again);
    PVC_CHECK(step.has_value() && *step);
    std::string respelled;
    append_canonical_line(respelled, again);
    PVC_CHECK(respelled == line);
    lines.insert(std::move(line));
    return {};
  }
};

constexpr std::size_t kInputBytesMax = 64 * 1'024;

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0 || size > kInputBytesMax) return 0;
  const Bytes text = Bytes(data, size).subspan(1);
  const TurtleOptions options{.syntax = (data[0] & 1) != 0 ? TurtleSyntax::trig : TurtleSyntax::turtle,
                              .base_iri = (data[0] & 2) != 0 ? "http://example.org/base/" : "",
                              .document_bytes_max = kInputBytesMax};
  Collector by_turtle;
  const Result<void, RdfError> done = read_turtle(text, options, by_turtle);
  Collector by_scanner;
  if (!done || !scan_nquads(text, Syntax::ntriples, by_scanner) || by_scanner.has_blank_node) return 0;
  PVC_CHECK(by_turtle.lines == by_scanner.lines);
  return 0;
}
