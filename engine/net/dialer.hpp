// SPDX-License-Identifier: Apache-2.0
// From a host name to a TCP connection: resolves, then tries the addresses one after the other. When and how often to dial is the
// core's business. Belongs to its reactor's thread. A name lookup runs on libuv's own threads and cannot be cut short once it has
// begun; stopping waits for it.
#pragma once

#include <uv.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/types.hpp"
#include "engine/net/event.hpp"

namespace provchain::net {

class Reactor;

// One dial() of the core until it is answered.
struct DialAttempt {
  std::uint32_t number = 0;
  std::optional<NodeId> expected;
  std::vector<sockaddr_storage> addresses;
  std::size_t next_address = 0;
};

class Dialer {
 public:
  explicit Dialer(Reactor& reactor) : reactor_(reactor) {}
  Dialer(const Dialer&) = delete;
  Dialer& operator=(const Dialer&) = delete;

  void dial(std::uint32_t number, const std::string& host, std::uint16_t port, std::optional<NodeId> expected);
  // Connects to the attempt's next address, or answers it with `last_failure` when there is none.
  void try_next(std::unique_ptr<DialAttempt> attempt, CloseReason last_failure);

  void cancel_all();
  [[nodiscard]] bool is_idle() const { return lookups_.empty(); }

 private:
  struct Lookup;
  void on_resolved(std::unique_ptr<Lookup> lookup, int status, addrinfo* found);

  Reactor& reactor_;
  std::set<Lookup*> lookups_;  // each owned by libuv until its callback
};

}  // namespace provchain::net
