// SPDX-License-Identifier: Apache-2.0
// Certificates: the first byte is the number of authorities. Whatever decodes names exactly a quorum, each signer once with a
// well-formed ballot, and encodes to the same bytes.
#include "crypto/format/certificate.hpp"
#include "base/check.hpp"

using namespace provchain;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::size_t authority_count = data[0];
  const Bytes input = Bytes(data, size).subspan(1);
  const auto certificate = crypto::format::decode_certificate(input, authority_count);
  if (!certificate) {
    PVC_CHECK(certificate.error().offset <= input.size());
    return 0;
  }
  PVC_CHECK(certificate->signers.size() == crypto::format::quorum(authority_count));
  for (std::size_t i = 0; i < certificate->signers.size(); ++i) {
    const auto& signer = certificate->signers[i];
    PVC_CHECK(signer.authority.value() < authority_count);
    PVC_CHECK(i == 0 || certificate->signers[i - 1].authority < signer.authority);
    PVC_CHECK(crypto::format::is_well_formed(crypto::format::ballot_of(*certificate, signer)));
  }
  PVC_CHECK(crypto::format::covered_since(*certificate) < certificate->view);
  PVC_CHECK(equal(crypto::format::encode_certificate(*certificate, authority_count), input));
  return 0;
}
