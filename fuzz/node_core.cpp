// SPDX-License-Identifier: Apache-2.0
// A whole node that listens to three peers gone mad, which may speak for the three other authorities and sign whatever they like.
// The input is a script: each step is one byte of what to do and, for a message, kind, flags and payload. Oracle: no check fires
// (a peer must not be able to stop a node), what the node asks for in one turn and what it keeps stays bounded, and its next
// deadline lies ahead after a tick.
#include <algorithm>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "base/check.hpp"
#include "crypto/domain.hpp"
#include "crypto/format/genesis.hpp"
#include "crypto/format/statement.hpp"
#include "engine/core/node_core.hpp"
#include "tests/sim/disk.hpp"
#include "tests/sim/fake_crypto.hpp"
#include "wire/batch.hpp"
#include "wire/messages.hpp"
#include "wire/registry.hpp"

using namespace provchain;

namespace {

constexpr std::size_t kEffectsPerTurnMax = 4'096;
constexpr std::uint64_t kNotAfter = 1'000'000;

class Machine {
 public:
  Machine() : genesis_(sim::fake_genesis(4)), disk_(genesis_), core_(options()) {
    turn([&] { core_.on_start(now(), disk_.recover(AuthorityIndex{0}, sim::Signatures(sim::Scheme::keyed_hash, 4)), effects_); });
  }

  void step(Bytes& script) {
    const std::uint8_t what = take(script);
    const ConnId conn{1U + (what >> 3U) % 3U};
    switch (what & 7U) {
      case 0:
        connect(conn);
        if ((what & 0x80U) != 0) introduce(conn);
        return;
      case 1:
        turn([&] { core_.on_disconnected(now(), conn, effects_); });
        return;
      case 2:
        wait(take(script));
        return;
      case 3:
        turn([&] { core_.on_submit(now(), RequestId{1}, SharedBytes::copy_of(take(script, take(script) * 4U)), effects_); });
        return;
      case 4:
        vote(conn, script);
        return;
      default:
        message(conn, script);
        return;
    }
  }

 private:
  core::CoreOptions options() const {
    core::CoreOptions made;
    made.genesis = genesis_;
    made.authority_key = genesis_.authorities[0].key;
    made.node_id.bytes[0] = 200;
    made.static_peer_count = 3;
    return made;
  }
  Now now() const { return {clock_, WallTime{static_cast<std::int64_t>(genesis_.time_ms) + clock_.us / 1'000}}; }

  static std::uint8_t take(Bytes& script) {
    if (script.empty()) return 0;
    const std::uint8_t byte = script.front();
    script = script.subspan(1);
    return byte;
  }
  static Bytes take(Bytes& script, std::size_t count) {
    const Bytes taken = script.first(std::min(count, script.size()));
    script = script.subspan(taken.size());
    return taken;
  }

  void connect(ConnId slot) {
    core::PeerIdentity peer;
    peer.node_id.bytes[0] = static_cast<std::uint8_t>(slot.value());
    peer.inbound = true;
    turn([&] { core_.on_disconnected(now(), slot, effects_); });
    turn([&] { core_.on_connected(now(), slot, peer, effects_); });
  }

  void receive(ConnId conn, wire::MessageKind kind, SharedBytes payload) {
    wire::InMessage message;
    message.kind = kind;
    message.payload = std::move(payload);
    turn([&] { core_.on_message(now(), conn, message, effects_); });
  }

  // The peer proves to be the authority of its number and has never seen a vote of this node: enough of them, and it votes.
  void introduce(ConnId conn) {
    NodeId node;
    node.bytes[0] = static_cast<std::uint8_t>(conn.value());
    ByteVector attested = to_vector(as_bytes(crypto::domain::attest));
    append(attested, genesis_.network_id.view());
    append(attested, node.view());
    append_le<std::uint64_t>(attested, kNotAfter);
    const AuthorityIndex authority = authority_of(conn);
    wire::Hello hello;
    hello.attestation = wire::Attestation{authority, Height(kNotAfter), sim::fake_sign(key_of(authority), attested)};
    receive(conn, wire::MessageKind::hello, wire::build_hello(hello));
    wire::ViewStatus status;
    status.view = View(1);
    status.voter = true;
    receive(conn, wire::MessageKind::view_status, wire::build_view_status(status));
  }

  // A vote that its authority really signed: of any kind, for any view, of a block nobody knows or one like it.
  void vote(ConnId conn, Bytes& script) {
    crypto::format::Ballot ballot;
    ballot.kind = static_cast<crypto::format::VoteKind>(1U + take(script) % 3U);
    ballot.view = View(take(script));
    ballot.parent_view = View(take(script));
    if (ballot.kind != crypto::format::VoteKind::nullify) {
      ballot.height = Height(take(script));
      ballot.block_id.bytes[0] = take(script);
    }
    if (!crypto::format::is_well_formed(ballot)) return;
    const crypto::format::StatementContext context{genesis_.network_id, crypto::format::block_id_of(genesis_header(genesis_))};
    const AuthorityIndex signer = authority_of(conn);
    const Signature signature = sim::fake_sign(key_of(signer), crypto::format::encode_statement(context, ballot));
    const auto bytes = crypto::format::encode_vote({ballot, signer, signature});
    receive(conn, wire::MessageKind::vote, SharedBytes::copy_of(bytes));
  }

  static AuthorityIndex authority_of(ConnId conn) { return AuthorityIndex(static_cast<std::uint16_t>(conn.value())); }
  const PublicKey& key_of(AuthorityIndex authority) const { return genesis_.authorities[authority.value()].key; }

  void wait(std::uint8_t how_long) {
    clock_ = clock_ + Duration::millis(how_long * 50);
    turn([&] { core_.on_tick(now(), effects_); });
    PVC_CHECK(core_.next_deadline() > clock_);
  }

  void message(ConnId conn, Bytes& script) {
    wire::InMessage message;
    const std::uint8_t kind = take(script);
    if (wire::find_kind(kind) == nullptr) return;
    message.kind = static_cast<wire::MessageKind>(kind);
    const std::uint8_t flags = take(script);
    message.response = (flags & 1U) != 0;
    message.corr = (static_cast<std::uint32_t>((flags >> 1U) & 7U) << 28U) | (flags >> 4U);
    std::size_t length = take(script);
    length |= static_cast<std::size_t>(take(script)) << 8U;
    message.payload = SharedBytes::copy_of(take(script, length));
    turn([&] { core_.on_message(now(), conn, message, effects_); });
  }

  template <class Input>
  void turn(Input input) {
    input();
    for (int rounds = 0; !effects_.empty() && rounds < 64; ++rounds) {
      PVC_CHECK(effects_.size() <= kEffectsPerTurnMax);
      for (core::Effect& effect : std::exchange(effects_, {}))
        std::visit([this](auto& concrete) { this->answer(concrete); }, effect);
    }
    effects_.clear();
    PVC_CHECK(core_.mempool_status().bytes <= limits::mempool_bytes_max);
  }

  void answer(core::VerifySignatures& effect) {
    std::vector<bool> valid;
    for (const core::SignatureCheck& check : effect.checks) valid.push_back(sim::fake_verify(check));
    core_.on_verified(now(), effect.ticket, valid, effects_);
  }
  void answer(core::CheckTransaction& effect) {
    core_.on_transaction_checked(now(), effect.ticket, sim::fake_check(genesis_, effect.bytes.view(), {}), effects_);
  }
  void answer(core::CheckBlock& effect) {
    core_.on_block_checked(now(), effect.ticket, sim::fake_check_block(genesis_, effect.bytes.view()), effects_);
  }
  void answer(core::OpenBatch& effect) {
    const auto batch = wire::decode_batch(effect.payload.view(), genesis_.parameters.max_block_bytes);
    std::optional<core::OpenedBatch> opened;
    if (batch) opened = core::OpenedBatch{batch->first, batch->path, batch->blocks};
    core_.on_batch_opened(now(), effect.ticket, opened, effects_);
  }
  void answer(core::CastVote& effect) {
    std::optional<Signature> signature;
    const auto statement = crypto::format::encode_statement(effect.context, effect.ballot);
    if (disk_.journal(effect)) signature = sim::fake_sign(genesis_.authorities[0].key, statement);
    core_.on_vote_signed(now(), effect.ticket, signature, effects_);
  }
  void answer(core::Commit& effect) { core_.on_committed(now(), disk_.apply(effect), effects_); }
  void answer(core::Disconnect& effect) { core_.on_disconnected(now(), effect.conn, effects_); }
  void answer(core::Dial& effect) { core_.on_dial_failed(now(), effect.static_peer, effects_); }
  // Nobody waits for these.
  void answer(core::Send&) {}
  void answer(core::AdvanceJournalFloor&) {}
  void answer(core::ServeBlocks&) {}
  void answer(core::ServeHeldBlocks&) {}
  void answer(core::ServeHeaders&) {}
  void answer(core::ServeEpochs&) {}
  void answer(core::Reply&) {}
  void answer(core::Alarm&) {}
  void answer(core::RememberStop&) {}
  void answer(core::PublishEvidence&) {}

  crypto::format::Genesis genesis_;
  sim::Disk disk_;
  MonoTime clock_{1'000'000};
  core::Effects effects_;
  core::NodeCore core_;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Machine machine;
  Bytes script(data, size);
  while (!script.empty()) machine.step(script);
  return 0;
}
