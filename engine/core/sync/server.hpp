// SPDX-License-Identifier: Apache-2.0
// Answers the questions of those who catch up. Reading and compressing is the driver's; what is asked for is judged here. A
// question of 40 bytes may cost megabytes of reading, so a peer gets `busy` while serves_per_peer_max answers to it are being
// made. Core thread only.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>

#include "engine/core/counters.hpp"
#include "engine/core/effects.hpp"
#include "wire/epoch_messages.hpp"
#include "wire/sync_messages.hpp"

namespace provchain::core {

class SyncServer {
 public:
  static constexpr std::uint32_t serves_per_peer_max = 8;
  static constexpr std::uint32_t serves_max = 512;  // for all peers, since who comes back is a new peer here

  // `counters` outlives this object.
  explicit SyncServer(Counters& counters) : counters_(counters) {}

  // The durable chain ends here now. `certificate`: FINALIZE on it, encoded; absent below a certified head.
  void on_tip(Height height, const BlockId& id, const std::optional<ByteVector>& certificate);

  void on_get_status(ConnId conn, std::uint32_t corr, Effects& fx) const;
  void on_get_headers(ConnId conn, std::uint32_t corr, const wire::GetHeaders& request, Effects& fx);
  void on_get_epochs(ConnId conn, std::uint32_t corr, const wire::GetEpochs& request, Effects& fx);
  // `held`: the block asked for by id, as far as the consensus still holds it; else empty.
  void on_get_batch(ConnId conn, std::uint32_t corr, const wire::GetBatch& request, const SharedBytes& held, Effects& fx);

  // The newest certificate at hand, encoded, and its height; 0: none.
  [[nodiscard]] Height certified() const { return certified_; }
  [[nodiscard]] const ByteVector& certificate() const PVC_LIFETIMEBOUND { return certificate_; }

  // The answer to one Serve… effect has been made, or cannot be.
  void on_served(ConnId conn);

 private:
  void refuse(ConnId conn, std::uint32_t corr, wire::PeerReason reason, Effects& fx);
  // Counts one more answer in the making; or refuses it.
  [[nodiscard]] bool begin_serve(ConnId conn, std::uint32_t corr, Effects& fx);

  Counters& counters_;
  Height tip_;
  Height certified_;  // the highest height a certificate is at hand for; 0: none
  ByteVector certificate_;
  std::map<ConnId, std::uint32_t> serving_;  // answers in the making, also for peers that are gone
  std::uint32_t serving_total_ = 0;
  std::map<BlockId, Height> recent_;  // blocks that peers may still ask for by id, as the consensus knows them
  std::deque<BlockId> recent_order_;
};

}  // namespace provchain::core
