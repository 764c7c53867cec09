// SPDX-License-Identifier: Apache-2.0
#include "tests/sim/adversary_peers.hpp"

#include "engine/core/consensus/consensus.hpp"
#include "wire/messages.hpp"
#include "wire/registry.hpp"

namespace provchain::sim {

bool SlowServer::on_send(Rim& rim, std::size_t to, wire::OutMessage& message) {
  if (message.kind == wire::MessageKind::disconnect || message.kind == wire::MessageKind::hello) return true;
  const bool is_bulk = wire::info_of(message.kind).message_class == wire::MessageClass::bulk;
  rim.send_after(Duration::millis(is_bulk ? rim.prng().between(1'000, 12'000) : rim.prng().between(50, 3'000)), to, message);
  return false;
}

bool HeightLiar::on_send(Rim& rim, std::size_t /*to*/, wire::OutMessage& message) {
  if (message.kind == wire::MessageKind::view_status) {
    wire::ViewStatus status = *wire::parse_view_status(message.payload.view());
    const std::uint64_t lie = rim.prng().below(3);
    if (lie == 0) {  // far ahead
      status.view = status.view.plus(50);
      status.final_view = status.final_view.plus(40);
      status.final_height = status.final_height.plus(1'000);
      status.final_id.bytes.fill(1);
      status.top_notarized = status.view.previous();
    } else if (lie == 1) {  // at the beginning
      status.final_view = View{};
      status.final_height = Height{};
      status.final_id = rim.context().anchor_id;
      status.top_notarized = View{};
    }
    if (rim.prng().chance(300)) {  // remembers votes that nobody gave
      status.seen_view = status.view.plus(10);
      status.seen_step = 2;
    }
    message.payload = wire::build_view_status(status);
  }
  // What it is asked for is not there.
  if (message.kind == wire::MessageKind::batch || message.kind == wire::MessageKind::certificates) {
    if (rim.prng().chance(500)) return false;
    if (message.payload.size() > 8) {
      SharedBytes changed = SharedBytes::copy_of(message.payload.view());
      changed.writable()[changed.size() / 2] ^= 0x10;
      message.payload = changed;
    }
  }
  return true;
}

bool Twin::hears(const Rim& rim, std::size_t node) const {
  if (rim.is_me(node)) return false;
  return node >= circle_.size() || circle_[node];
}

bool Twin::on_send(Rim& rim, std::size_t to, wire::OutMessage& /*message*/) { return hears(rim, to); }

bool Twin::on_receive(Rim& rim, std::size_t from, wire::InMessage& message) {
  if (!hears(rim, from)) return false;
  if (message.kind == wire::MessageKind::vote) {
    const auto vote = crypto::format::decode_vote(message.payload.view());
    return !vote || vote->signer != rim.me();
  }
  if (message.kind == wire::MessageKind::view_status) {
    auto status = wire::parse_view_status(message.payload.view());
    if (!status) return true;
    status->seen_view = View{};
    status->seen_step = 0;
    message.payload = wire::build_view_status(*status);
  }
  return true;
}

void Twin::on_tick(Rim& rim) {
  if (!circle_.empty() && !rim.prng().chance(30)) return;
  circle_.assign(rim.nodes(), false);
  for (std::size_t i = 0; i < circle_.size(); ++i) circle_[i] = rim.prng().chance(600);
}

}  // namespace provchain::sim
