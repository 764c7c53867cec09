// SPDX-License-Identifier: Apache-2.0
#include <cstring>

#include "storage/rdf/nquads.hpp"

namespace provchain::storage::rdf {

void NQuadsReader::extend(Bytes chunk) {
  PVC_CHECK(!ended_ && taken_ == opened_);  // bytes that the scanner works on must not move under it
  held_.erase(held_.begin(), held_.begin() + static_cast<std::ptrdiff_t>(taken_));
  searched_ -= taken_;
  taken_ = opened_ = 0;
  append(held_, chunk);
}

Result<ReadStep, RdfError> NQuadsReader::next(Quad& quad) {
  for (;;) {
    PVC_TRY(const bool found, scanner_.next(quad));
    if (found) return ReadStep::quad;
    taken_ = opened_;
    std::size_t line_end = held_.size();
    if (!ended_) {
      while (line_end > searched_ && held_[line_end - 1] != '\n') --line_end;
      if (line_end == searched_) line_end = taken_;
      searched_ = held_.size();
      // A line that is too long already is refused now: the scanner says so as it would for the whole document.
      if (line_end == taken_ && held_.size() - taken_ > line_bytes_max) line_end = held_.size();
    }
    if (line_end == taken_) return ended_ ? ReadStep::finished : ReadStep::need_more;
    opened_ = line_end;
    scanner_.reset(Bytes(held_).subspan(taken_, opened_ - taken_), scanner_.line());
  }
}

Result<void, RdfError> scan_nquads(Bytes text, Syntax syntax, QuadSink& sink) {
  NQuadsScanner scanner(text, syntax);
  Quad quad;
  for (;;) {
    PVC_TRY(const bool found, scanner.next(quad));
    if (!found) return {};
    if (const Result<void, RdfErrc> taken = sink.on_quad(quad); !taken) return std::unexpected(RdfError{taken.error(), quad.at});
  }
}

}  // namespace provchain::storage::rdf
