// SPDX-License-Identifier: Apache-2.0
#include "engine/core/consensus/types.hpp"
#include "base/check.hpp"

namespace provchain::core::consensus {

std::string_view to_string(Mode mode) {
  switch (mode) {
    case Mode::joining:
      return "joining";
    case Mode::syncing:
      return "syncing";
    case Mode::active:
      return "active";
    case Mode::observer:
      return "observer";
    case Mode::quarantined:
      return "quarantined";
    case Mode::halted:
      return "halted";
  }
  PVC_UNREACHABLE();
}

std::string_view to_string(Reject reject) {
  switch (reject) {
    case Reject::malformed:
      return "malformed";
    case Reject::bad_signature:
      return "bad_signature";
    case Reject::wrong_epoch:
      return "wrong_epoch";
    case Reject::unknown_signer:
      return "unknown_signer";
    case Reject::not_an_authority:
      return "not_an_authority";
    case Reject::foreign_vote:
      return "foreign_vote";
    case Reject::outside_window:
      return "outside_window";
    case Reject::duplicate:
      return "duplicate";
    case Reject::equivocation:
      return "equivocation";
    case Reject::too_many_pending:
      return "too_many_pending";
    case Reject::wrong_leader:
      return "wrong_leader";
    case Reject::wrong_header:
      return "wrong_header";
    case Reject::wrong_ancestry:
      return "wrong_ancestry";
    case Reject::untimely:
      return "untimely";
    case Reject::wrong_body:
      return "wrong_body";
    case Reject::invalid_block:
      return "invalid_block";
    case Reject::unsolicited:
      return "unsolicited";
    case Reject::unknown_ticket:
      return "unknown_ticket";
    case Reject::own_view_passed:
      return "own_view_passed";
    case Reject::count_:
      break;
  }
  PVC_UNREACHABLE();
}

}  // namespace provchain::core::consensus
