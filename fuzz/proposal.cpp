// SPDX-License-Identifier: Apache-2.0
// The PROPOSAL table, the largest thing a peer may send unasked. Oracle: what is accepted lies within the payload, header and
// body are its block, and it reads the same after it was built anew.
#include <cstdint>
#include <vector>

#include "base/check.hpp"
#include "wire/messages.hpp"

using namespace provchain;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const SharedBytes payload = SharedBytes::copy_of({data, size});
  const auto view = wire::parse_proposal(payload.view());
  if (!view) return 0;
  for (const Bytes part :
       {view->vote, view->block, view->parent_certificate, view->skip_certificates.encoded(), view->finality_certificate}) {
    if (!part.empty()) (void)wire::part_of(payload, part);  // checks that it lies within
  }
  PVC_CHECK(view->header.size() + view->body.size() == view->block.size());
  std::vector<ByteVector> skips;
  for (const Bytes certificate : view->skip_certificates) skips.push_back(to_vector(certificate));
  PVC_CHECK(skips.size() == view->skip_certificates.size());
  const SharedBytes again =
      wire::build_proposal({view->vote, view->form, view->block, view->parent_certificate, skips, view->finality_certificate});
  const auto reparsed = wire::parse_proposal(again.view());
  PVC_CHECK(reparsed.has_value());
  PVC_CHECK(equal(reparsed->vote, view->vote) && equal(reparsed->block, view->block) && reparsed->form == view->form);
  PVC_CHECK(equal(reparsed->parent_certificate, view->parent_certificate) &&
            equal(reparsed->finality_certificate, view->finality_certificate));
  PVC_CHECK(equal(reparsed->skip_certificates.encoded(), view->skip_certificates.encoded()));
  return 0;
}
