// SPDX-License-Identifier: Apache-2.0
#include "storage/index/term_id.hpp"

#include <algorithm>
#include <bit>
#include <charconv>

namespace provchain::storage {
namespace {

constexpr std::string_view kIntegerSuffix = "\"^^<http://www.w3.org/2001/XMLSchema#integer>";
constexpr std::string_view kTrue = "\"true\"^^<http://www.w3.org/2001/XMLSchema#boolean>";
constexpr std::string_view kFalse = "\"false\"^^<http://www.w3.org/2001/XMLSchema#boolean>";
constexpr std::size_t kShortStringMax = 7;
constexpr std::int64_t kIntegerMax = (std::int64_t{1} << 59) - 1;

std::uint64_t zigzag(std::int64_t value) {
  return static_cast<std::uint64_t>(value) << 1 ^ static_cast<std::uint64_t>(value >> 63);
}
std::int64_t unzigzag(std::uint64_t coded) {
  return static_cast<std::int64_t>(coded >> 1) ^ -static_cast<std::int64_t>(coded & 1);
}

// Canonical: what std::to_string gives back, so no plus, no leading zeros, no minus zero.
std::optional<std::int64_t> canonical_integer(std::string_view digits) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (error != std::errc{} || end != digits.data() + digits.size()) return std::nullopt;
  if (value > kIntegerMax || value < -kIntegerMax || std::to_string(value) != digits) return std::nullopt;
  return value;
}

bool is_inline_character(char character) {
  return character >= 0x20 && character < 0x7f && character != '"' && character != '\\';
}

std::optional<std::uint64_t> short_string(std::string_view text) {
  if (text.size() > kShortStringMax || !std::ranges::all_of(text, is_inline_character)) return std::nullopt;
  std::uint64_t payload = 0;
  for (const char character : text) payload = payload << 8 | static_cast<std::uint8_t>(character);
  return payload;
}

std::optional<std::string> short_string_spelling(std::uint64_t payload) {
  std::string text;
  for (; payload != 0; payload >>= 8) text.push_back(static_cast<char>(payload & 0xff));
  if (text.size() > kShortStringMax || !std::ranges::all_of(text, is_inline_character)) return std::nullopt;
  std::ranges::reverse(text);
  return '"' + text + '"';
}

}  // namespace

std::string minted_graph_term(const TxId& id) { return "<urn:provchain:tx:" + id.hex() + ">"; }

std::optional<TermId> inline_term(std::string_view spelling) {
  if (spelling.size() < 2 || spelling.front() != '"') return std::nullopt;
  if (spelling == kTrue) return make_term_id(TermTag::boolean, 1);
  if (spelling == kFalse) return make_term_id(TermTag::boolean, 0);
  if (spelling.ends_with(kIntegerSuffix)) {
    const auto value = canonical_integer(spelling.substr(1, spelling.size() - 1 - kIntegerSuffix.size()));
    if (!value) return std::nullopt;
    return make_term_id(TermTag::integer, zigzag(*value));
  }
  if (spelling.back() != '"') return std::nullopt;
  const auto payload = short_string(spelling.substr(1, spelling.size() - 2));
  if (!payload) return std::nullopt;
  return make_term_id(TermTag::short_string, *payload);
}

std::optional<std::string> inline_spelling(TermId id) {
  const std::uint64_t payload = payload_of(id);
  switch (tag_of(id)) {
    case static_cast<std::uint8_t>(TermTag::integer):
      // One code stands for −2^59, whose magnitude does not fit: inline_term never gives it.
      if (payload == term_payload_max) return std::nullopt;
      return '"' + std::to_string(unzigzag(payload)) + std::string(kIntegerSuffix);
    case static_cast<std::uint8_t>(TermTag::boolean):
      if (payload > 1) return std::nullopt;
      return std::string(payload == 1 ? kTrue : kFalse);
    case static_cast<std::uint8_t>(TermTag::short_string):
      return short_string_spelling(payload);
    default:
      return std::nullopt;
  }
}

void append_term_key(ByteVector& key, TermId id) {
  const std::uint64_t payload = payload_of(id);
  const auto count = static_cast<std::size_t>(std::bit_width(payload) + 7) / 8;
  key.push_back(static_cast<std::uint8_t>(std::size_t{tag_of(id)} << 4 | count));
  for (std::size_t i = count; i > 0; --i) key.push_back(static_cast<std::uint8_t>(payload >> (8 * (i - 1))));
}

std::optional<TermId> take_term_key(Bytes& key) {
  if (key.empty()) return std::nullopt;
  const std::uint64_t tag = key[0] >> 4;
  const std::size_t count = key[0] & 0xf;
  if (count > 8 || key.size() < 1 + count) return std::nullopt;
  std::uint64_t payload = 0;
  for (std::size_t i = 1; i <= count; ++i) payload = payload << 8 | key[i];
  if (payload > term_payload_max || (count != 0 && key[1] == 0)) return std::nullopt;
  key = key.subspan(1 + count);
  return TermId(tag << 60 | payload);
}

}  // namespace provchain::storage
