// SPDX-License-Identifier: Apache-2.0
// Catching up: fetches the blocks below a certified head, in order, from one peer at a time, and takes another when one is slow
// or wrong. Trust: a height without a verified FINALIZE certificate does not exist. The certified header's history_root proves
// every earlier block, so a batch needs its parent links and one path. Nothing is handed to storage before every block of its
// batch is proven and checked. Core thread only.
//
//   Status with a certificate ──verified──► target ──GetHeaders(H), its id is the certified one──► history_root
//   then, until the tip is H: GetBatch ──► OpenBatch ──► links, path ──► CheckBlock each ──► Commit ──► next
//
// Restart needs no memory: the tip is the whole state.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include "base/time.hpp"
#include "crypto/format/certificate.hpp"
#include "crypto/format/genesis.hpp"
#include "engine/core/consensus/chain_end.hpp"
#include "engine/core/consensus/types.hpp"
#include "engine/core/counters.hpp"
#include "engine/core/effects.hpp"
#include "engine/core/ticket.hpp"
#include "wire/message.hpp"
#include "wire/sync_messages.hpp"

namespace provchain::core {

class BlockSync {
 public:
  // All references outlive this object.
  BlockSync(const crypto::format::Genesis& genesis, Counters& counters);

  // The end of the durable chain has moved, by whomever.
  void on_tip(Now now, Height height, const BlockId& id, Effects& fx);

  // The system state that the next block builds on: fetched blocks are checked against the epochs that it knows.
  void set_system(consensus::SystemPointer system) { system_ = std::move(system); }

  void on_peer_ready(Now now, ConnId conn, Effects& fx);
  void on_peer_gone(Now now, ConnId conn, Effects& fx);
  void on_status(Now now, ConnId conn, const wire::StatusView& status, Effects& fx);
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
  // Once: a verified FINALIZE certificate for another block at the height of the tip.
  [[nodiscard]] std::optional<crypto::format::Certificate> take_conflict();

 private:
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
    std::optional<Ticket> verifying;
  };
  struct Verifying {
    ConnId conn;
    Height base;
    crypto::format::Certificate certificate;
  };

  void ask_status(Now now, Effects& fx);
  void raise_target(Now now, const crypto::format::Certificate& certificate);
  // Starts, continues or ends, as the tip and the target demand.
  void proceed(Now now, Effects& fx);
  [[nodiscard]] bool is_behind_enough(Now now) const;
  [[nodiscard]] std::optional<ConnId> choose_source(Now now) const;
  void ask_header(Now now, Effects& fx);
  void ask_batch(Now now, Effects& fx);
  [[nodiscard]] bool is_proven(const OpenedBatch& batch);
  void commit(Now now, Effects& fx);
  // The source was too slow, or has not got it: another one, or the same later.
  void change_source(Now now, Duration pause, Effects& fx);
  // The source sent what no honest node sends.
  void blame(Now now, Effects& fx);
  void abandon_batch();
  [[nodiscard]] bool contradicts_tip(const crypto::format::Certificate& certificate) const;

  const crypto::format::Genesis& genesis_;
  crypto::format::StatementContext context_;
  Counters& counters_;
  TicketSource tickets_{owner::sync};
  CorrelationSource correlations_{owner::sync};

  consensus::SystemPointer system_;
  Height tip_;
  BlockId tip_id_;
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
  Duration timeout_;
  Ticket opening_;
  std::vector<SharedBytes> blocks_;
  std::map<Ticket, bool> checks_;  // outstanding ones
  std::optional<crypto::format::Certificate> finished_;
  std::optional<crypto::format::Certificate> conflict_;
};

}  // namespace provchain::core
