// SPDX-License-Identifier: Apache-2.0
// Signed things on their way through the crypto pool: what waits for which ticket, bounded for every peer. Core thread only.
// Invariant: an authority has at most pending_per_peer_max items here, and of the large ones at most proposals_per_peer_max; any
// other peer at most pending_per_stranger_max, and all those together pending_of_strangers_max, however often they reconnect.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <utility>
#include <variant>
#include <vector>

#include "crypto/format/certificate.hpp"
#include "engine/core/consensus/leader.hpp"
#include "engine/core/consensus/types.hpp"
#include "engine/core/consensus/vote_set.hpp"
#include "engine/core/effects.hpp"
#include "engine/core/ticket.hpp"

namespace provchain::core::consensus {

struct ReceivedVote {
  crypto::format::Vote vote;
};
struct ReceivedCertificate {
  crypto::format::Certificate certificate;
};
struct ReceivedProposal {
  crypto::format::Vote vote;
  crypto::format::BlockHeader header;
  SharedBytes block;  // header ‖ body; empty when the body did not come with it
  MonoTime arrived;
  WallTime arrived_wall;
};
using Received = std::variant<ReceivedVote, ReceivedCertificate, ReceivedProposal>;

class Verifier {
 public:
  // A peer that answers a repair request sends some hundred signed things at once; more than this is a flood.
  static constexpr std::size_t pending_per_peer_max = 512;
  // Who speaks for no authority has only finality certificates to offer.
  static constexpr std::size_t pending_per_stranger_max = 4;
  static constexpr std::size_t pending_of_strangers_max = 64;
  // Proposals carry blocks.
  static constexpr std::size_t proposals_per_peer_max = 4;

  explicit Verifier(const EpochSet& epoch) : epoch_(epoch) {}

  struct Done {
    ConnId conn;
    Received item;
    bool valid = false;
  };

  struct Sender {
    ConnId conn;
    bool is_authority = false;
  };

  // Asks for the signatures of the item; false when the peer has too much pending already. Signatures that `known` votes carry
  // are not checked again; when none is left to check the item is handed back in `done` at once.
  [[nodiscard]] bool submit(Sender sender, Received item, const VoteSet& known, TicketSource& tickets, std::optional<Done>& done,
                            Effects& fx);
  // Absent for a ticket nobody waits for.
  [[nodiscard]] std::optional<Done> on_verified(Ticket ticket, const std::vector<bool>& valid);
  // The same statement by the same signer, or a certificate of the same kind and view, is being verified for so many authorities
  // that one of them is honest, or for this peer twice: another copy can wait for the outcome. Fewer do not keep it out, for
  // their copies may be junk.
  [[nodiscard]] bool is_enough_pending(ConnId conn, const Received& item) const;

 private:
  struct Pending {
    Sender sender;
    Received item;
    std::size_t checks = 0;
  };
  // What one item is about, so that copies of it can be counted.
  using Subject = std::pair<std::uint64_t, std::uint32_t>;
  [[nodiscard]] static Subject subject_of(const Received& item);
  [[nodiscard]] std::vector<SignatureCheck> checks_of(const Received& item, const VoteSet& known) const;
  [[nodiscard]] SignatureCheck check_of(const crypto::format::Ballot& ballot, AuthorityIndex signer,
                                        const Signature& signature) const;

  const EpochSet& epoch_;
  std::map<Ticket, Pending> pending_;
  std::map<ConnId, std::size_t> per_peer_;
  std::map<ConnId, std::size_t> proposals_per_peer_;
  std::size_t of_strangers_ = 0;
  std::map<Subject, std::map<ConnId, std::size_t>> per_subject_;  // from authorities
};

}  // namespace provchain::core::consensus
