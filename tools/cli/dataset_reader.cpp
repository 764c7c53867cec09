// SPDX-License-Identifier: Apache-2.0
#include "tools/cli/dataset_reader.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "storage/rdf/nquads.hpp"
#include "tools/cli/options.hpp"

namespace provchain::cli {
namespace {

using namespace storage::rdf;

constexpr std::size_t kTransactionOverheadBytes = crypto::format::tx_header_bytes + crypto::format::tx_signature_bytes;

// Moves quads of the default graph into the graph the user named.
class GraphSink final : public QuadSink {
 public:
  GraphSink(QuadSink& next, const std::string& graph) : next_(next), graph_(graph) {}
  Result<void, RdfErrc> on_quad(const Quad& quad) override {
    if (graph_.empty() || quad.graph.kind != TermKind::none) return next_.on_quad(quad);
    Quad moved = quad;
    moved.graph.kind = TermKind::iri;
    moved.graph.value = graph_;
    return next_.on_quad(moved);
  }

 private:
  QuadSink& next_;
  const std::string& graph_;
};

}  // namespace

DatasetReader::DatasetReader(std::string path, ReadOptions options, std::uint64_t position)
    : path_(std::move(path)), options_(std::move(options)), begin_(position) {
  const auto format = format_of_file_name(path_);
  if (!format) fail(Exit::usage, path_ + ": unknown kind of file; .nq, .nt, .ttl and .trig are understood");
  format_ = *format;
  std::error_code error;
  file_bytes_ = std::filesystem::file_size(path_, error);
  in_.open(path_, std::ios::binary);
  if (error || !in_) fail(Exit::usage, path_ + ": cannot be read");
  if (!is_streamed()) return;
  // Line numbers of what comes count the lines in front, too.
  std::string skipped;
  while (read_position_ < begin_ && std::getline(in_, skipped)) {
    ++line_;
    read_position_ = std::min(read_position_ + skipped.size() + 1, file_bytes_);
  }
}

bool DatasetReader::is_streamed() const { return format_ == DocumentFormat::nquads || format_ == DocumentFormat::ntriples; }

void DatasetReader::refuse(const RdfError& error, std::uint64_t lines_before) const {
  fail(Exit::usage,
       fmt::format("{}:{}:{}: {}", path_, lines_before + error.at.line, error.at.column, storage::rdf::to_string(error.code)));
}

std::optional<DatasetPart> DatasetReader::next() { return is_streamed() ? next_streamed() : next_of_document(); }

bool DatasetReader::hold_line() {
  std::string raw;
  while (!held_line_ && std::getline(in_, raw)) {
    ++line_;
    read_position_ = std::min(read_position_ + raw.size() + 1, file_bytes_);
    CanonicalDataset one(2 * line_bytes_max);
    GraphSink sink(one, options_.graph);
    const Syntax syntax = format_ == DocumentFormat::ntriples ? Syntax::ntriples : Syntax::nquads;
    if (const auto scanned = scan_nquads(as_bytes(raw), syntax, sink); !scanned) refuse(scanned.error(), line_ - 1);
    one.finish();
    if (one.lines().empty()) continue;  // a comment or an empty line
    held_line_ = std::string(one.lines().front());
    if (held_line_->size() + 1 + kTransactionOverheadBytes > options_.limits.transaction_bytes_max)
      refuse({RdfErrc::line_exceeds_transaction, {1, 1}}, line_ - 1);
  }
  return held_line_.has_value();
}

std::optional<DatasetPart> DatasetReader::next_streamed() {
  DatasetPart part;
  std::size_t bytes = kTransactionOverheadBytes;
  while (hold_line() && bytes + held_line_->size() + 1 <= options_.limits.transaction_bytes_max &&
         part.lines.size() < options_.limits.quads_max) {
    bytes += held_line_->size() + 1;
    part.lines.push_back(std::move(*held_line_));
    held_line_.reset();
    part.next_position = read_position_;
  }
  if (part.lines.empty()) return std::nullopt;
  std::sort(part.lines.begin(), part.lines.end());
  part.lines.erase(std::unique(part.lines.begin(), part.lines.end()), part.lines.end());
  return part;
}

void DatasetReader::load_document() {
  loaded_ = true;
  const std::string text = read_file(path_);
  CanonicalDataset dataset(2 * text.size() + (64U << 20));
  GraphSink sink(dataset, options_.graph);
  if (const auto read = read_document(as_bytes(text), format_, "", sink); !read) refuse(read.error(), 0);
  dataset.finish();
  const auto batches = split_into_batches(dataset.lines(), options_.limits);
  if (!batches) refuse(batches.error(), 0);
  for (const Lines& batch : *batches) parts_.push_back({{batch.begin(), batch.end()}, parts_.size() + 1});
  parts_.erase(parts_.begin(), parts_.begin() + static_cast<std::ptrdiff_t>(std::min<std::uint64_t>(begin_, parts_.size())));
  std::reverse(parts_.begin(), parts_.end());
  read_position_ = file_bytes_;
}

std::optional<DatasetPart> DatasetReader::next_of_document() {
  if (!loaded_) load_document();
  if (parts_.empty()) return std::nullopt;
  DatasetPart part = std::move(parts_.back());
  parts_.pop_back();
  return part;
}

}  // namespace provchain::cli
