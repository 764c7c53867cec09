// SPDX-License-Identifier: Apache-2.0
// Verified certificates above the last finalised view, the best one per (kind, view), and the questions the rules ask of them:
// which node a view notarised, which views are skipped, what proves it. Core thread only. Invariants: (1) all certificates of one
// view that name a node name the same one, or conflict() is set; (2) a skip certificate that another one makes superfluous is not
// kept; (3) at most per_kind_max of each kind are kept, the highest views.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include "crypto/format/certificate.hpp"
#include "engine/core/consensus/types.hpp"

namespace provchain::core::consensus {

struct HeldCertificate {
  crypto::format::Certificate certificate;
  ByteVector bytes;
  bool journalled = false;
};

[[nodiscard]] Node node_of(const crypto::format::Certificate& certificate);

class CertificateBook {
 public:
  // An outage of hours with every view nullified stays far below this, because one skip certificate covers many views.
  static constexpr std::size_t per_kind_max = 512;

  explicit CertificateBook(std::size_t authority_count) : authority_count_(authority_count) {}

  // The certificate has been verified. False when one at least as good is held: for NULLIFY that is one of the same or a smaller
  // greatest since, or one of a higher view that covers all this one covers.
  bool add(const crypto::format::Certificate& certificate, bool journalled);

  // Null when none is held. Valid until the next call that is not const.
  [[nodiscard]] const HeldCertificate* find(crypto::format::VoteKind kind, View view) const PVC_LIFETIMEBOUND;
  // The skip certificate that covers `view` and reaches furthest down.
  [[nodiscard]] const HeldCertificate* skip_over(View view) const PVC_LIFETIMEBOUND;
  // N or F of the view: what proves its node. F is preferred, it proves more.
  [[nodiscard]] const HeldCertificate* proof_of_node(View view) const PVC_LIFETIMEBOUND;
  [[nodiscard]] std::optional<Node> node(View view) const;
  // The skip certificates that cover every view in (above, below), highest first; absent when a view is not covered.
  [[nodiscard]] std::optional<std::vector<const HeldCertificate*>> cover(View above, View below) const PVC_LIFETIMEBOUND;
  // The lowest view of which every view between it and `below` is skipped; the one before `below` when that is not.
  [[nodiscard]] View covered_from(View below) const;
  // The highest view with a node that is not higher than `view`.
  [[nodiscard]] std::optional<View> node_at_or_below(View view) const;
  // The highest view in (above, below) that is neither covered nor notarised, from the top; absent when there is none on the way
  // down to the first notarised view.
  [[nodiscard]] std::optional<View> first_gap(View above, View below) const;

  // The highest view with a notarisation or finality; absent when none is held.
  [[nodiscard]] std::optional<View> top_node() const;
  [[nodiscard]] const std::map<View, HeldCertificate>& notarisations() const PVC_LIFETIMEBOUND { return notarisations_; }
  [[nodiscard]] const std::map<View, HeldCertificate>& finalisations() const PVC_LIFETIMEBOUND { return finalisations_; }
  // Two certificates of one view name different blocks: more than f authorities are faulty.
  [[nodiscard]] bool conflict() const { return !conflicting_.empty(); }
  // Those two, encoded; empty while there is no conflict.
  [[nodiscard]] const std::vector<ByteVector>& conflicting() const PVC_LIFETIMEBOUND { return conflicting_; }
  // Another one after every change.
  [[nodiscard]] std::uint64_t revision() const { return revision_; }

  // The bytes of every certificate not journalled yet; they count as journalled from now on.
  [[nodiscard]] std::vector<ByteVector> take_unjournalled();
  // Nodes at or below the last finalised view, and skips below it, are settled.
  void forget_up_to(View final_view);

 private:
  using ByView = std::map<View, HeldCertificate>;
  bool add_skip(const crypto::format::Certificate& certificate, bool journalled);
  bool add_node(ByView& of_kind, const crypto::format::Certificate& certificate, bool journalled);
  void insert(ByView& of_kind, const crypto::format::Certificate& certificate, bool journalled);

  std::size_t authority_count_;
  ByView notarisations_;
  ByView finalisations_;
  ByView skips_;
  std::vector<ByteVector> conflicting_;
  std::uint64_t revision_ = 1;
};

}  // namespace provchain::core::consensus
