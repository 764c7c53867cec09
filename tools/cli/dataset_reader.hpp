// SPDX-License-Identifier: Apache-2.0
// Cuts one RDF file into parts that each fit a transaction. N-Quads and N-Triples are streamed: a part is as many lines as fit,
// so a file of any size needs the memory of one part. Turtle and TriG are read whole, because their statements may span the file.
// A file that fits one transaction is one.
#pragma once

#include <cstdint>
#include <fstream>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "storage/rdf/canonical.hpp"
#include "storage/rdf/document.hpp"
#include "storage/rdf/tx_build.hpp"

namespace provchain::cli {

struct ReadOptions {
  std::string graph;  // not empty: the graph that quads of the default graph go to
  storage::rdf::BatchLimits limits;
};

// The canonical lines of one transaction.
struct DatasetPart {
  std::vector<std::string> lines;   // without LF, strictly ascending
  std::uint64_t next_position = 0;  // where to begin for what comes behind this part
};

class DatasetReader {
 public:
  // Begins at `position`, which an earlier part named (0: at the beginning); the file and the options are those of then. Bytes
  // for streamed files, parts for documents. Fails with Exit::usage: cannot be read, unknown extension.
  DatasetReader(std::string path, ReadOptions options, std::uint64_t position);

  [[nodiscard]] std::uint64_t file_bytes() const { return file_bytes_; }
  [[nodiscard]] std::uint64_t bytes_read() const { return read_position_; }
  // Absent at the end. Fails with Exit::usage and file:line:column for a line that is not RDF this ledger takes.
  std::optional<DatasetPart> next();

 private:
  [[nodiscard]] bool is_streamed() const;
  // Reads on to the next statement, unless one is held already. False at the end.
  bool hold_line();
  std::optional<DatasetPart> next_streamed();
  std::optional<DatasetPart> next_of_document();
  void load_document();
  [[noreturn]] void refuse(const storage::rdf::RdfError& error, std::uint64_t lines_before) const;

  std::string path_;
  ReadOptions options_;
  storage::rdf::DocumentFormat format_{};
  std::uint64_t file_bytes_ = 0;
  std::uint64_t begin_;
  std::uint64_t read_position_ = 0;
  std::uint64_t line_ = 0;  // lines read so far
  std::ifstream in_;
  std::optional<std::string> held_line_;  // read, not in a part yet
  std::vector<DatasetPart> parts_;        // of a document, last first
  bool loaded_ = false;
};

}  // namespace provchain::cli
