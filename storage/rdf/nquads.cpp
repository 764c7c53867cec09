// SPDX-License-Identifier: Apache-2.0
#include "storage/rdf/nquads.hpp"

#include <algorithm>
#include <cstring>

#include "storage/rdf/characters.hpp"

namespace provchain::storage::rdf {
namespace {

std::string_view view_of(const std::uint8_t* from, const std::uint8_t* to) {
  return {reinterpret_cast<const char*>(from), static_cast<std::size_t>(to - from)};
}

const std::uint8_t* find_byte(const std::uint8_t* from, const std::uint8_t* to, std::uint8_t byte) {
  if (from == to) return nullptr;
  return static_cast<const std::uint8_t*>(std::memchr(from, byte, static_cast<std::size_t>(to - from)));
}

// Characters, not bytes: what an editor shows.
std::uint64_t column_of(const std::uint8_t* line_start, const std::uint8_t* at) {
  return 1 + static_cast<std::uint64_t>(std::count_if(line_start, at, [](std::uint8_t byte) { return (byte & 0xC0) != 0x80; }));
}

}  // namespace

void NQuadsScanner::reset(Bytes text, std::uint64_t line) {
  at_ = text.data();
  end_ = at_ + text.size();
  segment_end_ = at_;
  line_start_ = at_;
  line_ = line;
}

Result<bool, RdfError> NQuadsScanner::next(Quad& quad) {
  while (!error_) {
    if (at_ == segment_end_ && !open_segment()) break;
    if (syntax_ == Syntax::canonical_nquads) {
      if (at_line_end() || *at_ == '#') {
        (void)fail(RdfErrc::line_without_statement, at_);
        break;
      }
      if (scan_statement(quad)) return true;
      break;
    }
    skip_blanks();
    if (!skip_comment()) break;
    if (at_line_end()) {
      take_line_end();
      continue;
    }
    if (scan_statement(quad)) return true;
  }
  if (error_) return std::unexpected(*error_);
  return false;
}

// Finds the next LF, so that everything below is bounded by one line. False at the end of the text, or with an error.
bool NQuadsScanner::open_segment() {
  if (at_ == end_) return false;
  line_start_ = at_;
  const std::size_t left = static_cast<std::size_t>(end_ - at_);
  const Pointer limit = at_ + std::min(left, line_bytes_max + 1);
  const Pointer newline = find_byte(at_, limit, '\n');
  if (newline == nullptr && left > line_bytes_max) return fail(RdfErrc::line_too_long, at_);
  if (newline == nullptr && syntax_ == Syntax::canonical_nquads) return fail(RdfErrc::missing_final_newline, end_);
  segment_end_ = newline == nullptr ? end_ : newline + 1;
  return true;
}

// CR, LF and CR LF each end one line.
void NQuadsScanner::take_line_end() {
  if (at_ == segment_end_) return;
  if (*at_ == '\r') ++at_;
  if (at_ != segment_end_ && *at_ == '\n') ++at_;
  ++line_;
  line_start_ = at_;
}

bool NQuadsScanner::fail(RdfErrc code, Pointer at) {
  error_ = RdfError{code, {line_, column_of(line_start_, at)}};
  return false;
}

void NQuadsScanner::skip_blanks() {
  while (at_ != segment_end_ && (*at_ == ' ' || *at_ == '\t')) ++at_;
}

bool NQuadsScanner::skip_comment() {
  if (at_ == segment_end_ || *at_ != '#') return true;
  while (!at_line_end()) {
    const characters::Decoded decoded = characters::decode_utf8(at_, segment_end_);
    if (decoded.bytes == 0) return fail(RdfErrc::bad_utf8, at_);
    at_ += decoded.bytes;
  }
  return true;
}

bool NQuadsScanner::scan_statement(Quad& quad) {
  const Pointer start = at_;
  scratch_used_ = 0;
  quad.at = {line_, column_of(line_start_, start)};
  quad.graph = {};
  if (*at_ == '<') {
    if (!scan_iri(quad.subject)) return false;
  } else if (*at_ == '_') {
    if (!scan_blank_node(quad.subject)) return false;
  } else {
    return fail(RdfErrc::expected_subject, at_);
  }
  if (!scan_separator()) return false;
  if (at_ == segment_end_ || *at_ != '<') return fail(RdfErrc::expected_predicate, at_);
  if (!scan_iri(quad.predicate) || !scan_separator()) return false;
  if (at_ == segment_end_) return fail(RdfErrc::expected_object, at_);
  if (*at_ == '<') {
    if (!scan_iri(quad.object)) return false;
  } else if (*at_ == '"') {
    if (!scan_literal(quad.object)) return false;
  } else if (*at_ == '_') {
    if (!scan_blank_node(quad.object)) return false;
  } else {
    return fail(RdfErrc::expected_object, at_);
  }
  if (!scan_separator()) return false;
  if (at_ != segment_end_ && (*at_ == '<' || *at_ == '_')) {
    if (syntax_ == Syntax::ntriples) return fail(RdfErrc::unexpected_graph, at_);
    if (!(*at_ == '<' ? scan_iri(quad.graph) : scan_blank_node(quad.graph)) || !scan_separator()) return false;
  }
  return scan_dot(quad, start);
}

bool NQuadsScanner::scan_separator() {
  if (syntax_ != Syntax::canonical_nquads) {
    skip_blanks();
    return true;
  }
  if (at_ == segment_end_ || *at_ != ' ') return fail(RdfErrc::space_not_canonical, at_);
  ++at_;
  if (*at_ == ' ' || *at_ == '\t') return fail(RdfErrc::space_not_canonical, at_);  // a LF follows in any case: there is a byte
  return true;
}

bool NQuadsScanner::scan_dot(Quad& quad, Pointer start) {
  if (at_ == segment_end_ || *at_ != '.')
    return fail(
        quad.graph.kind == TermKind::none && syntax_ != Syntax::ntriples ? RdfErrc::expected_graph_or_dot : RdfErrc::expected_dot,
        at_);
  ++at_;
  quad.line = view_of(start, at_);
  return scan_rest_of_line();
}

bool NQuadsScanner::scan_rest_of_line() {
  if (syntax_ == Syntax::canonical_nquads) {
    if (*at_ != '\n')
      return fail(*at_ == '#' || *at_ == '\r' || *at_ == ' ' ? RdfErrc::space_not_canonical : RdfErrc::expected_line_end, at_);
  } else {
    skip_blanks();
    if (!skip_comment()) return false;
    if (!at_line_end()) return fail(RdfErrc::expected_line_end, at_);
  }
  take_line_end();
  return true;
}

bool NQuadsScanner::finish_term(Term& term, Pointer start) {
  term.text = view_of(start, at_);
  if (term.text.size() > limits::term_bytes_max) return fail(RdfErrc::term_too_long, start);
  return true;
}

bool NQuadsScanner::scan_iri(Term& term) {
  const Pointer start = at_;
  Pointer at = at_ + 1;
  for (;;) {
    while (at != segment_end_ && characters::is(*at, characters::iri)) ++at;
    if (at == segment_end_) return fail(RdfErrc::unterminated_iri, start);
    if (*at == '>') break;
    if (*at == '\\') return scan_escaped_iri(term, start);
    if (*at == '\n' || *at == '\r') return fail(RdfErrc::unterminated_iri, start);
    if (*at < 0x80) return fail(RdfErrc::bad_iri_character, at);
    const characters::Decoded decoded = characters::decode_utf8(at, segment_end_);
    if (decoded.bytes == 0) return fail(RdfErrc::bad_utf8, at);
    at += decoded.bytes;
  }
  term.kind = TermKind::iri;
  term.value = view_of(start + 1, at);
  term.datatype = {};
  term.language = {};
  if (!is_absolute(term.value)) return fail(RdfErrc::relative_iri, start);
  at_ = at + 1;
  return finish_term(term, start);
}

// The slow road: the IRI once more, with its escapes resolved into the scratch bytes.
bool NQuadsScanner::scan_escaped_iri(Term& term, Pointer start) {
  char* const value = scratch_for(static_cast<std::size_t>(segment_end_ - start));
  char* to = value;
  at_ = start + 1;
  for (;;) {
    if (at_ == segment_end_ || *at_ == '\n' || *at_ == '\r') return fail(RdfErrc::unterminated_iri, start);
    if (*at_ == '>') break;
    const Pointer from = at_;
    if (*at_ == '\\') {
      std::uint32_t code = 0;
      if (!scan_escape(code, true)) return false;
      if (code < 0x80 && !characters::is(static_cast<std::uint8_t>(code), characters::iri))
        return fail(RdfErrc::bad_iri_character, from);
      to += characters::encode_utf8(code, to);
      continue;
    }
    const characters::Decoded decoded = characters::decode_utf8(at_, segment_end_);
    if (decoded.bytes == 0) return fail(RdfErrc::bad_utf8, at_);
    if (decoded.code_point < 0x80 && !characters::is(*at_, characters::iri)) return fail(RdfErrc::bad_iri_character, at_);
    std::memcpy(to, from, decoded.bytes);
    to += decoded.bytes;
    at_ += decoded.bytes;
  }
  term.kind = TermKind::iri;
  term.value = {value, static_cast<std::size_t>(to - value)};
  term.datatype = {};
  term.language = {};
  scratch_used_ += term.value.size();
  if (!is_absolute(term.value)) return fail(RdfErrc::relative_iri, start);
  ++at_;
  return finish_term(term, start);
}

bool NQuadsScanner::scan_blank_node(Term& term) {
  const Pointer start = at_;
  if (segment_end_ - at_ < 3 || at_[1] != ':') return fail(RdfErrc::bad_blank_node_label, start);
  Pointer at = at_ + 2;
  Pointer label_end = at;  // behind the last character that is not a dot
  while (at != segment_end_) {
    const characters::Decoded decoded = characters::decode_utf8(at, segment_end_);
    if (decoded.bytes == 0) return fail(RdfErrc::bad_utf8, at);
    const bool is_first = at == start + 2;
    const bool is_dot = decoded.code_point == '.' && !is_first;
    const bool fits = is_first ? characters::is_label_start(decoded.code_point) : characters::is_label(decoded.code_point);
    if (!fits && !is_dot) break;
    at += decoded.bytes;
    if (!is_dot) label_end = at;
  }
  if (label_end == start + 2) return fail(RdfErrc::bad_blank_node_label, start);
  at_ = label_end;
  term.kind = TermKind::blank_node;
  term.value = view_of(start + 2, label_end);
  term.datatype = {};
  term.language = {};
  return finish_term(term, start);
}

bool NQuadsScanner::scan_literal(Term& term) {
  const Pointer start = at_;
  Pointer at = at_ + 1;
  for (;;) {
    while (at != segment_end_ && characters::is(*at, characters::literal)) ++at;
    if (at == segment_end_ || *at == '\n' || *at == '\r') return fail(RdfErrc::unterminated_literal, start);
    if (*at == '"') {
      term.value = view_of(start + 1, at);
      at_ = at + 1;
      break;
    }
    if (*at == '\\') {
      if (!scan_escaped_string(term.value, start, at)) return false;
      break;
    }
    if (*at < 0x80) {
      if (syntax_ == Syntax::canonical_nquads) return fail(RdfErrc::escape_not_canonical, at);
      ++at;
      continue;
    }
    const characters::Decoded decoded = characters::decode_utf8(at, segment_end_);
    if (decoded.bytes == 0) return fail(RdfErrc::bad_utf8, at);
    at += decoded.bytes;
  }
  term.kind = TermKind::literal;
  term.datatype = xsd_string;
  term.language = {};
  const Pointer string_end = at_;
  if (syntax_ != Syntax::canonical_nquads) skip_blanks();
  if (at_ != segment_end_ && *at_ == '@') {
    if (!scan_language(term)) return false;
  } else if (at_ != segment_end_ && *at_ == '^') {
    if (!scan_datatype(term)) return false;
  } else {
    at_ = string_end;
  }
  return finish_term(term, start);
}

// The string from its first backslash on, with escapes resolved into the scratch bytes; leaves at_ behind the closing quote.
bool NQuadsScanner::scan_escaped_string(std::string_view& value, Pointer start, Pointer backslash) {
  char* const first = scratch_for(static_cast<std::size_t>(segment_end_ - start));
  const std::size_t plain_bytes = static_cast<std::size_t>(backslash - (start + 1));
  if (plain_bytes > 0) std::memcpy(first, start + 1, plain_bytes);
  char* to = first + plain_bytes;
  at_ = backslash;
  for (;;) {
    const Pointer from = at_;
    while (at_ != segment_end_ && characters::is(*at_, characters::literal)) ++at_;
    if (at_ != from) std::memcpy(to, from, static_cast<std::size_t>(at_ - from));
    to += at_ - from;
    if (at_ == segment_end_ || *at_ == '\n' || *at_ == '\r') return fail(RdfErrc::unterminated_literal, start);
    if (*at_ == '"') break;
    if (*at_ == '\\') {
      std::uint32_t code = 0;
      if (!scan_escape(code, false)) return false;
      to += characters::encode_utf8(code, to);
      continue;
    }
    if (*at_ < 0x80 && syntax_ == Syntax::canonical_nquads) return fail(RdfErrc::escape_not_canonical, at_);
    const characters::Decoded decoded = characters::decode_utf8(at_, segment_end_);
    if (decoded.bytes == 0) return fail(RdfErrc::bad_utf8, at_);
    std::memcpy(to, at_, decoded.bytes);
    to += decoded.bytes;
    at_ += decoded.bytes;
  }
  ++at_;
  value = {first, static_cast<std::size_t>(to - first)};
  scratch_used_ += value.size();
  return true;
}

bool NQuadsScanner::scan_language(Term& term) {
  const Pointer start = at_++;
  while (at_ != segment_end_ && (characters::is(*at_, characters::alpha | characters::digit) || *at_ == '-')) ++at_;
  term.language = view_of(start + 1, at_);
  term.datatype = rdf_lang_string;
  if (!is_language_tag(term.language)) return fail(RdfErrc::bad_language_tag, start);
  return true;
}

bool NQuadsScanner::scan_datatype(Term& term) {
  const Pointer start = at_;
  if (segment_end_ - at_ < 2 || at_[1] != '^') return fail(RdfErrc::expected_datatype, start);
  at_ += 2;
  if (syntax_ != Syntax::canonical_nquads) skip_blanks();
  if (at_ == segment_end_ || *at_ != '<') return fail(RdfErrc::expected_datatype, start);
  Term datatype;
  if (!scan_iri(datatype)) return false;
  term.datatype = datatype.value;
  if (term.datatype == rdf_lang_string) return fail(RdfErrc::language_string_without_tag, start);
  if (syntax_ == Syntax::canonical_nquads && term.datatype == xsd_string) return fail(RdfErrc::datatype_not_canonical, start);
  return true;
}

namespace {

// The number of hexadecimal digits behind \u or \U, 0 for any other letter.
int escape_digits(std::uint8_t letter) { return letter == 'u' ? 4 : letter == 'U' ? 8 : 0; }

// Absent (256) for a byte that is none of ECHAR's letters.
std::uint32_t escaped_character(std::uint8_t letter) {
  switch (letter) {
    case 't':
      return '\t';
    case 'b':
      return '\b';
    case 'n':
      return '\n';
    case 'r':
      return '\r';
    case 'f':
      return '\f';
    case '"':
      return '"';
    case '\'':
      return '\'';
    case '\\':
      return '\\';
    default:
      return 256;
  }
}

// Characters that canonical N-Quads spells \uXXXX.
bool is_canonical_numeric_escape(std::uint32_t code) {
  return code <= 0x07 || code == 0x0B || (code >= 0x0E && code <= 0x1F) || code == 0x7F;
}

}  // namespace

// At a backslash: resolves the escape and steps behind it.
bool NQuadsScanner::scan_escape(std::uint32_t& code, bool in_iri) {
  const Pointer start = at_;
  const bool canonical = syntax_ == Syntax::canonical_nquads;
  if (canonical && in_iri) return fail(RdfErrc::escape_not_canonical, start);
  if (segment_end_ - at_ < 2) return fail(RdfErrc::bad_escape, start);
  const std::uint8_t letter = at_[1];
  at_ += 2;
  const int digits = escape_digits(letter);
  if (digits == 0) {
    code = escaped_character(letter);
    if (code > 0xFF || in_iri) return fail(RdfErrc::bad_escape, start);
    if (canonical && letter == '\'') return fail(RdfErrc::escape_not_canonical, start);
    return true;
  }
  if (segment_end_ - at_ < digits) return fail(RdfErrc::bad_escape, start);
  bool has_lower_case = false;
  code = 0;
  for (int i = 0; i < digits; ++i, ++at_) {
    const std::uint8_t byte = *at_;
    std::uint32_t value = 0;
    if (byte >= '0' && byte <= '9') {
      value = byte - std::uint32_t{'0'};
    } else if (byte >= 'A' && byte <= 'F') {
      value = byte - std::uint32_t{'A'} + 10;
    } else if (byte >= 'a' && byte <= 'f') {
      value = byte - std::uint32_t{'a'} + 10;
      has_lower_case = true;
    } else {
      return fail(RdfErrc::bad_escape, start);
    }
    code = code << 4 | value;
  }
  if (code > 0x10FFFF || (code >= 0xD800 && code <= 0xDFFF)) return fail(RdfErrc::bad_code_point, start);
  if (canonical && (letter != 'u' || has_lower_case || !is_canonical_numeric_escape(code)))
    return fail(RdfErrc::escape_not_canonical, start);
  return true;
}

// Room for `bytes` resolved bytes. Sized once a statement for its whole line, so that the views of its earlier terms stay where
// they are.
char* NQuadsScanner::scratch_for(std::size_t bytes) {
  if (scratch_used_ == 0) {
    const std::size_t line_bytes = static_cast<std::size_t>(segment_end_ - line_start_);
    if (scratch_.size() < line_bytes) scratch_.resize(line_bytes);
  }
  PVC_CHECK(scratch_used_ + bytes <= scratch_.size());
  return scratch_.data() + scratch_used_;
}

}  // namespace provchain::storage::rdf
