// SPDX-License-Identifier: Apache-2.0
// One step of a handshake on its way to the crypto pool and back. The state moves in and returns with the answer; the connection
// waits meanwhile and may be gone when it returns. Belongs to one thread at a time.
#pragma once

#include <array>
#include <cstdint>

#include "crypto/handshake.hpp"
#include "engine/net/mailbox.hpp"

namespace provchain::net {

struct HandshakeJob : MpscNode {
  HandshakeJob(std::uint64_t connection_token, crypto::Handshake state) : token(connection_token), handshake(std::move(state)) {}

  std::uint64_t token;  // of the waiting connection
  crypto::Handshake handshake;
  std::array<std::uint8_t, crypto::handshake_message_bytes_max> out{};
  Result<std::size_t, crypto::HandshakeErrc> written = 0;
};

}  // namespace provchain::net
