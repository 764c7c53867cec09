// SPDX-License-Identifier: Apache-2.0
#include "tests/sim/trace.hpp"

#include <cstdio>

namespace provchain::sim {

using crypto::format::VoteKind;

void Trace::write(MonoTime at, const std::string& who, const std::string& what) const {
  char head[48];
  std::snprintf(head, sizeof head, "%11.6f s  %-8s ", static_cast<double>(at.us) / 1e6, who.c_str());
  sink_(head + what);
}

std::string describe(const crypto::format::Ballot& ballot) {
  const std::string view = " view " + std::to_string(ballot.view.value());
  if (ballot.kind == VoteKind::nullify) return "NULLIFY" + view + " since " + std::to_string(ballot.parent_view.value());
  return (ballot.kind == VoteKind::notarize ? "NOTARIZE" : "FINALIZE") + view + " height " +
         std::to_string(ballot.height.value()) + " block " + ballot.block_id.hex().substr(0, 8) + " on view " +
         std::to_string(ballot.parent_view.value());
}

}  // namespace provchain::sim
