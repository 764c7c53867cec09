// SPDX-License-Identifier: Apache-2.0
#include "storage/rdf/turtle.hpp"

#include <serd/serd.h>

#include <map>
#include <memory>
#include <optional>

#include "storage/rdf/iri_resolve.hpp"
#include "storage/rdf/turtle_scan.hpp"

namespace provchain::storage::rdf {
namespace {

std::string_view view_of(const SerdNode& node) { return {reinterpret_cast<const char*>(node.buf), node.n_bytes}; }

struct ReaderFree {
  void operator()(SerdReader* reader) const { serd_reader_free(reader); }
};

class TurtleReader {
 public:
  TurtleReader(Bytes text, const TurtleScan& scan, const TurtleOptions& options, QuadSink& sink)
      : text_(text), dots_(scan.dots_behind_integers), base_(options.base_iri), sink_(sink) {
    const SerdSyntax syntax = options.syntax == TurtleSyntax::turtle ? SERD_TURTLE : SERD_TRIG;
    reader_.reset(serd_reader_new(syntax, this, nullptr, on_base, on_prefix, on_statement, on_end));
    serd_reader_set_strict(reader_.get(), true);
    serd_reader_set_error_sink(reader_.get(), on_error, this);
  }

  Result<void, RdfError> run() {
    if (!base_.empty())
      if (const Result<void, RdfErrc> checked = check_iri(base_); !checked) return std::unexpected(RdfError{checked.error(), {}});
    // Pages of one byte: then the bytes given out say where the reader stands.
    const SerdStatus status = serd_reader_read_source(reader_.get(), give_bytes, has_failed, this, nullptr, 1);
    if (!error_ && (status != SERD_SUCCESS || serd_complained_ || !at_end_)) fail(RdfErrc::bad_turtle);
    if (error_) return std::unexpected(*error_);
    return {};
  }

 private:
  static TurtleReader& self(void* handle) { return *static_cast<TurtleReader*>(handle); }

  // Serd reads one character ahead.
  SerdStatus fail(RdfErrc code) {
    if (!error_) error_ = RdfError{code, position_of(text_, given_ == 0 || at_end_ ? given_ : given_ - 1)};
    return SERD_ERR_BAD_ARG;
  }

  static std::size_t give_bytes(void* buffer, std::size_t, std::size_t, void* handle) {
    TurtleReader& reader = self(handle);
    if (reader.given_ == reader.text_.size()) {
      reader.at_end_ = true;
      return 0;
    }
    const bool parts_integer = reader.next_dot_ < reader.dots_.size() && reader.dots_[reader.next_dot_] == reader.given_;
    *static_cast<std::uint8_t*>(buffer) = parts_integer ? std::uint8_t{' '} : reader.text_[reader.given_];
    parts_integer ? ++reader.next_dot_ : ++reader.given_;
    return 1;
  }
  static int has_failed(void*) { return 0; }

  static SerdStatus on_error(void* handle, const SerdError*) {
    self(handle).serd_complained_ = true;
    return SERD_SUCCESS;
  }
  static SerdStatus on_end(void*, const SerdNode*) { return SERD_SUCCESS; }

  static SerdStatus on_base(void* handle, const SerdNode* iri) {
    TurtleReader& reader = self(handle);
    std::string resolved;
    if (!reader.resolve(view_of(*iri), resolved)) return SERD_ERR_BAD_ARG;
    reader.base_ = std::move(resolved);
    return SERD_SUCCESS;
  }

  static SerdStatus on_prefix(void* handle, const SerdNode* name, const SerdNode* iri) {
    TurtleReader& reader = self(handle);
    std::string resolved;
    if (!reader.resolve(view_of(*iri), resolved)) return SERD_ERR_BAD_ARG;
    reader.prefixes_.insert_or_assign(std::string(view_of(*name)), std::move(resolved));
    return SERD_SUCCESS;
  }

  static SerdStatus on_statement(void* handle, SerdStatementFlags, const SerdNode* graph, const SerdNode* subject,
                                 const SerdNode* predicate, const SerdNode* object, const SerdNode* datatype,
                                 const SerdNode* language) {
    return self(handle).take_statement(graph, subject, predicate, object, datatype, language);
  }

  // A name with a scheme stays as it is; another is resolved against the base in force.
  bool resolve(std::string_view iri, std::string& resolved) {
    if (is_absolute(iri)) {
      resolved.assign(iri);
    } else if (base_.empty()) {
      fail(RdfErrc::relative_iri);
      return false;
    } else {
      resolved = resolve_iri(base_, iri);
    }
    if (const Result<void, RdfErrc> checked = check_iri(resolved); !checked) {
      fail(checked.error());
      return false;
    }
    return true;
  }

  bool expand(const SerdNode& node, std::string& iri) {
    if (node.type == SERD_URI) return resolve(view_of(node), iri);
    const std::string_view name = view_of(node);
    const std::size_t colon = name.find(':');
    const auto prefix = colon == std::string_view::npos ? prefixes_.end() : prefixes_.find(name.substr(0, colon));
    if (prefix == prefixes_.end()) {
      fail(RdfErrc::bad_turtle);
      return false;
    }
    iri = prefix->second;
    iri += name.substr(colon + 1);
    return true;
  }

  // `owned` keeps the term's IRI while the sink looks at it.
  bool make_term(const SerdNode* node, std::string& owned, Term& term) {
    term = {};
    if (node == nullptr || node->type == SERD_NOTHING) return true;
    if (node->type == SERD_BLANK) {
      term.kind = TermKind::blank_node;
      term.value = view_of(*node);
      return true;
    }
    if (node->type == SERD_LITERAL) {
      term.kind = TermKind::literal;
      term.value = view_of(*node);
      term.datatype = xsd_string;
      return true;
    }
    term.kind = TermKind::iri;
    if (!expand(*node, owned)) return false;
    term.value = owned;
    return true;
  }

  SerdStatus take_statement(const SerdNode* graph, const SerdNode* subject, const SerdNode* predicate, const SerdNode* object,
                            const SerdNode* datatype, const SerdNode* language) {
    if (error_) return SERD_ERR_BAD_ARG;
    Quad quad;
    if (!make_term(subject, owned_[0], quad.subject) || !make_term(predicate, owned_[1], quad.predicate) ||
        !make_term(object, owned_[2], quad.object) || !make_term(graph, owned_[3], quad.graph))
      return SERD_ERR_BAD_ARG;
    if (datatype != nullptr && datatype->type != SERD_NOTHING) {
      if (!expand(*datatype, owned_[4])) return SERD_ERR_BAD_ARG;
      quad.object.datatype = owned_[4];
    }
    if (language != nullptr && language->type != SERD_NOTHING) {
      quad.object.language = view_of(*language);
      quad.object.datatype = rdf_lang_string;
    }
    if (const Result<void, RdfErrc> checked = check_quad(quad); !checked) return fail(checked.error());
    if (const Result<void, RdfErrc> taken = sink_.on_quad(quad); !taken) return fail(taken.error());
    return SERD_SUCCESS;
  }

  Bytes text_;
  const std::vector<std::size_t>& dots_;
  std::string base_;
  QuadSink& sink_;
  std::unique_ptr<SerdReader, ReaderFree> reader_;
  std::map<std::string, std::string, std::less<>> prefixes_;
  std::string owned_[5];
  std::size_t given_ = 0;
  std::size_t next_dot_ = 0;
  bool at_end_ = false;
  bool serd_complained_ = false;
  std::optional<RdfError> error_;
};

}  // namespace

Result<void, RdfError> read_turtle(Bytes text, const TurtleOptions& options, QuadSink& sink) {
  if (text.size() > options.document_bytes_max) return std::unexpected(RdfError{RdfErrc::document_too_large, {}});
  if (text.empty()) return {};  // Serd calls this a failure
  PVC_TRY(const TurtleScan scan, scan_turtle(text, options.syntax == TurtleSyntax::trig));
  return TurtleReader(text, scan, options, sink).run();
}

}  // namespace provchain::storage::rdf
