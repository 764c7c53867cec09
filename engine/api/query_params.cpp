// SPDX-License-Identifier: Apache-2.0
#include "engine/api/query_params.hpp"

#include <algorithm>
#include <charconv>

namespace provchain::api {
namespace {

constexpr std::size_t kLimitDefault = 100;

std::optional<unsigned> hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return std::nullopt;
}

}  // namespace

std::optional<std::string> percent_decode(std::string_view text, bool plus_is_space) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      out.push_back(text[i] == '+' && plus_is_space ? ' ' : text[i]);
      continue;
    }
    if (text.size() - i < 3) return std::nullopt;
    const auto high = hex_digit(text[i + 1]);
    const auto low = hex_digit(text[i + 2]);
    if (!high || !low) return std::nullopt;
    out.push_back(static_cast<char>(*high << 4 | *low));
    i += 2;
  }
  return out;
}

Result<QueryParams, Problem> QueryParams::parse(std::string_view query) {
  QueryParams params;
  while (!query.empty()) {
    const std::string_view part = query.substr(0, query.find('&'));
    query.remove_prefix(std::min(query.size(), part.size() + 1));
    if (part.empty()) continue;
    const std::size_t equals = std::min(part.find('='), part.size());
    auto name = percent_decode(part.substr(0, equals), true);
    auto value = percent_decode(part.substr(std::min(equals + 1, part.size())), true);
    if (!name || !value)
      return std::unexpected(bad_parameter(part.substr(0, equals), "a percent sign needs two hex digits behind it"));
    params.parameters_.push_back({*std::move(name), *std::move(value)});
  }
  return params;
}

Result<void, Problem> QueryParams::check_known(std::span<const std::string_view> known) const {
  for (const Parameter& parameter : parameters_) {
    if (std::ranges::find(known, parameter.name) == known.end())
      return std::unexpected(bad_parameter(parameter.name, "not a parameter of this resource"));
    if (std::ranges::count(parameters_, parameter.name, &Parameter::name) > 1)
      return std::unexpected(bad_parameter(parameter.name, "given twice"));
  }
  return {};
}

const QueryParams::Parameter* QueryParams::find(std::string_view name) const {
  const auto at = std::ranges::find(parameters_, name, &Parameter::name);
  return at == parameters_.end() ? nullptr : &*at;
}

std::optional<std::string_view> QueryParams::text(std::string_view name) const {
  const Parameter* parameter = find(name);
  if (parameter == nullptr || parameter->value.empty()) return std::nullopt;
  return std::string_view(parameter->value);
}

Result<std::optional<std::uint64_t>, Problem> QueryParams::number(std::string_view name, std::uint64_t most) const {
  const Parameter* parameter = find(name);
  if (parameter == nullptr) return std::nullopt;
  const std::string& text = parameter->value;
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size() || value > most)
    return std::unexpected(bad_parameter(name, "expected a number of at most " + std::to_string(most)));
  return value;
}

Result<std::optional<Height>, Problem> QueryParams::height(std::string_view name) const {
  // LMDB keys and JSON readers agree on whole numbers up to here.
  constexpr std::uint64_t height_max = (std::uint64_t{1} << 53) - 1;
  PVC_TRY(const auto value, number(name, height_max));
  if (!value) return std::nullopt;
  return Height(*value);
}

Result<std::size_t, Problem> QueryParams::limit(std::size_t most) const {
  PVC_TRY(const auto value, number("limit", most));
  if (value && *value == 0) return std::unexpected(bad_parameter("limit", "at least 1"));
  return static_cast<std::size_t>(value.value_or(kLimitDefault));
}

Result<ByteVector, Problem> QueryParams::cursor() const {
  const Parameter* parameter = find("cursor");
  if (parameter == nullptr) return ByteVector{};
  ByteVector bytes(parameter->value.size() / 2);
  if (bytes.empty() || !from_hex(parameter->value, bytes))
    return std::unexpected(bad_parameter("cursor", "not one that this node gave out"));
  return bytes;
}

}  // namespace provchain::api
