// SPDX-License-Identifier: Apache-2.0
// Picking effects out of what a state machine appended.
#pragma once

#include <vector>

#include "engine/core/effects.hpp"

namespace provchain::core {

template <class Kind>
std::vector<Kind> all_of(const Effects& effects) {
  std::vector<Kind> found;
  for (const Effect& effect : effects)
    if (const auto* one = std::get_if<Kind>(&effect)) found.push_back(*one);
  return found;
}

// The messages of one kind to one connection.
inline std::vector<wire::OutMessage> sent_to(const Effects& effects, ConnId conn, wire::MessageKind kind) {
  std::vector<wire::OutMessage> found;
  for (const Send& send : all_of<Send>(effects))
    if (send.to == conn && send.message.kind == kind) found.push_back(send.message);
  return found;
}

}  // namespace provchain::core
