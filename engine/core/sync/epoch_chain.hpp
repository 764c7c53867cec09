// SPDX-License-Identifier: Apache-2.0
// Who may certify a head: the authorities of the running epoch, and of those above it that peers have proven. Trust goes link by
// link: a quorum of the running epoch's authorities finalises the block that ends it, and that block names the next ones. So a
// node that was away for many changes needs no more than what it knew when it left.
//
//   ask ──GetEpochs──► on_epochs: every rule but signatures ──VerifySignatures, one for each link──► on_verified ──► proven
//
// One peer is asked at a time, for at most ends_max epochs; what lies further up is asked again when these have been passed.
// What a peer sent is judged whole: one wrong link, and nothing of it is kept. Core thread only.
#pragma once

#include <deque>
#include <optional>
#include <set>
#include <vector>

#include "base/time.hpp"
#include "crypto/format/epoch_end.hpp"
#include "crypto/format/system_state.hpp"
#include "engine/core/effects.hpp"
#include "engine/core/ticket.hpp"
#include "wire/epoch_messages.hpp"

namespace provchain::core {

// One check for each signature of a certificate that was decoded with these authorities.
[[nodiscard]] VerifySignatures checks_of(Ticket ticket, const crypto::format::Certificate& certificate,
                                         const crypto::format::TrustedEpoch& epoch);

class EpochChain {
 public:
  static constexpr std::uint32_t ends_max = wire::epochs_per_message_max;

  // Both outlive this object.
  EpochChain(TicketSource& tickets, CorrelationSource& correlations) : tickets_(tickets), correlations_(correlations) {}

  // The epoch that the next block belongs to. What was proven above it stays, as long as it leads on from here. Otherwise the
  // proven end of the epoch before comes back: a quorum has finalised it, and yet another block was the end here.
  [[nodiscard]] std::optional<crypto::format::Certificate> begin(const crypto::format::SystemState& system);

  // The one before the running epoch too, since its last block is the tip for a while. Null when it is not known.
  [[nodiscard]] const crypto::format::TrustedEpoch* find(Epoch epoch) const PVC_LIFETIMEBOUND;
  // Of the running epoch; null while no end of it is proven.
  [[nodiscard]] const crypto::format::EpochEnd* running_end() const PVC_LIFETIMEBOUND {
    return ends_.empty() ? nullptr : &ends_.front();
  }
  // The furthest one; null while none is proven.
  [[nodiscard]] const crypto::format::EpochEnd* last_end() const PVC_LIFETIMEBOUND {
    return ends_.empty() ? nullptr : &ends_.back();
  }
  [[nodiscard]] Epoch running() const { return running_.epoch; }
  [[nodiscard]] Epoch newest() const { return newest_epoch().epoch; }

  // Asks for the ends from newest() on, up to the one below `wanted`. Does nothing while an answer is awaited or judged, or when
  // ends_max are known already.
  void ask(Now now, ConnId conn, Epoch wanted, Effects& fx);

  enum class Outcome : std::uint8_t {
    not_mine,   // an answer that this object does not wait for
    judging,    // its signatures are being checked
    wrong,      // no honest node sends this; `conn` of the verdict did
    proven,     // find() and last_end() know more now
    overtaken,  // it leads on from an epoch that is not the newest here any more; nobody's fault
  };
  struct Verdict {
    Outcome outcome{};
    ConnId conn;
  };
  [[nodiscard]] Verdict on_epochs(ConnId conn, std::uint32_t corr, const std::vector<crypto::format::EpochEndView>& epochs,
                                  Effects& fx);
  [[nodiscard]] Verdict on_verified(Ticket ticket, const std::vector<bool>& valid);
  // True when this was the question: it is given up.
  [[nodiscard]] bool on_refused(ConnId conn, std::uint32_t corr);
  void on_peer_gone(ConnId conn);
  // The peer that has not answered in time; it is given up.
  [[nodiscard]] std::optional<ConnId> take_late(MonoTime now);
  [[nodiscard]] MonoTime next_deadline() const { return asking_ ? asking_->deadline : kNever; }

 private:
  struct Asking {
    ConnId conn;
    std::uint32_t corr = 0;
    std::uint32_t count = 0;
    BlockId from;                                // anchor of the epoch that the answer leads on from
    MonoTime deadline;                           // kNever once the answer is here
    std::vector<crypto::format::EpochEnd> ends;  // of the answer
    std::set<Ticket> checks;                     // outstanding ones
  };
  [[nodiscard]] const crypto::format::TrustedEpoch& newest_epoch() const;
  Verdict give_up(Outcome outcome);

  TicketSource& tickets_;
  CorrelationSource& correlations_;
  std::optional<crypto::format::TrustedEpoch> before_;
  crypto::format::TrustedEpoch running_;
  std::deque<crypto::format::EpochEnd> ends_;  // of running_, and of each `next` of the one in front
  std::optional<Asking> asking_;
};

}  // namespace provchain::core
