// SPDX-License-Identifier: Apache-2.0
// Evidence payloads: whatever decodes holds two well-formed statements that contradict each other, in whichever order, and
// encodes to the same bytes.
#include "crypto/format/evidence.hpp"

#include "base/check.hpp"

using namespace provchain;
using namespace provchain::crypto::format;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const Bytes input(data, size);
  const auto evidence = decode_evidence(input);
  if (!evidence) {
    PVC_CHECK(evidence.error().offset <= size);
    return 0;
  }
  const auto& [first, second] = evidence->statements;
  PVC_CHECK(is_well_formed(first.ballot) && is_well_formed(second.ballot));
  PVC_CHECK(contradiction_of(second.ballot, first.ballot) == contradiction_of(*evidence));
  PVC_CHECK(equal(encode_evidence(*evidence), input));
  const Vote a{second.ballot, evidence->signer, second.signature};
  const Vote b{first.ballot, evidence->signer, first.signature};
  PVC_CHECK(make_evidence(evidence->context, a, b) == *evidence);
  return 0;
}
