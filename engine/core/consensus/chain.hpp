// SPDX-License-Identifier: Apache-2.0
// Bodies and finality: has the bytes of blocks checked, fetches those that are missing, judges them below their parents, and
// commits what a finality certificate makes final. Core thread only.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <tuple>
#include <vector>

#include "engine/core/consensus/fetcher.hpp"
#include "engine/core/consensus/state.hpp"
#include "wire/message.hpp"

namespace provchain::core::consensus {

class Chain {
 public:
  // A gap of more blocks than this below a final one is block sync's business.
  static constexpr std::uint64_t fetch_blocks_max = 8;

  Chain(State& state, CorrelationSource& correlations);

  // ---- inputs ----
  // Bytes of a block whose header is known to be of interest: has them checked unless the block has bytes already. `source` is
  // absent for own blocks.
  void offer_body(const BlockId& id, const SharedBytes& bytes, std::optional<ConnId> source, Effects& fx);
  void on_block_checked(Ticket ticket, const BlockVerdict& verdict, Effects& fx);
  void on_batch(ConnId conn, const wire::InMessage& message, Effects& fx);
  void on_batch_opened(Ticket ticket, const std::optional<OpenedBatch>& batch, Effects& fx);
  // The peer said that it cannot answer.
  void on_request_refused(ConnId conn, std::uint32_t corr);
  void on_peer_gone(ConnId conn);
  void on_committed(Height height, Effects& fx);
  void on_synced(const ChainEnd& end, const std::optional<crypto::format::Certificate>& certificate, Effects& fx);

  // ---- rules ----
  // Judges what can be judged; halts when a certificate names an invalid block. True when something changed.
  bool judge(Effects& fx);
  // R1: commits up to the highest finality certificate whose chain is complete. True when something became final.
  bool commit(Effects& fx);
  // Asks for the bodies that certificates and the current proposal need.
  void fetch(Now now, Effects& fx);
  [[nodiscard]] MonoTime next_deadline() const { return fetcher_.next_deadline(); }

 private:
  struct Opening {
    BlockId id;
    ConnId conn;
  };
  bool finalise(const crypto::format::Certificate& certificate, const std::vector<const TreeBlock*>& chain, Effects& fx);
  void settle_view(const Node& node, const std::optional<crypto::format::Certificate>& certificate);
  void note_certified_ahead();
  void forget_settled();
  void recheck(Effects& fx);
  // What the rules look at: unchanged, they have nothing new to say.
  struct Seen {
    std::uint64_t tree = 0;
    std::uint64_t book = 0;
    bool operator==(const Seen&) const = default;
  };
  struct Wish {
    BlockId missing;
    std::vector<ConnId> holders;
    MonoTime earliest;
  };
  [[nodiscard]] Seen seen() const { return Seen{state_.tree.revision(), state_.book.revision()}; }
  // The block of the current view's proposal, while that may still be accepted.
  [[nodiscard]] std::optional<BlockId> proposed() const;
  void wish_for_chain(const BlockId& id, std::vector<ConnId> holders, MonoTime earliest);
  void wish_for_certified(const std::map<View, HeldCertificate>& of_kind, std::uint64_t blocks_max, MonoTime soon);
  void fill_wishes(Now now, const std::optional<BlockId>& from_leader);

  State& state_;
  Fetcher fetcher_;
  std::vector<Wish> wishes_;  // of the last look, none twice
  Seen judged_;
  Seen committed_;
  std::tuple<Seen, View, std::optional<BlockId>> fetched_;
  std::map<Ticket, BlockId> checks_;
  std::map<Ticket, Opening> openings_;
  std::map<Height, Node> floors_;  // the node that made each height of a Commit under way final
};

}  // namespace provchain::core::consensus
