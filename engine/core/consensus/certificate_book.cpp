// SPDX-License-Identifier: Apache-2.0
#include "engine/core/consensus/certificate_book.hpp"

#include <algorithm>

#include "base/check.hpp"

namespace provchain::core::consensus {

using crypto::format::Certificate;
using crypto::format::covered_since;
using crypto::format::VoteKind;

Node node_of(const Certificate& certificate) {
  PVC_CHECK(certificate.kind != VoteKind::nullify);
  return Node{certificate.view, certificate.parent_view, certificate.height, certificate.block_id};
}

bool CertificateBook::add(const Certificate& certificate, bool journalled) {
  switch (certificate.kind) {
    case VoteKind::nullify:
      return add_skip(certificate, journalled);
    case VoteKind::notarize:
      return add_node(notarisations_, certificate, journalled);
    case VoteKind::finalize:
      return add_node(finalisations_, certificate, journalled);
  }
  PVC_UNREACHABLE();
}

bool CertificateBook::add_node(ByView& of_kind, const Certificate& certificate, bool journalled) {
  const std::optional<Node> known = node(certificate.view);
  if (known && *known != node_of(certificate)) {
    conflicting_ = {proof_of_node(certificate.view)->bytes, encode_certificate(certificate, authority_count_)};
    ++revision_;
    return false;
  }
  if (of_kind.contains(certificate.view)) return false;
  insert(of_kind, certificate, journalled);
  return true;
}

bool CertificateBook::add_skip(const Certificate& certificate, bool journalled) {
  const View reach = covered_since(certificate);
  for (auto at = skips_.lower_bound(certificate.view); at != skips_.end(); ++at)
    if (covered_since(at->second.certificate) <= reach) return false;
  skips_.erase(certificate.view);
  std::erase_if(
      skips_, [&](const auto& held) { return held.first < certificate.view && covered_since(held.second.certificate) >= reach; });
  insert(skips_, certificate, journalled);
  return true;
}

void CertificateBook::insert(ByView& of_kind, const Certificate& certificate, bool journalled) {
  of_kind.emplace(certificate.view, HeldCertificate{certificate, encode_certificate(certificate, authority_count_), journalled});
  ++revision_;
  if (of_kind.size() > per_kind_max) of_kind.erase(of_kind.begin());
}

const HeldCertificate* CertificateBook::find(VoteKind kind, View view) const {
  const ByView& of_kind = kind == VoteKind::notarize ? notarisations_ : kind == VoteKind::finalize ? finalisations_ : skips_;
  const auto at = of_kind.find(view);
  return at == of_kind.end() ? nullptr : &at->second;
}

const HeldCertificate* CertificateBook::skip_over(View view) const {
  const HeldCertificate* best = nullptr;
  for (auto at = skips_.lower_bound(view); at != skips_.end(); ++at) {
    const View reach = covered_since(at->second.certificate);
    if (reach >= view) continue;
    if (best == nullptr || reach < covered_since(best->certificate)) best = &at->second;
  }
  return best;
}

const HeldCertificate* CertificateBook::proof_of_node(View view) const {
  const HeldCertificate* finalisation = find(VoteKind::finalize, view);
  return finalisation != nullptr ? finalisation : find(VoteKind::notarize, view);
}

std::optional<Node> CertificateBook::node(View view) const {
  const HeldCertificate* proof = proof_of_node(view);
  if (proof == nullptr) return std::nullopt;
  return node_of(proof->certificate);
}

std::optional<std::vector<const HeldCertificate*>> CertificateBook::cover(View above, View below) const {
  PVC_CHECK(above < below);
  std::vector<const HeldCertificate*> used;
  View uncovered = below.previous();
  while (uncovered > above) {
    const HeldCertificate* skip = skip_over(uncovered);
    if (skip == nullptr) return std::nullopt;
    used.push_back(skip);
    uncovered = covered_since(skip->certificate);
  }
  return used;
}

View CertificateBook::covered_from(View below) const {
  View reached = below.previous();
  while (const HeldCertificate* skip = skip_over(reached)) reached = covered_since(skip->certificate);
  return reached;
}

std::optional<View> CertificateBook::node_at_or_below(View view) const {
  std::optional<View> highest;
  for (const ByView* of_kind : {&notarisations_, &finalisations_}) {
    const auto above = of_kind->upper_bound(view);
    if (above == of_kind->begin()) continue;
    highest = std::max(highest.value_or(View{}), std::prev(above)->first);
  }
  return highest;
}

std::optional<View> CertificateBook::first_gap(View above, View below) const {
  PVC_CHECK(above < below);
  View next = below.previous();
  while (next > above && !node(next)) {
    const HeldCertificate* skip = skip_over(next);
    if (skip == nullptr) return next;
    next = covered_since(skip->certificate);
  }
  return std::nullopt;
}

std::optional<View> CertificateBook::top_node() const {
  std::optional<View> highest;
  for (const ByView* of_kind : {&notarisations_, &finalisations_}) {
    if (of_kind->empty()) continue;
    if (!highest || of_kind->rbegin()->first > *highest) highest = of_kind->rbegin()->first;
  }
  return highest;
}

std::vector<ByteVector> CertificateBook::take_unjournalled() {
  std::vector<ByteVector> taken;
  for (ByView* of_kind : {&notarisations_, &finalisations_, &skips_}) {
    for (auto& [view, held] : *of_kind) {
      if (held.journalled) continue;
      held.journalled = true;
      taken.push_back(held.bytes);
    }
  }
  return taken;
}

void CertificateBook::forget_up_to(View final_view) {
  ++revision_;
  for (ByView* of_kind : {&notarisations_, &finalisations_, &skips_})
    of_kind->erase(of_kind->begin(), of_kind->upper_bound(final_view));
}

}  // namespace provchain::core::consensus
