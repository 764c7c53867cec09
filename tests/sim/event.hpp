// SPDX-License-Identifier: Apache-2.0
// What can happen next in the simulated world: one struct for each kind, so that an event costs no allocation of its own. Values.
#pragma once

#include <cstdint>
#include <functional>
#include <variant>

#include "base/types.hpp"
#include "engine/core/effects.hpp"
#include "wire/message.hpp"

namespace provchain::sim {

// The core's deadline has come.
struct Tick {
  MonoTime due;
};
// A message has arrived at one end of a connection.
struct Delivery {
  ConnId to;  // the receiver's name for the connection
  wire::InMessage message;
};
// One end learns that the connection is gone.
struct Closing {
  ConnId at;
  bool farewell = false;  // the news comes from the other end, and so over the network
};
// A dial has succeeded or not.
struct Dialled {
  std::uint32_t static_peer = 0;
  bool timed_out = false;
};
// The oldest write to the journal, or to chain/, or to state/, is through.
struct JournalWritten {};
struct ChainWritten {};
struct StateWritten {};
// The answer to a peer's request for blocks is with the network.
struct Served {
  ConnId to;
};
// Something that the world itself, a fault or an adversary has put off.
struct Call {
  std::function<void()> action;
};

struct Event {
  static constexpr std::uint32_t kWorld = UINT32_MAX;

  std::uint32_t node = kWorld;    // whose event it is
  std::uint64_t incarnation = 0;  // void when the node has been started anew, except for deliveries and the world's own
  std::variant<Tick, Delivery, Closing, Dialled, core::VerifySignatures, core::CheckTransaction, core::CheckBlock,
               core::OpenBatch, JournalWritten, ChainWritten, StateWritten, Served, Call>
      body;
};

}  // namespace provchain::sim
