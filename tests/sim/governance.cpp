// SPDX-License-Identifier: Apache-2.0
#include "tests/sim/governance.hpp"

#include "crypto/domain.hpp"

namespace provchain::sim {

using crypto::format::Change;
using crypto::format::ChangeKind;

namespace {

std::size_t key_number(const World& world, const PublicKey& key) {
  for (std::size_t i = 0; i < world.options().authorities + world.options().candidates; ++i)
    if (world.signatures().key(AuthorityIndex(static_cast<std::uint16_t>(i))) == key) return i;
  PVC_UNREACHABLE();
}

}  // namespace

std::vector<Change> changes_to(const World& world, const crypto::format::AuthorityList& running,
                               const std::set<std::size_t>& keys) {
  std::vector<Change> changes;
  for (const auto& authority : running)
    if (!keys.contains(key_number(world, authority.key))) changes.push_back({ChangeKind::remove_authority, authority.key, {}});
  for (const std::size_t number : keys) {
    const PublicKey& key = world.signatures().key(AuthorityIndex(static_cast<std::uint16_t>(number)));
    if (!crypto::format::find_authority(running, key))
      changes.push_back({ChangeKind::add_authority, key, "authority-" + std::to_string(number)});
  }
  return changes;
}

SharedBytes governance_transaction(World& world, const crypto::format::SystemState& system, const std::vector<Change>& changes,
                                   const std::set<std::size_t>& approving) {
  ByteVector message;
  append(message, as_bytes(crypto::domain::govern));
  append(message, crypto::format::approval_message(system.context(), changes));
  crypto::format::Governance governance{changes, {}};
  const auto approve = [&](std::uint16_t signer, const PublicKey& key) {
    const AuthorityIndex number(static_cast<std::uint16_t>(key_number(world, key)));
    governance.approvals.push_back({signer, world.signatures().sign(number, message)});
  };
  for (std::size_t i = 0; i < system.authorities.size(); ++i)
    if (approving.contains(key_number(world, system.authorities[i].key)))
      approve(static_cast<std::uint16_t>(i), system.authorities[i].key);
  std::uint16_t newcomers = 0;
  for (const Change& change : changes)
    if (change.kind == ChangeKind::add_authority)
      approve(static_cast<std::uint16_t>(crypto::format::first_newcomer + newcomers++), change.key);
  return world.make_transaction(crypto::format::TxKind::governance, encode_governance(governance));
}

}  // namespace provchain::sim
