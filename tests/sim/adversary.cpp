// SPDX-License-Identifier: Apache-2.0
#include "tests/sim/adversary.hpp"

#include "tests/sim/world_node.hpp"

namespace provchain::sim {

AuthorityIndex Rim::me() const { return *world_.nodes_[node_]->me; }

bool Rim::is_me(std::size_t node) const { return world_.nodes_[node]->me == me(); }

std::size_t Rim::nodes() const { return world_.size(); }

std::size_t Rim::authorities() const { return core().system_state()->authorities.size(); }

const crypto::format::Genesis& Rim::genesis() const { return world_.genesis_; }

crypto::format::StatementContext Rim::context() const { return core().system_state()->context(); }

const core::NodeCore& Rim::core() const { return world_.core(node_); }

MonoTime Rim::now() const { return world_.now_; }

crypto::format::Vote Rim::sign(const crypto::format::Ballot& ballot) const {
  return {ballot, me(), world_.signatures_.sign(me(), crypto::format::encode_statement(context(), ballot))};
}

SharedBytes Rim::transaction(bool signed_well) {
  FakeTxOptions options;
  options.author = prng_.below(Signatures::authors);
  options.salt = (std::uint64_t{1} << 40U) + prng_.below(std::uint64_t{1} << 40U);
  options.signed_well = signed_well;
  return world_.make_transaction(options);
}

const PublicKey& Rim::author(std::size_t number) const { return world_.signatures_.author(number); }

void Rim::send(std::size_t to, const wire::OutMessage& message) {
  if (const auto conn = world_.network_.find(node_, to)) world_.network_.send(*conn, message, world_.now_);
}

void Rim::send_after(Duration delay, std::size_t to, const wire::OutMessage& message) {
  world_.call_after(delay, [this, to, message] {
    if (world_.is_up(node_)) send(to, message);
  });
}

void Rim::broadcast(const wire::OutMessage& message) {
  for (std::size_t to = 0; to < nodes(); ++to)
    if (to != node_) send(to, message);
}

}  // namespace provchain::sim
