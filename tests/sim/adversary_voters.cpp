// SPDX-License-Identifier: Apache-2.0
#include "tests/sim/adversary_voters.hpp"

#include <algorithm>

#include "crypto/format/authorities.hpp"
#include "engine/core/consensus/consensus.hpp"
#include "tests/sim/proposal_draft.hpp"
#include "wire/messages.hpp"

namespace provchain::sim {

using crypto::format::Ballot;
using crypto::format::VoteKind;

bool DoubleVoter::on_send(Rim& rim, std::size_t to, wire::OutMessage& message) {
  if (message.kind != wire::MessageKind::vote) return true;
  const Ballot ballot = crypto::format::decode_vote(message.payload.view())->ballot;
  if (ballot.kind == VoteKind::notarize) notarized_[ballot.view] = ballot;
  if (to % 2 == 0) return true;
  Ballot other = ballot;
  const auto notarized = notarized_.find(ballot.view);
  if (ballot.kind == VoteKind::notarize) {
    other.block_id.bytes[0] ^= 1;
  } else if (ballot.kind == VoteKind::finalize) {
    other = Ballot{VoteKind::nullify, ballot.epoch, ballot.view, ballot.view.previous(), Height{}, BlockId{}};
  } else if (notarized != notarized_.end()) {
    other = notarized->second;
    other.kind = VoteKind::finalize;
  } else {
    return true;
  }
  rim.send(to, vote_message(rim.sign(other)));
  return true;
}

bool VoteWithholder::on_send(Rim& rim, std::size_t /*to*/, wire::OutMessage& message) {
  return message.kind != wire::MessageKind::vote || rim.prng().chance(200);
}

namespace {

// Its own signature under every name.
ByteVector forged(const Rim& rim, crypto::format::Certificate certificate) {
  certificate.epoch = rim.core().system_state()->epoch;
  for (std::size_t i = 0; i < crypto::format::quorum(rim.authorities()); ++i) {
    crypto::format::CertificateSigner signer;
    signer.authority = AuthorityIndex(static_cast<std::uint16_t>(i));
    if (certificate.kind == VoteKind::nullify) signer.since = certificate.view.previous();
    signer.signature = rim.sign(crypto::format::ballot_of(certificate, signer)).signature;
    certificate.signers.push_back(signer);
  }
  return crypto::format::encode_certificate(certificate, rim.authorities());
}

}  // namespace

bool CertificateForger::on_send(Rim& rim, std::size_t /*to*/, wire::OutMessage& message) {
  if (message.kind != wire::MessageKind::status || !rim.prng().chance(300)) return true;
  const auto status = wire::parse_status(message.payload.view());
  crypto::format::Certificate head;
  head.kind = VoteKind::finalize;
  head.view = rim.core().consensus().view().plus(100);
  head.parent_view = head.view.previous();
  head.height = status->height.plus(100);
  head.block_id.bytes.fill(static_cast<std::uint8_t>(rim.prng().below(256)));
  const ByteVector bytes = forged(rim, head);
  message.payload = wire::build_status({status->base, head.height, bytes});
  return true;
}

void CertificateForger::on_tick(Rim& rim) {
  if (!rim.prng().chance(300)) return;
  const core::consensus::Consensus& consensus = rim.core().consensus();
  constexpr VoteKind kKinds[] = {VoteKind::notarize, VoteKind::nullify, VoteKind::finalize};
  crypto::format::Certificate certificate;
  certificate.kind = kKinds[rim.prng().below(3)];
  certificate.view = consensus.view().plus(rim.prng().below(3));
  if (certificate.kind != VoteKind::nullify) {
    certificate.parent_view = certificate.view.previous();
    certificate.height = consensus.last_final().height.next();
    certificate.block_id.bytes.fill(static_cast<std::uint8_t>(rim.prng().below(256)));
  }
  rim.broadcast(wire::one_way(wire::MessageKind::certificate, SharedBytes::copy_of(forged(rim, certificate))));
}

void OldViewReplayer::remember(wire::MessageKind kind, const SharedBytes& payload) {
  if (kind != wire::MessageKind::vote && kind != wire::MessageKind::proposal && kind != wire::MessageKind::certificate) return;
  heard_.push_back(wire::one_way(kind, payload));
  if (heard_.size() > kRemembered) heard_.pop_front();
}

bool OldViewReplayer::on_send(Rim& /*rim*/, std::size_t /*to*/, wire::OutMessage& message) {
  remember(message.kind, message.payload);
  return true;
}

bool OldViewReplayer::on_receive(Rim& /*rim*/, std::size_t /*from*/, wire::InMessage& message) {
  remember(message.kind, message.payload);
  return true;
}

void OldViewReplayer::on_tick(Rim& rim) {
  if (heard_.empty()) return;
  for (int i = 0; i < 10; ++i) {
    const std::size_t to = rim.prng().below(rim.nodes());
    const wire::OutMessage& message = heard_[rim.prng().below(heard_.size())];
    if (to != rim.node()) rim.send(to, message);
  }
}

void FutureViewFlooder::on_tick(Rim& rim) {
  const View now = rim.core().consensus().view();
  for (int i = 0; i < 20; ++i) {
    Ballot ballot;
    ballot.kind = rim.prng().chance(500) ? VoteKind::nullify : VoteKind::notarize;
    ballot.view = now.plus(1 + (rim.prng().chance(500) ? rim.prng().below(16) : rim.prng().below(1'000'000)));
    ballot.parent_view = rim.prng().chance(500) ? View{} : ballot.view.previous();
    if (ballot.kind == VoteKind::notarize) {
      ballot.height = Height(1 + rim.prng().below(100));
      ballot.block_id.bytes.fill(static_cast<std::uint8_t>(rim.prng().below(256)));
    }
    rim.broadcast(vote_message(rim.sign(ballot)));
  }
}

}  // namespace provchain::sim
