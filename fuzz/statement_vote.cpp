// SPDX-License-Identifier: Apache-2.0
// Statements and votes: whatever decodes is well formed and encodes to the same bytes.
#include "base/check.hpp"
#include "crypto/format/statement.hpp"

using namespace provchain;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const Bytes input(data, size);
  if (const auto statement = crypto::format::decode_statement(input)) {
    PVC_CHECK(crypto::format::is_well_formed(statement->ballot));
    PVC_CHECK(equal(crypto::format::encode_statement(statement->context, statement->ballot), input));
  } else {
    PVC_CHECK(statement.error().offset <= size);
  }
  if (const auto vote = crypto::format::decode_vote(input)) {
    PVC_CHECK(crypto::format::is_well_formed(vote->ballot));
    PVC_CHECK(equal(crypto::format::encode_vote(*vote), input));
  } else {
    PVC_CHECK(vote.error().offset <= size);
  }
  return 0;
}
