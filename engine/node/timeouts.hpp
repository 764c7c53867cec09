// SPDX-License-Identifier: Apache-2.0
// Pure: the deadlines of making a connection, from the one setting that bounds them together.
#pragma once

#include <algorithm>

#include "engine/net/options.hpp"

namespace provchain::node {

// Dial and handshake each get half of `connection_timeout`, and never more than the protocol's own bounds, so that together they
// do not take longer than the setting says.
inline net::NetworkTimeouts network_timeouts(Duration connection_timeout) {
  net::NetworkTimeouts timeouts;
  const Duration half = connection_timeout / 2;
  timeouts.connect = std::min(timeouts.connect, half);
  timeouts.handshake = std::min(timeouts.handshake, half);
  timeouts.first_message = std::min(timeouts.first_message, half);
  return timeouts;
}

}  // namespace provchain::node
