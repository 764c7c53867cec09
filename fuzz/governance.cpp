// SPDX-License-Identifier: Apache-2.0
// Governance payloads: whatever decodes is well formed, names each signer once, and encodes to the same bytes; and the rules of a
// one-authority network judge it without falling over.
#include "crypto/format/governance.hpp"

#include "base/check.hpp"
#include "crypto/format/system_state.hpp"

using namespace provchain;
using namespace provchain::crypto::format;

namespace {

// A state with one authority and one participant, whose keys the fuzzer can guess.
SystemState small_state() {
  Genesis genesis;
  genesis.authorities = {{PublicKey{}, "a"}};
  genesis.open_participation = false;
  genesis.participants = {PublicKey{}};
  return genesis_state(genesis);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const Bytes input(data, size);
  const auto governance = decode_governance(input);
  if (!governance) {
    PVC_CHECK(governance.error().offset <= size);
    return 0;
  }
  PVC_CHECK(is_well_formed(governance->changes));
  PVC_CHECK(equal(encode_governance(*governance), input));
  static const SystemState before = small_state();
  (void)approvals_fault(before, *governance, [](const PublicKey&, Bytes, const Signature&) { return true; });
  SystemState state = before;
  if (apply(state, TxId{}, {state.epoch, governance->changes})) {
    PVC_CHECK(state == before);
    return 0;
  }
  PVC_CHECK(!state.next_authorities.empty() && state.waiting.size() == 1 && state.authorities == before.authorities);
  PVC_CHECK(apply(state, TxId{}, {state.epoch, governance->changes}) == SystemFault::agreed_already);
  PVC_CHECK(*decode_system_state(encode_system_state(state)) == state);
  return 0;
}
