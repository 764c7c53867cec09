// SPDX-License-Identifier: Apache-2.0
// Catching up: fetches the blocks below a certified head, in order, from one peer at a time, and takes another when one is slow
// or wrong. Trust: a height without a verified FINALIZE certificate does not exist. The certified header's history_root proves
// every earlier block, so a batch needs its parent links and one path. Nothing is handed to storage before every block of its
// batch is proven and checked. Core thread only.
//
//   Status with a certificate ──verified──► target ──GetHeaders(H), its id is the certified one──► history_root
//   then, until the tip is H: GetBatch ──► OpenBatch ──► links, path ──► CheckBlock each ──► Commit ──► next
//
// A certificate counts with the authorities of its own epoch. Who they are is found out first (epoch_chain.hpp); the end of the
// furthest epoch that was proven on the way is a target of its own. No batch reaches over the end of an epoch: what is above it
// is checked against the system state that the end leaves behind.
//
// Restart needs no memory: the tip is the whole state.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <vector>

#include "base/time.hpp"
#include "crypto/format/certificate.hpp"
#include "engine/core/consensus/chain_end.hpp"
#include "engine/core/consensus/types.hpp"
#include "engine/core/counters.hpp"
#include "engine/core/effects.hpp"
#include "engine/core/sync/epoch_chain.hpp"
#include "engine/core/ticket.hpp"
#include "wire/message.hpp"
#include "wire/sync_messages.hpp"

namespace provchain::core {

class BlockSync {
 public:
  // `counters` outlives this object.
  explicit BlockSync(Counters& counters) : counters_(counters) {}

  // Before anything else, and whenever the end of the durable chain has moved, by whomever. `system`: what the next block builds
  // on; never null.
  void on_tip(Now now, Height height, const BlockId& id, const consensus::SystemPointer& system, Effects& fx);

  void on_peer_ready(Now now, ConnId conn, Effects& fx);
  void on_peer_gone(Now now, ConnId conn, Effects& fx);
  void on_status(Now now, ConnId conn, const wire::StatusView& status, Effects& fx);
  void on_epochs(Now now, ConnId conn, std::uint32_t corr, const std::vector<crypto::format::EpochEndView>& epochs, Effects& fx);
  void on_headers(Now now, ConnId conn, std::uint32_t corr, Bytes headers, Effects& fx);
  void on_batch(Now now, ConnId conn, std::uint32_t corr, const SharedBytes& payload, Effects& fx);
  void on_error(Now now, ConnId conn, std::uint32_t corr, wire::PeerReason code, Effects& fx);

  void on_verified(Now now, Ticket ticket, const std::vector<bool>& valid, Effects& fx);
  void on_batch_opened(Now now, Ticket ticket, const std::optional<OpenedBatch>& batch, Effects& fx);
  void on_block_checked(Now now, Ticket ticket, const BlockVerdict& verdict, Effects& fx);
  // The consensus has verified a certificate for a head it cannot reach by itself, or has none any more.
  void on_certified_ahead(Now now, const std::optional<consensus::CertifiedHead>& head, Effects& fx);

  // Nothing more is fetched: this node must not follow what it cannot trust.
  void halt();
  void on_tick(Now now, Effects& fx);
  [[nodiscard]] MonoTime next_deadline() const;

  [[nodiscard]] bool is_active() const { return phase_ != Phase::idle; }
  // The target's height; the tip's when nothing higher is known.
  [[nodiscard]] Height target() const { return target_ ? std::max(target_->height, tip_) : tip_; }
  [[nodiscard]] std::optional<ConnId> source() const { return is_active() ? source_ : std::nullopt; }
  // Once, after the target has become the tip: its certificate.
  [[nodiscard]] std::optional<crypto::format::Certificate> take_finished();
  // Once: a verified FINALIZE certificate that cannot be while the chain here is final: for another block at the height of the
  // tip, or for another end of an epoch than this chain has.
  struct Conflict {
    Height height;
    BlockId block_id;
    ByteVector certificate;
  };
  [[nodiscard]] std::optional<Conflict> take_conflict();

 private:
  static constexpr Duration timeout_first = Duration::seconds(10);

  enum class Phase : std::uint8_t {
    idle,        // nothing to fetch
    waiting,     // for a peer to fetch from
    header,      // GetHeaders is out
    batch,       // GetBatch is out
    opening,     // OpenBatch is out
    checking,    // CheckBlock is out for each block of the batch
    committing,  // Commit is out
  };
  struct Peer {
    Height base;
    Height certified;  // by a certificate verified here; 0: none
    MonoTime usable_at;
    MonoTime unproven_until;  // not asked for epochs before
    std::optional<Ticket> verifying;
  };
  struct Verifying {
    ConnId conn;
    Height base;
    crypto::format::Certificate certificate;
  };

  void ask_status(Now now, Effects& fx);
  void ask_epochs(Now now, ConnId conn, Epoch wanted, Effects& fx);
  void settle_epochs(Now now, const EpochChain::Verdict& verdict, Effects& fx);
  [[nodiscard]] ByteVector encoded(const crypto::format::Certificate& certificate) const;
  void raise_target(Now now, const crypto::format::Certificate& certificate);
  // Starts, continues or ends, as the tip and the target demand.
  void proceed(Now now, Effects& fx);
  [[nodiscard]] bool is_behind_enough(Now now) const;
  [[nodiscard]] std::optional<ConnId> choose_source(Now now) const;
  void ask_header(Now now, Effects& fx);
  void ask_batch(Now now, Effects& fx);
  // The last height that the next batch may reach: the target, or where the running epoch ends below it.
  [[nodiscard]] Height batch_end() const;
  [[nodiscard]] bool is_proven(const OpenedBatch& batch) const;
  // A proven batch ends the running epoch where, and only where, its authorities have ended it.
  [[nodiscard]] bool fits_epoch(const OpenedBatch& batch) const;
  void halt_invalid(Effects& fx);
  void commit(Now now, Effects& fx);
  // The source was too slow, or has not got it: another one, or the same later.
  void change_source(Now now, Duration pause, Effects& fx);
  // The source sent what no honest node sends.
  void blame(Now now, Effects& fx);
  void send_away(ConnId conn, Effects& fx);
  void distrust(Now now, ConnId conn);
  void drop_target();
  void abandon_batch();
  // That of the tip's own header.
  [[nodiscard]] Epoch epoch_of_tip() const;
  // A certificate by the authorities who alone may finalise at the tip's height.
  [[nodiscard]] bool contradicts_tip(const crypto::format::Certificate& certificate) const;
  void set_conflict(const crypto::format::Certificate& certificate);

  Counters& counters_;
  TicketSource tickets_{owner::sync};
  CorrelationSource correlations_{owner::sync};

  Height tip_;
  BlockId tip_id_;
  consensus::SystemPointer system_;
  EpochChain epochs_{tickets_, correlations_};
  MonoTime stuck_since_;  // the tip has not moved since, though a higher head was certified
  std::optional<crypto::format::Certificate> target_;
  std::optional<Hash256> target_history_root_;
  std::map<ConnId, Peer> peers_;
  std::map<Ticket, Verifying> verifying_;
  MonoTime ask_status_at_ = kNever;

  Phase phase_ = Phase::idle;
  bool halted_ = false;
  std::optional<ConnId> source_;
  ConnId last_source_;
  std::uint32_t corr_ = 0;
  MonoTime deadline_ = kNever;
  Duration timeout_ = timeout_first;
  Ticket opening_;
  std::vector<SharedBytes> blocks_;
  std::map<Ticket, bool> checks_;  // outstanding ones
  std::optional<crypto::format::Certificate> finished_;
  std::optional<Conflict> conflict_;
};

}  // namespace provchain::core
