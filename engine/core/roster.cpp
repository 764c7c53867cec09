// SPDX-License-Identifier: Apache-2.0
#include "engine/core/roster.hpp"

#include <algorithm>

namespace provchain::core {

std::optional<ConnId> Roster::conn_of(AuthorityIndex authority) const {
  const auto at = std::ranges::lower_bound(attested_, authority, {}, &Attested::authority);
  if (at == attested_.end() || at->authority != authority) return std::nullopt;
  return at->conn;
}

std::optional<AuthorityIndex> Roster::authority_of(ConnId conn) const {
  const auto at = std::ranges::find(attested_, conn, &Attested::conn);
  if (at == attested_.end()) return std::nullopt;
  return at->authority;
}

bool Roster::is_ready(ConnId conn) const { return std::ranges::binary_search(ready_, conn); }

std::vector<ConnId> Roster::authorities() const {
  std::vector<ConnId> conns;
  conns.reserve(attested_.size());
  for (const Attested& attested : attested_) conns.push_back(attested.conn);
  return conns;
}

void Roster::add(ConnId conn) {
  const auto at = std::ranges::lower_bound(ready_, conn);
  if (at == ready_.end() || *at != conn) ready_.insert(at, conn);
}

void Roster::attest(ConnId conn, AuthorityIndex authority) {
  PVC_CHECK(is_ready(conn));
  std::erase_if(attested_, [conn](const Attested& attested) { return attested.conn == conn; });
  const auto at = std::ranges::lower_bound(attested_, authority, {}, &Attested::authority);
  if (at != attested_.end() && at->authority == authority) {
    at->conn = conn;
    return;
  }
  attested_.insert(at, {authority, conn});
}

void Roster::remove(ConnId conn) {
  std::erase(ready_, conn);
  std::erase_if(attested_, [conn](const Attested& attested) { return attested.conn == conn; });
}

}  // namespace provchain::core
