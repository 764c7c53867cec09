// SPDX-License-Identifier: Apache-2.0
#include "storage/rdf/turtle_scan.hpp"

#include <algorithm>
#include <optional>
#include <string_view>

#include "storage/rdf/characters.hpp"

namespace provchain::storage::rdf {
namespace {

// Walks the tokens of a document just closely enough to tell brackets from text.
class TurtleScanner {
 public:
  TurtleScanner(Bytes text, bool has_graphs) : text_(as_text(text)), has_graphs_(has_graphs) {}

  Result<TurtleScan, RdfError> run() {
    check_characters();
    while (!error_ && at_ < text_.size()) step();
    if (error_) return std::unexpected(*error_);
    return std::move(scan_);
  }

 private:
  void fail(RdfErrc code, std::size_t offset) {
    if (!error_) error_ = RdfError{code, position_of(as_bytes(text_), offset)};
  }

  void check_characters() {
    const Bytes bytes = as_bytes(text_);
    const std::uint8_t* const end = bytes.data() + bytes.size();
    for (const std::uint8_t* at = bytes.data(); at != end;) {
      const characters::Decoded decoded = characters::decode_utf8(at, end);
      const std::size_t offset = static_cast<std::size_t>(at - bytes.data());
      if (decoded.bytes == 0) return fail(RdfErrc::bad_utf8, offset);
      if (decoded.code_point == 0) return fail(RdfErrc::nul_character, offset);
      at += decoded.bytes;
    }
  }

  void step() {
    switch (text_[at_]) {
      case '#':
        at_ = std::min(text_.find_first_of("\r\n", at_), text_.size());
        return;
      case '<':
        return skip_iri();
      case '"':
      case '\'':
        return skip_string();
      case '[':
      case '(':
        if (++depth_ > turtle_nesting_max) return fail(RdfErrc::nesting_too_deep, at_);
        break;
      case ']':
      case ')':
        if (depth_ > 0) --depth_;
        break;
      case '{':
      case '}':
        if (!has_graphs_) return fail(RdfErrc::unexpected_graph, at_);
        break;
      case ' ':
      case '\t':
      case '\r':
      case '\n':
      case '>':
      case ';':
      case ',':
        break;
      default:
        return skip_word();
    }
    ++at_;
  }

  void skip_iri() {
    for (++at_; at_ < text_.size() && text_[at_] != '>'; ++at_)
      if (text_[at_] == '\\') check_escape();
    ++at_;
  }

  void skip_string() {
    const char quote = text_[at_];
    const std::string_view rest = text_.substr(at_);
    const bool is_long = rest.size() >= 3 && rest[1] == quote && rest[2] == quote;
    const std::size_t quote_count = is_long ? 3 : 1;
    for (at_ += quote_count; at_ < text_.size(); ++at_) {
      if (text_[at_] == '\\') {
        check_escape();
        ++at_;  // whatever stands there, it does not end the string
        continue;
      }
      if (!is_long && text_[at_] == '\n') return;  // the reader refuses this string; brackets behind it are counted all the same
      if (text_[at_] != quote) continue;
      if (!is_long || (text_.size() - at_ >= 3 && text_[at_ + 1] == quote && text_[at_ + 2] == quote)) {
        at_ += quote_count;
        return;
      }
    }
  }

  // At a backslash: the character that \uXXXX or \UXXXXXXXX names must be one.
  void check_escape() {
    const std::string_view rest = text_.substr(at_ + 1);
    const std::size_t digits = rest.starts_with('u') ? 4 : rest.starts_with('U') ? 8 : 0;
    if (digits == 0 || rest.size() <= digits) return;
    std::uint32_t code = 0;
    for (const char c : rest.substr(1, digits)) {
      const std::size_t value =
          std::string_view("0123456789abcdef").find(c >= 'A' && c <= 'F' ? static_cast<char>(c - 'A' + 'a') : c);
      if (value == std::string_view::npos) return;
      code = code << 4 | static_cast<std::uint32_t>(value);
    }
    if (code == 0) fail(RdfErrc::nul_character, at_);
    if (code > 0x10FFFF || (code >= 0xD800 && code <= 0xDFFF)) fail(RdfErrc::bad_code_point, at_);
  }

  // Names, numbers, keywords, dots: up to the next character that no word contains unescaped.
  void skip_word() {
    const std::size_t begin = at_;
    while (at_ < text_.size() && std::string_view(" \t\r\n<>\"'[](){};,#").find(text_[at_]) == std::string_view::npos)
      at_ = std::min(at_ + (text_[at_] == '\\' ? 2 : 1), text_.size());
    const std::string_view word = text_.substr(begin, at_ - begin);
    const std::size_t first_digit = word[0] == '+' || word[0] == '-' ? 1 : 0;
    const std::size_t dot = word.find_first_not_of("0123456789", first_digit);
    if (dot == std::string_view::npos || dot == first_digit || word[dot] != '.') return;
    const bool is_fraction =
        dot + 1 < word.size() && std::string_view("0123456789eE").find(word[dot + 1]) != std::string_view::npos;
    if (!is_fraction) scan_.dots_behind_integers.push_back(begin + dot);
  }

  std::string_view text_;
  bool has_graphs_;
  std::size_t at_ = 0;
  std::size_t depth_ = 0;
  TurtleScan scan_;
  std::optional<RdfError> error_;
};

}  // namespace

Result<TurtleScan, RdfError> scan_turtle(Bytes text, bool has_graphs) { return TurtleScanner(text, has_graphs).run(); }

Position position_of(Bytes text, std::size_t offset) {
  Position position;
  for (std::size_t i = 0; i < std::min(offset, text.size()); ++i) {
    const std::uint8_t byte = text[i];
    const bool ends_line = byte == '\n' || (byte == '\r' && (i + 1 == text.size() || text[i + 1] != '\n'));
    if (ends_line) {
      ++position.line;
      position.column = 1;
    } else if ((byte & 0xC0) != 0x80) {
      ++position.column;
    }
  }
  return position;
}

}  // namespace provchain::storage::rdf
