// SPDX-License-Identifier: Apache-2.0
#include "engine/core/consensus/chain.hpp"

#include <algorithm>

#include "base/check.hpp"
#include "crypto/format/block.hpp"
#include "wire/messages.hpp"

namespace provchain::core::consensus {

using crypto::format::Certificate;

namespace {

// Blocks whose transactions are remembered although they are final: state/ and the mempool follow a moment later.
constexpr std::size_t settling_blocks_min = 8;

// Which transactions are byte for byte what the mempool has had checked.
std::vector<bool> known_in(const Mempool& mempool, const crypto::format::BlockView& block) {
  std::vector<bool> known;
  known.reserve(block.transactions.size());
  for (const auto& tx : block.transactions) {
    const PooledTx* pooled = mempool.find(tx.id);
    const bool is_dataset = tx.header.kind == crypto::format::TxKind::dataset;  // the others' signatures belong to an epoch
    known.push_back(is_dataset && pooled != nullptr && equal(pooled->bytes.view(), tx.bytes));
  }
  return known;
}

}  // namespace

Chain::Chain(State& state, CorrelationSource& correlations)
    : state_(state),
      fetcher_(state.options.seed, state.options.timing.fetch_timeout, correlations, state.epoch.parameters.max_block_bytes) {}

// ---- bodies ----

void Chain::offer_body(const BlockId& id, const SharedBytes& bytes, std::optional<ConnId> source, Effects& fx) {
  TreeBlock* block = state_.tree.find(id);
  if (block == nullptr || block->state != BlockState::header) return;
  const auto decoded = crypto::format::decode_block(bytes.view());
  if (!decoded || decoded->id != id) {
    if (source) state_.refuse_peer(*source, Reject::wrong_body, fx);
    return;
  }
  if (!state_.tree.begin_check(*block, bytes)) return state_.reject(Reject::outside_window);
  block->source = source;
  block->chain_known = state_.durable;
  const Ticket ticket = state_.tickets.next();
  checks_.emplace(ticket, id);
  fx.push_back(CheckBlock{ticket, bytes, known_in(state_.mempool, *decoded), state_.epoch.system});
}

void Chain::on_block_checked(Ticket ticket, const BlockVerdict& verdict, Effects& fx) {
  const auto at = checks_.find(ticket);
  if (at == checks_.end()) return state_.reject(Reject::unknown_ticket);
  const BlockId id = at->second;
  checks_.erase(at);
  TreeBlock* block = state_.tree.find(id);
  if (block == nullptr || block->state != BlockState::checking) return state_.reject(Reject::unknown_ticket);
  switch (verdict.outcome) {
    case BlockOutcome::valid:
      block->transactions = verdict.transactions;
      state_.tree.end_check(*block, BlockState::checked);
      return;
    case BlockOutcome::wrong_body: {
      // The sender's fault, never the block id's: one flipped byte must not make this node call a good block invalid.
      const std::optional<ConnId> source = block->source;
      state_.tree.end_check(*block, BlockState::header);
      if (source) state_.refuse_peer(*source, Reject::wrong_body, fx);
      fetcher_.retry(id);
      // A block this node built itself and cannot stand by: the next leader need not wait for it.
      const auto own = state_.proposals.find(state_.view);
      if (own != state_.proposals.end() && !own->second.vote && own->second.ballot.block_id == id) state_.pacemaker.expire();
      return;
    }
    case BlockOutcome::invalid:
      state_.reject(Reject::invalid_block);
      state_.tree.end_check(*block, BlockState::invalid);
      return;
  }
}

void Chain::on_batch(ConnId conn, const wire::InMessage& message, Effects& fx) {
  const std::optional<BlockId> id = fetcher_.take_answer(conn, message.corr);
  if (!id) return state_.reject(Reject::unsolicited);
  const Ticket ticket = state_.tickets.next();
  openings_.emplace(ticket, Opening{*id, conn});
  fx.push_back(OpenBatch{ticket, message.payload});
}

void Chain::on_batch_opened(Ticket ticket, const std::optional<OpenedBatch>& batch, Effects& fx) {
  const auto at = openings_.find(ticket);
  if (at == openings_.end()) return state_.reject(Reject::unknown_ticket);
  const Opening opening = at->second;
  openings_.erase(at);
  fetcher_.retry(opening.id);
  if (!batch || batch->blocks.size() != 1) return state_.refuse_peer(opening.conn, Reject::malformed, fx);
  const SharedBytes& bytes = batch->blocks.front();
  const auto decoded = crypto::format::decode_block(bytes.view());
  if (!decoded || decoded->id != opening.id) return state_.refuse_peer(opening.conn, Reject::wrong_body, fx);
  if (!fetcher_.wants(opening.id)) return state_.reject(Reject::unsolicited);
  if (state_.tree.add(opening.id, decoded->header, state_.view) == nullptr) return state_.reject(Reject::outside_window);
  offer_body(opening.id, bytes, opening.conn, fx);
}

void Chain::on_request_refused(ConnId conn, std::uint32_t corr) {
  const std::optional<BlockId> id = fetcher_.take_answer(conn, corr);
  if (!id) return state_.reject(Reject::unsolicited);
  fetcher_.retry(*id);
}

void Chain::on_peer_gone(ConnId conn) { fetcher_.on_peer_gone(conn); }

std::optional<BlockId> Chain::proposed() const {
  const auto proposal = state_.proposals.find(state_.view);
  if (proposal == state_.proposals.end() || !proposal->second.vote || proposal->second.hopeless) return std::nullopt;
  return proposal->second.ballot.block_id;
}

void Chain::wish_for_chain(const BlockId& id, std::vector<ConnId> holders, MonoTime earliest) {
  const std::optional<BlockId> missing = state_.tree.first_missing(id);
  if (!missing || wishes_.size() >= Fetcher::wanted_max) return;
  if (std::ranges::find(wishes_, *missing, &Wish::missing) != wishes_.end()) return;
  // An ancestor cannot be on its way by itself: only proposals bring bodies unasked, and its proposal is long past.
  wishes_.push_back(Wish{*missing, std::move(holders), *missing == id ? earliest : MonoTime{INT64_MIN}});
}

void Chain::wish_for_certified(const std::map<View, HeldCertificate>& of_kind, std::uint64_t blocks_max, MonoTime soon) {
  const std::uint64_t height_max = state_.final.height.value() + blocks_max;
  // The latest nodes matter most: those that the next proposal stands on and that this node may still finalise.
  std::set<BlockId> looked_at;
  for (auto at = of_kind.rbegin(); at != of_kind.rend() && looked_at.size() < fetch_blocks_max; ++at) {
    const Certificate& certificate = at->second.certificate;
    if (certificate.height <= state_.final.height || certificate.height.value() > height_max) continue;
    if (!looked_at.insert(certificate.block_id).second) continue;
    wish_for_chain(certificate.block_id, state_.holders_of(certificate), soon);
  }
}

void Chain::fill_wishes(Now now, const std::optional<BlockId>& from_leader) {
  wishes_.clear();
  if (from_leader) {
    std::vector<ConnId> holders;
    if (const auto leader = state_.roster.conn_of(state_.epoch.leader(state_.view))) holders.push_back(*leader);
    wish_for_chain(*from_leader, std::move(holders), MonoTime{INT64_MIN});
  }
  const MonoTime soon = now.mono + state_.options.timing.delta_base;
  const auto& ahead = state_.certified_ahead;
  const bool left_to_sync = ahead && ahead->height.value() > state_.final.height.value() + fetch_blocks_max;
  wish_for_certified(state_.book.finalisations(), fetch_blocks_max, soon);
  wish_for_certified(state_.book.notarisations(), left_to_sync ? fetch_blocks_max : unfinished_blocks_max, soon);
  std::set<BlockId> wanted;
  for (const Wish& wish : wishes_) wanted.insert(wish.missing);
  fetcher_.keep_only(wanted);
  for (const Wish& wish : wishes_) fetcher_.want(wish.missing, wish.holders, wish.earliest);
}

void Chain::fetch(Now now, Effects& fx) {
  const std::optional<BlockId> from_leader = proposed();
  if (const std::tuple now_seen{seen(), state_.view, from_leader}; now_seen != fetched_) {
    fill_wishes(now, from_leader);
    fetched_ = now_seen;
  }
  fetcher_.step(now.mono, state_.roster.ready(), fx);
}

// ---- validity ----

bool Chain::judge(Effects& fx) {
  if (state_.halted || judged_ == seen()) return false;
  const std::vector<BlockId> invalid = state_.tree.judge_checked(state_.epoch, state_.settling);
  judged_ = seen();
  for (std::size_t i = 0; i < invalid.size(); ++i) state_.reject(Reject::invalid_block);
  for (const auto* of_kind : {&state_.book.finalisations(), &state_.book.notarisations()}) {
    for (const auto& [view, held] : *of_kind) {
      if (!state_.tree.is_invalid(held.certificate.block_id)) continue;
      state_.halt(AlarmKind::halted_invalid_certified,
                  "a certificate of view " + std::to_string(view.value()) + " names block " + held.certificate.block_id.hex() +
                      ", which is invalid here",
                  {encode_certificate(held.certificate, state_.epoch.count)}, fx);
      return true;
    }
  }
  if (state_.book.conflict())
    state_.halt(AlarmKind::halted_conflicting_finality, "two certificates of one view name different blocks",
                state_.book.conflicting(), fx);
  return !invalid.empty();
}

// ---- finality ----

bool Chain::commit(Effects& fx) {
  // A disk that does not keep up: what is certified stays in the book until it does.
  if (state_.halted || state_.committing.size() >= commits_max || committed_ == seen()) return false;
  bool committed = false;
  // From the top: the first complete chain makes everything below it final too.
  const auto& finalisations = state_.book.finalisations();
  for (auto at = finalisations.rbegin(); at != finalisations.rend(); ++at) {
    const Certificate certificate = at->second.certificate;
    if (state_.excludes_final(certificate) || state_.tree.contradicts_end(certificate.block_id)) {
      state_.halt_beside(certificate, fx);
      return false;
    }
    const auto chain = state_.tree.chain_to(certificate.block_id);
    if (!chain) continue;
    committed = finalise(certificate, *chain, fx);
    break;
  }
  note_certified_ahead();
  committed_ = seen();
  return committed;
}

bool Chain::finalise(const Certificate& certificate, const std::vector<const TreeBlock*>& chain, Effects& fx) {
  const Node node = node_of(certificate);
  if (!chain.empty()) {
    Commit commit;
    commit.certificate = encode_certificate(certificate, state_.epoch.count);
    commit.guard = state_.journal_position();
    for (const TreeBlock* block : chain) {
      commit.blocks.push_back(block->bytes);
      std::vector<TxId> ids;
      ids.reserve(block->transactions.size());
      for (const CheckedTx& tx : block->transactions) ids.push_back(tx.id);
      state_.settling.emplace(block->header.height, std::move(ids));
      state_.committing.push_back(
          CommittingBlock{block->header.height, block->id, block->header, block->bytes, block->transactions, block->journalled});
    }
    fx.push_back(std::move(commit));
    // Votes of the next epoch stand in low views again: the view of this one must not count them as settled.
    Node floor = node;
    if (chain.back()->header.ends_epoch()) floor.view = View{};
    floors_.emplace(node.height, floor);
    state_.tree.advance(state_.chain_end(certificate.block_id));
  }
  settle_view(node, certificate);
  return true;
}

void Chain::settle_view(const Node& node, const std::optional<Certificate>& certificate) {
  PVC_CHECK(node.view >= state_.final.view);
  state_.final = node;
  state_.final_certificate = certificate;
  state_.book.forget_up_to(node.view);
  note_certified_ahead();
  const std::uint64_t behind = limits::vote_window_views_behind;
  if (node.view.value() > behind) state_.votes.forget_below(View(node.view.value() - behind));
}

void Chain::note_certified_ahead() {
  const auto& finalisations = state_.book.finalisations();
  if (finalisations.empty()) {
    state_.certified_ahead.reset();
    return;
  }
  const Certificate& highest = finalisations.rbegin()->second.certificate;
  if (state_.certified_ahead && state_.certified_ahead->view == highest.view) return;
  state_.certified_ahead = CertifiedHead{highest.view, highest.height, highest.block_id, highest};
}

void Chain::on_committed(Height height, Effects& fx) {
  if (height <= state_.durable) return;
  state_.durable = height;
  std::erase_if(state_.committing, [&](const CommittingBlock& block) { return block.height <= height; });
  forget_settled();
  // One commit may reach past the node that was decided: block sync writes more at once.
  const auto above = floors_.upper_bound(height);
  if (above == floors_.begin()) return;
  // What the journal holds below a durable final node is never needed again.
  const Node& floor = std::prev(above)->second;
  fx.push_back(AdvanceJournalFloor{floor.view, floor.height, floor.block_id});
  floors_.erase(floors_.begin(), above);
}

void Chain::forget_settled() {
  Height needed = state_.durable;
  for (const auto& [id, block] : state_.tree.blocks())
    if (block.state == BlockState::checking || block.state == BlockState::checked) needed = std::min(needed, block.chain_known);
  while (state_.settling.size() > settling_blocks_min && state_.settling.begin()->first <= needed)
    state_.settling.erase(state_.settling.begin());
}

void Chain::on_synced(const ChainEnd& end, const std::optional<Certificate>& certificate, Effects& fx) {
  state_.durable = std::max(state_.durable, end.header.height);
  if (end.header.height <= state_.final.height) return;
  state_.committing.clear();
  floors_.clear();
  state_.tree.advance(end);
  Node node{end.header.view, View{}, end.header.height, end.id};
  if (certificate) node = node_of(*certificate);
  node.view = std::max(node.view, state_.final.view);
  settle_view(node, certificate);
  recheck(fx);
}

void Chain::recheck(Effects& fx) {
  // Checks under way looked for repeated transactions in a chain that was shorter than the one these blocks must now extend.
  checks_.clear();
  for (auto& [id, block] : state_.tree.blocks()) {
    if (block.state != BlockState::checking && block.state != BlockState::checked) continue;
    const SharedBytes bytes = block.bytes;
    state_.tree.end_check(block, BlockState::header);
    offer_body(id, bytes, block.source, fx);
  }
}

}  // namespace provchain::core::consensus
