// SPDX-License-Identifier: Apache-2.0
// What comes in from peers: cheap checks first, then the signatures in the crypto pool, then the place where it belongs. Entering
// views (R0) and assembling certificates (R7) happen here, because nothing but a verified vote or certificate does either. Core
// thread only.
#pragma once

#include <optional>
#include <vector>

#include "engine/core/consensus/chain.hpp"
#include "engine/core/consensus/repair.hpp"
#include "engine/core/consensus/state.hpp"
#include "engine/core/consensus/verifier.hpp"
#include "wire/messages.hpp"

namespace provchain::core::consensus {

class Intake {
 public:
  Intake(State& state, Chain& chain, Repair& repair) : state_(state), chain_(chain), repair_(repair), verifier_(state.epoch) {}

  void on_message(Now now, ConnId conn, const wire::InMessage& message, Effects& fx);
  void on_verified(Now now, Ticket ticket, const std::vector<bool>& valid, Effects& fx);

  // This node's own vote, just signed or read back from the journal.
  void absorb_own_vote(Now now, const crypto::format::Vote& vote, Effects& fx);
  // A certificate that is known to be good: verified, assembled, or read back. `journalled`: the journal has it.
  void absorb_certificate(Now now, const crypto::format::Certificate& certificate, bool journalled, Effects& fx);
  // R0: moves into the view; without effect when it is not a higher one.
  void enter(Now now, View view);

 private:
  void on_vote(Now now, ConnId conn, const wire::InMessage& message, Effects& fx);
  void on_certificate_bytes(Now now, ConnId conn, Bytes bytes, Effects& fx);
  void on_certificates(Now now, ConnId conn, const wire::InMessage& message, Effects& fx);
  void on_proposal(Now now, ConnId conn, const wire::InMessage& message, Effects& fx);
  void on_status(Now now, ConnId conn, const wire::InMessage& message, Effects& fx);
  void on_error(ConnId conn, const wire::InMessage& message, Effects& fx);

  [[nodiscard]] std::optional<Reject> vote_fault(ConnId conn, const crypto::format::Vote& vote) const;
  [[nodiscard]] std::optional<Reject> proposal_fault(const crypto::format::Vote& vote, const crypto::format::BlockHeader& header,
                                                     const BlockId& id, View view_max) const;
  // Takes in the certificates beside the block; absent when one of them is malformed. The highest view they would lead into.
  [[nodiscard]] std::optional<View> ingest_justification(Now now, ConnId conn, const wire::ProposalView& view,
                                                         bool is_from_leader, Effects& fx);
  [[nodiscard]] bool is_news(const crypto::format::Certificate& certificate) const;
  [[nodiscard]] bool is_in_window(View view) const;

  // `is_vital`: the leader's own word, which is never held back for copies that others may have forged.
  void submit(Now now, ConnId conn, Received item, bool is_vital, Effects& fx);
  void absorb(Now now, Verifier::Done done, Effects& fx);
  void absorb_vote(Now now, const crypto::format::Vote& vote, Effects& fx);
  void absorb_proposal(Now now, ConnId conn, const ReceivedProposal& proposal, Effects& fx);
  void absorb_signers(const crypto::format::Certificate& certificate, Effects& fx);
  // The vote under this node's key was not made here: ends all voting. The signature has been verified.
  [[nodiscard]] bool exposes_another_instance(const crypto::format::Vote& vote, Effects& fx);
  // Stores the vote; notices equivocation and a second instance of this node.
  void store(const crypto::format::Vote& vote, Effects& fx);
  [[nodiscard]] bool is_from_another_instance(const crypto::format::Vote& vote) const;
  void assemble(Now now, crypto::format::VoteKind kind, View view, Effects& fx);

  State& state_;
  Chain& chain_;
  Repair& repair_;
  Verifier verifier_;
};

}  // namespace provchain::core::consensus
