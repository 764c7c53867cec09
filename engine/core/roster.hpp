// SPDX-License-Identifier: Apache-2.0
// Who can be talked to now: the connections whose Hello has been accepted, and which of them speak for an authority. Filled by
// the sessions, read by everybody else. An authority has at most one connection; the newest attested one counts. Core thread
// only.
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "base/types.hpp"

namespace provchain::core {

class Roster {
 public:
  // Absent when that authority has no ready connection.
  [[nodiscard]] std::optional<ConnId> conn_of(AuthorityIndex authority) const;
  // Absent for a connection that is not ready and for a peer that has attested no authority.
  [[nodiscard]] std::optional<AuthorityIndex> authority_of(ConnId conn) const;
  [[nodiscard]] bool is_ready(ConnId conn) const;
  // All ready connections, ascending. Valid until the next add, attest or remove.
  [[nodiscard]] std::span<const ConnId> ready() const PVC_LIFETIMEBOUND { return ready_; }
  // The ready connections of authorities, in authority order.
  [[nodiscard]] std::vector<ConnId> authorities() const;

  void add(ConnId conn);
  // The connection speaks for this authority from now on. It must be ready.
  void attest(ConnId conn, AuthorityIndex authority);
  // Nobody speaks for an authority any more: other authorities have taken over.
  void forget_authorities() { attested_.clear(); }
  // Forgets the connection; nothing happens when it is not ready.
  void remove(ConnId conn);

 private:
  struct Attested {
    AuthorityIndex authority;
    ConnId conn;
  };
  std::vector<ConnId> ready_;       // ascending
  std::vector<Attested> attested_;  // ascending by authority, at most one each
};

}  // namespace provchain::core
