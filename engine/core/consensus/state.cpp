// SPDX-License-Identifier: Apache-2.0
#include "engine/core/consensus/state.hpp"

#include <algorithm>

#include "base/check.hpp"
#include "engine/core/consensus/proposal_rules.hpp"

namespace provchain::core::consensus {

using crypto::format::Certificate;
using crypto::format::VoteKind;

namespace {

// A joiner votes again when it is this near to the highest head that a certificate proves.
constexpr std::uint64_t near_blocks = 2;
// The memory for blocks that are not final, in blocks of full size: twice as many as may be unfinished.
constexpr std::size_t tree_blocks_full = 2 * unfinished_blocks_max;

}  // namespace

State::State(const Options& consensus_options, ChainEnd start, const std::optional<PublicKey>& own_key, const Roster& the_roster,
             const Mempool& the_mempool, TicketSource& ticket_source)
    : options(consensus_options),
      epoch(start.system, own_key),
      roster(the_roster),
      mempool(the_mempool),
      tickets(ticket_source),
      safety(epoch.context, epoch.epoch),
      votes(epoch.count),
      book(epoch.count),
      tree(std::move(start), tree_blocks_full * (epoch.parameters.max_block_bytes + crypto::format::block_header_bytes)),
      pacemaker(options.timing),
      conduct(epoch.count) {
  const ChainEnd& end = tree.end();
  // The anchor stands in view 0 of the epoch that it begins.
  final = Node{end.id == epoch.context.anchor_id ? View{} : end.header.view, View{}, end.header.height, end.id};
  durable = end.header.height;
}

Mode State::mode() const {
  if (halted) return Mode::halted;
  if (!epoch.me) return Mode::observer;
  if (quarantined) return Mode::quarantined;
  if (!joined && vouching.size() + 1 < epoch.quorum) return Mode::joining;
  if (certified_ahead && certified_ahead->height.value() > final.height.value() + near_blocks) return Mode::syncing;
  return Mode::active;
}

std::optional<GuardPosition> State::journal_position() const {
  if (!epoch.me || quarantined) return std::nullopt;
  return safety.signed_position();
}

std::optional<Node> State::node(View of_view) const {
  if (of_view == final.view) return final;
  if (of_view < final.view) return std::nullopt;
  return book.node(of_view);
}

std::optional<Node> State::tip() const {
  // Every view above `lowest` has been skipped, so that a node at or above it may be built on.
  const View lowest = std::max(book.covered_from(view), final.view);
  for (auto at = book.node_at_or_below(view.previous()); at && *at >= lowest && *at > final.view;
       at = book.node_at_or_below(at->previous())) {
    const std::optional<Node> candidate = book.node(*at);
    if (tree.is_valid(candidate->block_id)) return candidate;
  }
  return lowest == final.view ? std::optional(final) : std::nullopt;
}

bool State::is_epoch_ending() const {
  const auto ends = [](const auto& entry) { return entry.second.state == BlockState::valid && entry.second.header.ends_epoch(); };
  return is_epoch_over() || std::ranges::any_of(tree.blocks(), ends);
}

View State::top_notarised() const { return std::max(final.view, book.top_node().value_or(View{})); }

ChainEnd State::chain_end(const BlockId& id) const {
  if (id == tree.end().id) return tree.end();
  const TreeBlock* block = tree.find(id);
  PVC_CHECK(block != nullptr && block->state == BlockState::valid);
  return ChainEnd{block->header, id, block->history, block->system};
}

const std::set<TxId>& State::excluded_on(const BlockId& id) const {
  // The pool matters only while it holds something that the system state may have no place for.
  const std::uint64_t version = mempool.system_transactions().empty() ? 0 : mempool.version();
  if (excluded_.tip == id && excluded_.final == tree.end().id && excluded_.mempool_version == version) return excluded_.ids;
  excluded_ = Excluded{id, tree.end().id, version, tree.transactions_to(id)};
  for (const auto& [height, settled] : settling) excluded_.ids.insert(settled.begin(), settled.end());
  for (const TxId& candidate : mempool.system_transactions())
    if (!has_place(*tree.system_at(id), mempool.find(candidate)->checked)) excluded_.ids.insert(candidate);
  return excluded_.ids;
}

std::vector<ConnId> State::other_authorities() const {
  std::vector<ConnId> conns;
  for (std::size_t i = 0; i < epoch.count; ++i) {
    const AuthorityIndex authority(static_cast<std::uint16_t>(i));
    if (authority == epoch.me) continue;
    if (const auto conn = roster.conn_of(authority)) conns.push_back(*conn);
  }
  return conns;
}

std::vector<ConnId> State::holders_of(const Certificate& certificate) const {
  std::vector<ConnId> conns;
  for (const auto& signer : certificate.signers) {
    if (signer.authority == epoch.me) continue;
    if (const auto conn = roster.conn_of(signer.authority)) conns.push_back(*conn);
  }
  return conns;
}

void State::refuse_peer(ConnId conn, Reject reason, Effects& fx) {
  reject(reason);
  fx.push_back(Disconnect{conn, wire::PeerReason::malformed});
}

void State::alarm(AlarmKind kind, std::string detail, Effects& fx) {
  ++totals.alarms;
  fx.push_back(Alarm{kind, std::move(detail), {}});
}

bool State::excludes_final(const Certificate& certificate) const {
  if (certificate.kind != VoteKind::finalize || certificate.epoch != epoch.epoch) return false;
  if (certificate.height == final.height) return certificate.block_id != final.block_id;
  return certificate.height > final.height ? certificate.view <= final.view : certificate.view >= final.view;
}

void State::halt_beside(const Certificate& certificate, Effects& fx) {
  std::vector<ByteVector> proof{encode_certificate(certificate, epoch.count)};
  if (final_certificate) proof.push_back(encode_certificate(*final_certificate, epoch.count));
  halt(AlarmKind::halted_conflicting_finality, "block " + certificate.block_id.hex() + " is certified final beside the chain",
       std::move(proof), fx);
}

void State::halt(AlarmKind kind, std::string detail, std::vector<ByteVector> certificates, Effects& fx) {
  if (halted) return;
  halted = true;
  ++totals.alarms;
  fx.push_back(Alarm{kind, std::move(detail), std::move(certificates)});
}

void State::invariants() const {
  PVC_CHECK(view > final.view);
  PVC_CHECK(view > top_notarised());
  PVC_CHECK(tree.end().header.height == final.height);
  PVC_CHECK(tree.end().id == final.block_id);
  PVC_CHECK(proposals.empty() || proposals.begin()->first >= view);
  PVC_CHECK(!certified_ahead || certified_ahead->view > final.view);
  tree.invariants();
}

}  // namespace provchain::core::consensus
