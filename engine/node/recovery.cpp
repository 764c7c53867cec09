// SPDX-License-Identifier: Apache-2.0
#include "engine/node/recovery.hpp"

#include "engine/node/stored_turns.hpp"

namespace provchain::node {

using crypto::format::AuthorityList;
using crypto::format::Certificate;
using crypto::format::SystemState;

namespace {

storage::StorageResult<SystemState> read_system(const storage::ChainStore& chain, const storage::ReadTxn& txn, Height tip,
                                                const crypto::format::Genesis& genesis) {
  PVC_TRY(const Bytes bytes, chain.epochs().system_at(txn, tip));
  if (bytes.empty()) return genesis_state(genesis);
  auto system = crypto::format::decode_system_state(bytes);
  if (system) return *std::move(system);
  return std::unexpected(storage::Error{.code = storage::Errc::corrupt, .number = tip.value(), .where = "chain/system"});
}

std::optional<Certificate> decoded(Bytes bytes, const SystemState& system) {
  const auto epoch = crypto::format::epoch_of_certificate(bytes);
  const AuthorityList* authorities = epoch ? authorities_of(system, *epoch) : nullptr;
  if (authorities == nullptr) return std::nullopt;
  auto certificate = crypto::format::decode_certificate(bytes, authorities->size());
  if (!certificate) return std::nullopt;
  return *std::move(certificate);
}

}  // namespace

storage::StorageResult<StoredEnd> read_end(const storage::ChainStore& chain, const crypto::format::Genesis& genesis) {
  StoredEnd end;
  {
    PVC_TRY(const storage::ReadTxn txn, chain.read());
    PVC_TRY(end.tip, chain.tip(txn));
    PVC_TRY(end.guard, chain.guard(txn));
    PVC_TRY(const auto newest, chain.newest_certificate(txn));
    if (!newest.certificate.empty() && newest.height == end.tip.height) end.certificate = to_vector(newest.certificate);
    PVC_TRY(end.system, read_system(chain, txn, end.tip.height, genesis));
  }
  PVC_TRY(end.turns, read_turns(chain, end.system));
  return end;
}

core::consensus::Recovered recovered_of(const StoredEnd& end, std::optional<AuthorityStart>& authority) {
  core::consensus::Recovered recovered;
  recovered.tip = end.tip.header;
  recovered.tip_id = end.tip.id;
  recovered.history = end.tip.history;
  recovered.system = end.system;
  recovered.turns = end.turns;
  if (end.certificate) recovered.tip_certificate = decoded(*end.certificate, end.system);
  if (!authority) return recovered;
  recovered.quarantined = authority->signer == nullptr;
  recovered.guard = authority->recovered.guard;
  for (const crypto::RecoveredVote& vote : authority->recovered.votes) {
    const AuthorityList* authorities = authorities_of(end.system, vote.statement.ballot.epoch);
    const auto signer = authorities == nullptr ? std::nullopt : crypto::format::find_authority(*authorities, authority->key);
    if (signer) recovered.own_votes.push_back({vote.statement.ballot, *signer, vote.signature});
  }
  for (const ByteVector& bytes : authority->recovered.certificates)
    if (auto certificate = decoded(bytes, end.system)) recovered.certificates.push_back(*std::move(certificate));
  recovered.bodies = std::move(authority->recovered.bodies);
  return recovered;
}

}  // namespace provchain::node
