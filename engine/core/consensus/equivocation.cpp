// SPDX-License-Identifier: Apache-2.0
#include "engine/core/consensus/equivocation.hpp"

namespace provchain::core::consensus {

namespace {

using crypto::format::Ballot;
using crypto::format::VoteKind;

std::optional<Evidence> same_kind_evidence(const Ballot& a, const Ballot& b) {
  if (a.view != b.view || a == b) return std::nullopt;
  switch (a.kind) {
    case VoteKind::notarize:
      return Evidence::two_notarisations;
    case VoteKind::finalize:
      return Evidence::two_finalisations;
    case VoteKind::nullify:
      return Evidence::two_nullifications;
  }
  return std::nullopt;
}

bool same_node(const Ballot& a, const Ballot& b) {
  return a.parent_view == b.parent_view && a.height == b.height && a.block_id == b.block_id;
}

}  // namespace

std::optional<Evidence> evidence_of(const Ballot& a, const Ballot& b) {
  if (a.epoch != b.epoch) return std::nullopt;
  if (a.kind == b.kind) return same_kind_evidence(a, b);
  if (b.kind == VoteKind::finalize) return evidence_of(b, a);
  if (a.kind != VoteKind::finalize) return std::nullopt;  // NOTARIZE beside NULLIFY is allowed
  if (b.kind == VoteKind::notarize) {
    if (a.view == b.view && !same_node(a, b)) return Evidence::finalised_another;
    return std::nullopt;
  }
  if (b.parent_view < a.view && a.view <= b.view) return Evidence::skipped_a_finalised;
  return std::nullopt;
}

}  // namespace provchain::core::consensus
