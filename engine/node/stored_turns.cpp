// SPDX-License-Identifier: Apache-2.0
#include "engine/node/stored_turns.hpp"

#include "engine/core/consensus/leader.hpp"

namespace provchain::node {

using core::consensus::Turns;

namespace {

storage::StorageResult<crypto::format::BlockHeader> header_at(const storage::ChainStore& chain, const storage::ReadTxn& txn,
                                                              Height height) {
  PVC_TRY(const auto header, chain.header_at(txn, height));
  if (header) return *header;
  return std::unexpected(storage::Error{storage::Errc::corrupt, 0, height.value(), "chain/hdr"});
}

}  // namespace

storage::StorageResult<Turns> read_turns(const storage::ChainStore& chain, const crypto::format::SystemState& system) {
  const core::consensus::LeaderSchedule schedule = core::consensus::schedule_of(system);
  PVC_TRY(const storage::ReadTxn txn, chain.read());
  PVC_TRY(const Height tip, chain.height(txn));
  const Height anchor = system.anchor_height;
  const Height begin = Turns::begin_of(anchor, tip);
  PVC_TRY(const auto last, header_at(chain, txn, begin));
  Turns turns(system.authorities.size(), anchor, begin, begin == anchor ? View{} : last.view);
  while (turns.height() < tip) {
    PVC_TRY(const auto header, header_at(chain, txn, turns.height().next()));
    if (header.height != turns.height().next())
      return std::unexpected(storage::Error{storage::Errc::corrupt, 0, turns.height().value(), "chain/hdr"});
    turns.count(schedule, header);
  }
  return turns;
}

}  // namespace provchain::node
