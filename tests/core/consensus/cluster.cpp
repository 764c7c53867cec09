// SPDX-License-Identifier: Apache-2.0
#include "tests/core/consensus/cluster.hpp"

#include <algorithm>
#include <deque>
#include <sstream>

#include "crypto/digest.hpp"
#include "crypto/domain.hpp"
#include "crypto/format/block.hpp"
#include "engine/core/consensus/block_tree.hpp"
#include "engine/core/consensus/leader.hpp"
#include "tests/core/consensus/epochs.hpp"
#include "wire/messages.hpp"

namespace provchain::core::consensus::test {

using crypto::format::Ballot;
using crypto::format::Certificate;
using crypto::format::Vote;
using crypto::format::VoteKind;

// What survives a crash, and what does not.
struct Cluster::Node {
  std::size_t index = 0;
  std::uint64_t incarnation = 0;
  // durable
  std::vector<SharedBytes> chain;  // heights 1 …
  std::vector<crypto::format::BlockHeader> headers;
  std::set<TxId> final;
  std::optional<ByteVector> certificate;
  crypto::format::Guard guard;
  std::vector<Ballot> votes;
  std::vector<ByteVector> certificates;
  std::vector<SharedBytes> bodies;
  std::set<Ballot> ever_durable;  // what the journal has held, for the checks
  // volatile
  struct Running {
    Roster roster;
    Mempool mempool{MempoolOptions{}};
    std::unique_ptr<Consensus> consensus;
    std::vector<Link> links;
    MonoTime journal_free;
    MonoTime disk_free;
    MonoTime armed = kNever;
    bool syncing = false;
  };
  std::unique_ptr<Running> running;
};

// ---- fakes ----

PublicKey key_of(std::size_t node) {
  PublicKey key;
  key.bytes.fill(static_cast<std::uint8_t>(node + 1));
  return key;
}

Signature fake_signature(const PublicKey& key, Bytes message) {
  const Hash256 first = crypto::hash("test-signature", {key.view(), message});
  Signature signature;
  std::ranges::copy(first.bytes, signature.bytes.begin());
  std::ranges::copy(first.bytes, signature.bytes.begin() + 32);
  return signature;
}

Vote sign_vote(const crypto::format::StatementContext& context, std::size_t node, const Ballot& ballot) {
  const auto statement = encode_statement(context, ballot);
  return Vote{ballot, AuthorityIndex(static_cast<std::uint16_t>(node)), fake_signature(key_of(node), statement)};
}

crypto::format::Genesis test_genesis(std::size_t nodes, const crypto::format::ConsensusParameters& parameters) {
  crypto::format::Genesis genesis;
  genesis.name = "test";
  genesis.network_id.bytes.fill(0x11);
  genesis.time_ms = 1'700'000'000'000;
  genesis.parameters = parameters;
  for (std::size_t i = 0; i < nodes; ++i) genesis.authorities.push_back({key_of(i), "authority " + std::to_string(i)});
  return genesis;
}

SharedBytes make_transaction(const NetworkId& network_id, std::uint64_t salt, std::size_t payload_bytes) {
  ByteVector payload(payload_bytes, static_cast<std::uint8_t>(salt));
  crypto::format::TxHeader header;
  header.network_id = network_id;
  header.author.bytes.fill(0x77);
  header.salt = salt;
  header.valid_until = Height(1'000'000);
  header.quad_count = 1;
  header.payload_bytes = static_cast<std::uint32_t>(payload.size());
  header.dataset_root = crypto::hash(crypto::domain::dataset, payload);
  const auto header_bytes = encode_tx_header(header);
  ByteVector bytes(header_bytes.begin(), header_bytes.end());
  append(bytes, payload);
  append(bytes, fake_signature(header.author, crypto::format::tx_id_of(header_bytes).view()).view());
  return SharedBytes::copy_of(bytes);
}

std::optional<CheckedTx> check_transaction(Bytes bytes) {
  const auto tx = crypto::format::decode_transaction(bytes);
  if (!tx || crypto::hash(crypto::domain::dataset, tx->payload) != tx->header.dataset_root) return std::nullopt;
  if (tx->signature != fake_signature(tx->header.author, tx->id.view())) return std::nullopt;
  return CheckedTx{tx->id,
                   tx->header.author,
                   tx->signature,
                   tx->header.kind,
                   tx->header.valid_until.value(),
                   tx->header.quad_count,
                   static_cast<std::uint32_t>(bytes.size()),
                   std::nullopt};
}

BlockVerdict check_block(Bytes bytes) {
  BlockVerdict verdict;
  verdict.outcome = BlockOutcome::wrong_body;
  const auto block = crypto::format::decode_block(bytes);
  if (!block || crypto::format::tx_root_of(block->transactions) != block->header.tx_root) return verdict;
  for (const auto& tx : block->transactions) {
    const auto checked = check_transaction(tx.bytes);
    if (!checked) return verdict;
    verdict.transactions.push_back(*checked);
  }
  verdict.outcome = BlockOutcome::valid;
  return verdict;
}

// ---- time ----

Cluster::Cluster(const ClusterOptions& options)
    : options_(options), genesis_(test_genesis(options.nodes, options.parameters)), prng_(options.seed) {
  context_ = genesis_epoch(genesis_).context;
  for (std::size_t i = 0; i < options.nodes + options.observers; ++i) {
    nodes_.push_back(std::make_unique<Node>());
    nodes_.back()->index = i;
  }
  for (std::size_t i = 0; i < nodes_.size(); ++i) start(i);
}

Cluster::~Cluster() = default;

Duration Cluster::between(Duration low, Duration high) {
  return Duration{low.us + static_cast<std::int64_t>(prng_.below(static_cast<std::uint64_t>(high.us - low.us + 1)))};
}

Now Cluster::now_of(std::size_t node) const {
  const std::int64_t skew = node < options_.clock_skew_ms.size() ? options_.clock_skew_ms[node] : 0;
  return Now{now_, WallTime{static_cast<std::int64_t>(genesis_.time_ms) + 3'600'000 + now_.us / 1000 + skew}};
}

void Cluster::at_time(MonoTime at, std::function<void()> action) {
  const std::uint64_t sequence = sequence_++;
  events_.emplace(std::pair(at.us, sequence), Event{at, sequence, std::move(action)});
}

void Cluster::at_node(std::size_t node, MonoTime at, std::function<void(Node&)> action) {
  const std::uint64_t incarnation = nodes_[node]->incarnation;
  at_time(at, [this, node, incarnation, action = std::move(action)] {
    Node& target = *nodes_[node];
    if (target.running && target.incarnation == incarnation) action(target);
  });
}

void Cluster::step(const Event& event) {
  now_ = std::max(now_, event.at);
  event.action();
}

bool Cluster::run_until(const std::function<bool()>& done, Duration limit) {
  const MonoTime end = now_ + limit;
  if (done()) return true;
  while (!events_.empty() && events_.begin()->second.at <= end) {
    const Event event = std::move(events_.begin()->second);
    events_.erase(events_.begin());
    step(event);
    if (done()) return true;
  }
  now_ = end;
  return done();
}

void Cluster::run_for(Duration span) {
  (void)run_until([] { return false; }, span);
}

void Cluster::mix(std::uint64_t value) { digest_ = (digest_ ^ value) * 1099511628211U; }

void Cluster::violate(const std::string& what) {
  if (violations_.size() < 10) violations_.push_back("at " + std::to_string(now_.us) + " us: " + what);
}

// ---- nodes ----

void Cluster::start(std::size_t index) {
  Node& node = *nodes_[index];
  ++node.incarnation;
  node.running = std::make_unique<Node::Running>();
  Options options;
  options.timing = options_.timing;
  options.seed = options_.seed + index;
  options.range_nullify = !options_.plain_nullify.contains(index);
  std::optional<PublicKey> own_key;
  if (index < options_.nodes) own_key = genesis_.authorities[index].key;
  TicketSource tickets(owner::consensus);
  node.running->consensus = std::make_unique<Consensus>(options, genesis_, own_key, node.running->roster, node.running->mempool,
                                                        tickets, CorrelationSource(owner::consensus));
  Recovered recovered;
  recovered.tip = node.headers.empty() ? genesis_header(genesis_) : node.headers.back();
  recovered.tip_id = block_id_of(recovered.tip);
  recovered.history = extend_history({}, block_id_of(genesis_header(genesis_)));
  for (const auto& header : node.headers) recovered.history = extend_history(recovered.history, block_id_of(header));
  if (node.certificate) recovered.tip_certificate = *crypto::format::decode_certificate(*node.certificate, options_.nodes);
  recovered.guard = node.guard;
  for (const Ballot& ballot : node.votes) recovered.own_votes.push_back(sign_vote(context_, index, ballot));
  for (const ByteVector& bytes : node.certificates)
    recovered.certificates.push_back(*crypto::format::decode_certificate(bytes, options_.nodes));
  recovered.bodies = node.bodies;
  recovered.quarantined = options_.quarantined.contains(index);
  Effects fx;
  node.running->consensus->on_start(now_of(index), recovered, fx);
  after_input(node, fx);
  for (std::size_t other = 0; other < nodes_.size(); ++other)
    if (other != index && is_up(other)) connect(index, other);
}

void Cluster::crash(std::size_t index) {
  for (std::size_t other = 0; other < nodes_.size(); ++other)
    if (other != index) disconnect(index, other);
  nodes_[index]->running.reset();
  ++nodes_[index]->incarnation;
}

void Cluster::restart(std::size_t index) { start(index); }

void Cluster::roll_back(std::size_t index) {
  auto fresh = std::make_unique<Node>();
  fresh->index = index;
  fresh->incarnation = nodes_[index]->incarnation;
  fresh->ever_durable = nodes_[index]->ever_durable;
  nodes_[index] = std::move(fresh);
}

bool Cluster::is_up(std::size_t node) const { return nodes_[node]->running != nullptr; }

void Cluster::connect(std::size_t a, std::size_t b) {
  const ConnId conn_a(next_conn_++);
  const ConnId conn_b(next_conn_++);
  const auto open = [&](std::size_t self, ConnId conn, std::size_t peer, ConnId peer_conn) {
    const std::uint64_t incarnation = nodes_[peer]->incarnation;
    at_node(self, now_ + Duration::millis(2), [this, conn, peer, peer_conn, incarnation](Node& node) {
      if (!is_up(peer) || nodes_[peer]->incarnation != incarnation) return;  // it has crashed meanwhile
      node.running->links.push_back(Link{conn, peer_conn, peer});
      node.running->roster.add(conn);
      if (peer < options_.nodes) node.running->roster.attest(conn, AuthorityIndex(static_cast<std::uint16_t>(peer)));
      Effects fx;
      node.running->consensus->on_peer_ready(now_of(node.index), conn, fx);
      after_input(node, fx);
    });
  };
  open(a, conn_a, b, conn_b);
  open(b, conn_b, a, conn_a);
}

void Cluster::disconnect(std::size_t a, std::size_t b) {
  for (const auto& [self, peer] : {std::pair(a, b), std::pair(b, a)}) {
    Node& node = *nodes_[self];
    if (!node.running) continue;
    auto& links = node.running->links;
    const auto at = std::ranges::find(links, peer, &Link::peer);
    if (at == links.end()) continue;
    const ConnId conn = at->conn;
    links.erase(at);
    node.running->roster.remove(conn);
    at_node(self, now_, [this, conn](Node& live) {
      Effects fx;
      live.running->consensus->on_peer_gone(now_of(live.index), conn, fx);
      after_input(live, fx);
    });
  }
}

void Cluster::partition(const std::vector<std::set<std::size_t>>& groups) { groups_ = groups; }
void Cluster::heal() { groups_.clear(); }

bool Cluster::can_talk(std::size_t a, std::size_t b) const {
  if (groups_.empty()) return true;
  return std::ranges::any_of(groups_, [&](const auto& group) { return group.contains(a) && group.contains(b); });
}

void Cluster::arm(Node& node) {
  const MonoTime next = node.running->consensus->next_deadline();
  if (next >= node.running->armed || next == kNever) return;
  node.running->armed = next;
  at_node(node.index, std::max(next, now_ + Duration::micros(1)), [this, next](Node& live) {
    if (live.running->armed != next) return;  // an earlier one has been armed since, and has come
    live.running->armed = kNever;
    Effects fx;
    live.running->consensus->on_tick(now_of(live.index), fx);
    after_input(live, fx);
  });
}

// ---- effects ----

void Cluster::after_input(Node& node, Effects& fx) {
  for (Effect& effect : fx) execute(node, effect);
  maybe_sync(node);
  arm(node);
}

void Cluster::execute(Node& node, Effect& effect) {
  mix(node.index * 31 + effect.index());
  if (const auto* out = std::get_if<Send>(&effect)) return send(node, *out);
  if (const auto* checks = std::get_if<VerifySignatures>(&effect)) return verify(node, *checks);
  if (const auto* vote = std::get_if<CastVote>(&effect)) return cast(node, *vote);
  if (const auto* blocks = std::get_if<Commit>(&effect)) return commit(node, *blocks);
  if (const auto* alarm = std::get_if<Alarm>(&effect)) {
    ++alarms_[alarm->kind];
    return;
  }
  if (const auto* proof = std::get_if<PublishEvidence>(&effect)) {
    evidence_.push_back(proof->evidence);
    return;
  }
  if (const auto* close = std::get_if<Disconnect>(&effect)) {
    ++disconnects_;
    const auto link = std::ranges::find(node.running->links, close->conn, &Link::conn);
    if (link == node.running->links.end()) return;
    const std::size_t peer = link->peer;
    disconnect(node.index, peer);
    at_node(node.index, now_ + Duration::millis(500), [this, peer](Node& live) {
      const bool linked = std::ranges::find(live.running->links, peer, &Link::peer) != live.running->links.end();
      if (is_up(peer) && !linked) connect(live.index, peer);
    });
    return;
  }
  if (const auto* check = std::get_if<CheckBlock>(&effect)) {
    at_node(node.index, now_ + options_.check_extra + between(Duration::micros(200), Duration::millis(4)),
            [this, check = *check](Node& live) {
              BlockVerdict verdict = check_block(check.bytes.view());
              for (CheckedTx& tx : verdict.transactions)
                if (live.final.contains(tx.id)) tx.in_chain = Height(1);
              Effects fx;
              live.running->consensus->on_block_checked(now_of(live.index), check.ticket, verdict, fx);
              after_input(live, fx);
            });
    return;
  }
  if (const auto* open = std::get_if<OpenBatch>(&effect)) {
    at_node(node.index, now_ + Duration::millis(1), [this, open = *open](Node& live) {
      OpenedBatch batch;
      batch.blocks.push_back(open.payload);
      Effects fx;
      live.running->consensus->on_batch_opened(now_of(live.index), open.ticket, batch, fx);
      after_input(live, fx);
    });
    return;
  }
  if (const auto* floor = std::get_if<AdvanceJournalFloor>(&effect)) {
    std::erase_if(node.votes, [&](const Ballot& ballot) { return ballot.view < floor->view; });
    std::erase_if(node.bodies, [&](const SharedBytes& bytes) {
      return crypto::format::decode_block(bytes.view())->header.height <= floor->height;
    });
    std::erase_if(node.certificates, [&](const ByteVector& bytes) {
      return crypto::format::decode_certificate(bytes, options_.nodes)->view < floor->view;
    });
    return;
  }
  violate("an effect nobody expects from consensus");
}

void Cluster::check_released(const Node& node, const Vote& vote) {
  if (vote.signer.value() != node.index || options_.liars.contains(node.index)) return;
  const std::uint64_t step = vote.ballot.kind == VoteKind::notarize ? 1 : 2;
  const auto [at, is_new] = released_.emplace(std::tuple(node.index, vote.ballot.view.value(), step), vote.ballot);
  if (!is_new && at->second != vote.ballot)
    violate("node " + std::to_string(node.index) + " released two statements for one position");
  if (!node.ever_durable.contains(vote.ballot))
    violate("node " + std::to_string(node.index) + " released a vote that is not in its journal");
}

void Cluster::send(Node& node, const Send& effect) {
  const auto link = std::ranges::find(node.running->links, effect.to, &Link::conn);
  if (link == node.running->links.end()) return;
  const std::size_t to = link->peer;
  ++sent_[effect.message.kind];
  for (const std::uint8_t byte : effect.message.payload.view().first(std::min<std::size_t>(effect.message.payload.size(), 160)))
    mix(byte);
  if (effect.message.kind == wire::MessageKind::vote)
    check_released(node, *crypto::format::decode_vote(effect.message.payload.view()));
  if (effect.message.kind == wire::MessageKind::proposal) {
    const auto view = wire::parse_proposal(effect.message.payload.view());
    check_released(node, *crypto::format::decode_vote(view->vote));
  }
  wire::OutMessage message = effect.message;
  if (adversary_ && !adversary_(node.index, to, message)) return;
  inject(node.index, to, message);
}

void Cluster::inject(std::size_t from, std::size_t to, const wire::OutMessage& message) {
  if (!is_up(from) || !can_talk(from, to) || prng_.below(100) < options_.loss_percent) return;
  const auto& links = nodes_[from]->running->links;
  const auto link = std::ranges::find(links, to, &Link::peer);
  if (link == links.end()) return;
  const int copies = prng_.below(100) < options_.duplicate_percent ? 2 : 1;
  for (int i = 0; i < copies; ++i) {
    const ConnId conn = link->peer_conn;
    at_node(to, now_ + between(options_.delay_min, options_.delay_max),
            [this, from, conn, message](Node& live) { deliver(from, live.index, conn, message); });
  }
}

void Cluster::deliver(std::size_t from, std::size_t to, ConnId conn, const wire::OutMessage& message) {
  Node& node = *nodes_[to];
  if (!can_talk(from, to)) return;
  if (std::ranges::find(node.running->links, conn, &Link::conn) == node.running->links.end()) return;
  wire::InMessage in;
  in.kind = message.kind;
  in.response = message.response;
  in.corr = message.corr;
  in.payload = message.payload;
  if (in.kind == wire::MessageKind::get_batch) return serve_batch(node, conn, in);
  Effects fx;
  node.running->consensus->on_message(now_of(to), conn, in, fx);
  after_input(node, fx);
}

void Cluster::serve_batch(Node& node, ConnId conn, const wire::InMessage& message) {
  const auto get = wire::parse_get_batch(message.payload.view());
  SharedBytes bytes = node.running->consensus->held_block(*get->block_id);
  for (std::size_t i = 0; bytes.empty() && i < node.headers.size(); ++i)
    if (block_id_of(node.headers[i]) == *get->block_id) bytes = node.chain[i];
  if (!bytes.empty()) return send(node, Send{conn, wire::answer(wire::MessageKind::batch, message.corr, bytes)});
  wire::ErrorNotice notice{message.corr, wire::PeerReason::not_found, ""};
  send(node, Send{conn, wire::one_way(wire::MessageKind::error, wire::build_error(notice))});
}

void Cluster::verify(Node& node, const VerifySignatures& effect) {
  at_node(node.index, now_ + between(Duration::micros(100), Duration::millis(1)), [this, effect](Node& live) {
    std::vector<bool> valid;
    for (const SignatureCheck& check : effect.checks)
      valid.push_back(check.signature == fake_signature(check.key, Bytes(check.message).first(check.message_bytes)));
    Effects fx;
    live.running->consensus->on_verified(now_of(live.index), effect.ticket, valid, fx);
    after_input(live, fx);
  });
}

void Cluster::cast(Node& node, const CastVote& effect) {
  // One batch in flight: the journal answers in order. A crash loses it before the fdatasync, or keeps it and loses only the
  // answer.
  const MonoTime durable =
      std::max(node.running->journal_free, now_) + options_.journal_extra + between(Duration::micros(300), Duration::millis(6));
  node.running->journal_free = durable + Duration::micros(200);
  at_node(node.index, durable, [this, effect](Node& live) { make_durable(live, effect); });
  at_node(node.index, node.running->journal_free, [this, effect](Node& live) {
    const Vote vote = sign_vote(context_, live.index, effect.ballot);
    Effects fx;
    live.running->consensus->on_vote_signed(now_of(live.index), effect.ticket, vote.signature, fx);
    after_input(live, fx);
  });
}

void Cluster::make_durable(Node& node, const CastVote& effect) {
  if (effect.context != context_) violate("a vote of another context");
  if (node.guard.judge(effect.context, effect.ballot) != crypto::format::GuardVerdict::admitted)
    return violate("node " + std::to_string(node.index) + " asked the key guard for what it must refuse");
  node.guard.advance(effect.context, effect.ballot);
  node.votes.push_back(effect.ballot);
  node.ever_durable.insert(effect.ballot);
  node.certificates.insert(node.certificates.end(), effect.certificates.begin(), effect.certificates.end());
  node.bodies.insert(node.bodies.end(), effect.bodies.begin(), effect.bodies.end());
  if (effect.ballot.kind == VoteKind::nullify) return;
  const auto names_block = [&](const SharedBytes& bytes) {
    return crypto::format::decode_block(bytes.view())->id == effect.ballot.block_id;
  };
  const bool is_held = std::ranges::any_of(node.bodies, names_block) || std::ranges::any_of(node.chain, names_block);
  if (!is_held) violate("node " + std::to_string(node.index) + " voted for a block that is not durable");
}

void Cluster::commit(Node& node, const Commit& effect) {
  std::vector<TxId> ids;
  Height last;
  for (const SharedBytes& bytes : effect.blocks) {
    const auto block = crypto::format::decode_block(bytes.view());
    const auto [at, is_new] = agreed_.emplace(block->header.height.value(), block->id);
    if (!is_new && at->second != block->id) violate("two blocks of height " + std::to_string(at->first) + " are final");
    for (const auto& tx : block->transactions) ids.push_back(tx.id);
    last = block->header.height;
  }
  node.running->mempool.on_final(ids, last);
  MonoTime durable = std::max(node.running->disk_free, now_) + between(Duration::millis(1), Duration::millis(10));
  if (options_.disk_extra.contains(node.index)) durable = durable + options_.disk_extra.at(node.index);
  node.running->disk_free = durable;
  at_node(node.index, durable, [this, effect](Node& live) {
    if (effect.guard && *effect.guard > GuardPosition{live.guard.epoch, live.guard.view, live.guard.step})
      violate("node " + std::to_string(live.index) + " stores a guard position that its journal has not reached");
    Height tip;
    for (const SharedBytes& bytes : effect.blocks) {
      const auto block = crypto::format::decode_block(bytes.view());
      tip = block->header.height;
      if (tip.value() <= live.headers.size()) continue;  // block sync was there first
      if (tip.value() != live.headers.size() + 1) return violate("a commit out of order");
      live.chain.push_back(bytes);
      live.headers.push_back(block->header);
      for (const auto& tx : block->transactions)
        if (!live.final.insert(tx.id).second) violate("a transaction became final twice");
      live.certificate = effect.certificate;
    }
    Effects fx;
    live.running->consensus->on_committed(now_of(live.index), tip, fx);
    after_input(live, fx);
  });
}

// ---- what block sync does in a whole node ----

void Cluster::maybe_sync(Node& node) {
  const auto& ahead = node.running->consensus->certified_ahead();
  if (!ahead || node.running->syncing || ahead->height.value() <= node.headers.size() + 8) return;
  node.running->syncing = true;
  at_node(node.index, now_ + Duration::millis(200), [this](Node& live) {
    live.running->syncing = false;
    sync(live);
  });
}

void Cluster::sync(Node& node) {
  const auto ahead = node.running->consensus->certified_ahead();
  if (!ahead || !node.running->consensus->committing().empty()) return;
  for (const Link& link : node.running->links) {
    const Node& source = *nodes_[link.peer];
    if (!can_talk(node.index, link.peer) || source.headers.size() < ahead->height.value()) continue;
    if (block_id_of(source.headers[ahead->height.value() - 1]) != ahead->block_id) continue;
    crypto::merkle::Frontier history = extend_history({}, block_id_of(genesis_header(genesis_)));
    for (std::size_t i = 0; i < ahead->height.value(); ++i) {
      history = extend_history(history, block_id_of(source.headers[i]));
      if (i < node.headers.size()) continue;
      node.chain.push_back(source.chain[i]);
      node.headers.push_back(source.headers[i]);
      std::vector<TxId> ids;
      const auto block = crypto::format::decode_block(source.chain[i].view());
      for (const auto& tx : block->transactions) ids.push_back(tx.id);
      node.final.insert(ids.begin(), ids.end());
      node.running->mempool.on_final(ids, Height(i + 1));
    }
    node.certificate = encode_certificate(ahead->certificate, options_.nodes);
    Effects fx;
    const ChainEnd end{node.headers.back(), ahead->block_id, history, genesis_system(genesis_)};
    node.running->consensus->on_synced(now_of(node.index), end, ahead->certificate, fx);
    after_input(node, fx);
    return;
  }
  maybe_sync(node);
}

// ---- work ----

TxId Cluster::submit(const std::vector<std::size_t>& to) {
  const SharedBytes bytes = make_transaction(genesis_.network_id, next_salt_++);
  const CheckedTx checked = *check_transaction(bytes.view());
  transactions_.emplace(checked.id, bytes);
  for (std::size_t i = 0; i < nodes_.size(); ++i) {
    if (!is_up(i) || (!to.empty() && std::ranges::find(to, i) == to.end())) continue;
    at_node(i, now_ + between(Duration::millis(1), Duration::millis(30)), [this, checked, bytes](Node& live) {
      if (live.final.contains(checked.id)) return;
      (void)live.running->mempool.insert(checked, bytes, now_, Height(live.headers.size() + 1));
      Effects fx;
      live.running->consensus->on_work_changed(now_of(live.index), fx);
      after_input(live, fx);
    });
  }
  return checked.id;
}

void Cluster::resubmit() {
  for (const auto& [id, bytes] : transactions_) {
    const CheckedTx checked = *check_transaction(bytes.view());
    for (const auto& node : nodes_) {
      if (!node->running || node->final.contains(id)) continue;
      (void)node->running->mempool.insert(checked, bytes, now_, Height(node->headers.size() + 1));
    }
  }
  for (const auto& node : nodes_) {
    if (!node->running) continue;
    Effects fx;
    node->running->consensus->on_work_changed(now_of(node->index), fx);
    after_input(*node, fx);
  }
}

bool Cluster::is_final_at(const TxId& id, std::size_t node) const { return nodes_[node]->final.contains(id); }

bool Cluster::all_final() const {
  return std::ranges::all_of(nodes_,
                             [&](const auto& node) { return !node->running || node->final.size() == transactions_.size(); });
}

// ---- looking ----

const Consensus& Cluster::at(std::size_t node) const { return *nodes_[node]->running->consensus; }

std::size_t Cluster::leader_of(View view) const { return genesis_epoch(genesis_).leader(view).value(); }

std::uint64_t Cluster::height(std::size_t node) const { return nodes_[node]->headers.size(); }

View Cluster::max_view() const {
  View view;
  for (const auto& node : nodes_)
    if (node->running) view = std::max(view, node->running->consensus->view());
  return view;
}

std::size_t Cluster::votes_sent(wire::MessageKind kind) const {
  const auto at = sent_.find(kind);
  return at == sent_.end() ? 0 : at->second;
}

std::size_t Cluster::alarms(AlarmKind kind) const {
  const auto at = alarms_.find(kind);
  return at == alarms_.end() ? 0 : at->second;
}

std::string Cluster::describe() const {
  std::ostringstream out;
  out << "seed " << options_.seed << ", " << options_.nodes << " nodes, at " << now_.us << " us\n";
  for (const auto& node : nodes_) {
    out << "  node " << node->index << ": height " << node->headers.size() << ", " << node->final.size() << " of "
        << transactions_.size();
    if (!node->running) {
      out << ", down\n";
      continue;
    }
    const Status status = node->running->consensus->status();
    out << ", " << to_string(status.mode) << ", view " << status.view.value() << " (leader " << status.leader.value()
        << "), final view " << status.final.view.value() << " height " << status.final.height.value() << ", top "
        << status.top_notarised.value() << ", guard " << status.guard_view.value() << "/" << status.guard_step << ", pool "
        << node->running->mempool.size() << ", blocks " << status.blocks_held << ", votes " << status.votes_held << "\n";
  }
  for (const std::string& violation : violations_) out << "  VIOLATION " << violation << "\n";
  return out.str();
}

}  // namespace provchain::core::consensus::test
