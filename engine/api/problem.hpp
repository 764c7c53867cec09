// SPDX-License-Identifier: Apache-2.0
// Why a request is not answered as asked: application/problem+json of RFC 9457. `code` is stable, `detail` is one line for
// people. The codes and their statuses are listed in docs/API.md.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "crypto/format/transaction.hpp"
#include "engine/api/response.hpp"
#include "storage/error.hpp"
#include "storage/rdf/error.hpp"

namespace provchain::api {

struct Problem {
  Problem(unsigned status_in, std::string_view code_in, std::string detail_in)
      : status(status_in), code(code_in), detail(std::move(detail_in)) {}
  // Implicit, so that PVC_TRY takes a storage error to the client by its one rule.
  Problem(const storage::Error& error);  // NOLINT(google-explicit-constructor)

  unsigned status;
  std::string code;
  std::string detail;
  std::uint32_t retry_after_seconds = 0;  // 0: no such header
  std::string allow = {};                 // the Allow header of a 405
};

[[nodiscard]] Problem bad_parameter(std::string_view name, std::string_view expected);
[[nodiscard]] Problem not_found(std::string_view what);
[[nodiscard]] Problem stopping();
// The index ended with an error and is waited for in vain.
[[nodiscard]] Problem index_stopped();
// A transaction that the node does not take. `retry_after_ms` as the node says; at least a second is told for what may change by
// itself.
[[nodiscard]] Problem refused(crypto::format::TxReject reject, std::uint32_t retry_after_ms);
// RDF that does not become a transaction.
[[nodiscard]] Problem refused(const storage::rdf::RdfError& error);

[[nodiscard]] Response to_response(const Problem& problem);

}  // namespace provchain::api
