// SPDX-License-Identifier: Apache-2.0
// The query part of a request's target, decoded: `+` is a space there, as forms and every URL library write it. Values, any
// thread.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.hpp"
#include "base/check.hpp"
#include "base/types.hpp"
#include "engine/api/problem.hpp"

namespace provchain::api {

// %XX resolved. Absent for a percent sign that two hex digits do not follow.
[[nodiscard]] std::optional<std::string> percent_decode(std::string_view text, bool plus_is_space);

class QueryParams {
 public:
  // `query` is what follows the question mark.
  [[nodiscard]] static Result<QueryParams, Problem> parse(std::string_view query);

  // bad_parameter that names the first parameter which is not one of `known`, or is given twice.
  [[nodiscard]] Result<void, Problem> check_known(std::span<const std::string_view> known) const;

  [[nodiscard]] bool has(std::string_view name) const { return find(name) != nullptr; }
  // Absent when it is not given, or empty. Valid as long as this object.
  [[nodiscard]] std::optional<std::string_view> text(std::string_view name) const PVC_LIFETIMEBOUND;
  [[nodiscard]] Result<std::optional<std::uint64_t>, Problem> number(std::string_view name, std::uint64_t most) const;
  [[nodiscard]] Result<std::optional<Height>, Problem> height(std::string_view name) const;
  // `limit`: 1 to `most`, 100 when it is not given.
  [[nodiscard]] Result<std::size_t, Problem> limit(std::size_t most) const;
  // `cursor` as cursor_text() wrote it; empty when it is not given.
  [[nodiscard]] Result<ByteVector, Problem> cursor() const;

 private:
  struct Parameter {
    std::string name;
    std::string value;
  };
  [[nodiscard]] const Parameter* find(std::string_view name) const;
  std::vector<Parameter> parameters_;
};

[[nodiscard]] inline std::string cursor_text(Bytes cursor) { return to_hex(cursor); }

}  // namespace provchain::api
