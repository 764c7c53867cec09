// SPDX-License-Identifier: Apache-2.0
// The one list of domain-separation tags. A tag is ASCII without terminator and no tag is a prefix of another, so bytes hashed or
// signed for one purpose can never be taken for another's.
#pragma once

#include <string_view>

namespace provchain::crypto::domain {

// Hash tags: H(tag, x) = BLAKE2b-256(tag ‖ x).
inline constexpr std::string_view genesis = "pvc/genesis/v1";
inline constexpr std::string_view transaction = "pvc/tx/v1";
inline constexpr std::string_view dataset = "pvc/dataset/v1";
inline constexpr std::string_view transactions = "pvc/txs/v1";
inline constexpr std::string_view history = "pvc/history/v1";
inline constexpr std::string_view header = "pvc/header/v1";
inline constexpr std::string_view authorities = "pvc/authorities/v1";
inline constexpr std::string_view system = "pvc/system/v1";
inline constexpr std::string_view action = "pvc/action/v1";
inline constexpr std::string_view evidence = "pvc/evidence/v1";
inline constexpr std::string_view leader = "pvc/leader";

// Signature tags: S(key, tag, x) = Ed25519(tag ‖ x). The consensus tag is the first field of the 152-byte statement itself.
inline constexpr std::string_view transaction_sign = "pvc/tx-sign/v1";
inline constexpr std::string_view consensus = "pvc/consensus/v1";
inline constexpr std::string_view govern = "pvc/govern/v1";
inline constexpr std::string_view noise_id = "PVC1-noise-id";
inline constexpr std::string_view attest = "PVC1-attest";
inline constexpr std::string_view peer_record = "PVC1-peer-record";

}  // namespace provchain::crypto::domain
