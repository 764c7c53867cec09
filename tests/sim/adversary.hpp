// SPDX-License-Identifier: Apache-2.0
// An authority that does not keep to the protocol: an unchanged NodeCore, and somebody between it and the world who reads what
// comes in, rewrites what goes out, adds to it, and signs with the authority's key whatever is of use. The catalogue of those
// that have a name is in adversary_catalogue.hpp.
#pragma once

#include <string_view>

#include "base/prng.hpp"
#include "crypto/format/genesis.hpp"
#include "engine/core/node_core.hpp"
#include "wire/message.hpp"

namespace provchain::sim {

class World;

// What an adversary can reach: its own node's place in the world.
class Rim {
 public:
  // `world` outlives this object.
  Rim(World& world, std::size_t node, std::uint64_t seed) : world_(world), node_(node), prng_(seed) {}

  [[nodiscard]] std::size_t node() const { return node_; }
  [[nodiscard]] AuthorityIndex me() const;
  // Another instance of this authority, or this one.
  [[nodiscard]] bool is_me(std::size_t node) const;
  [[nodiscard]] std::size_t nodes() const;
  [[nodiscard]] std::size_t authorities() const;
  [[nodiscard]] const crypto::format::Genesis& genesis() const;
  // Of the epoch that its node is in.
  [[nodiscard]] crypto::format::StatementContext context() const;
  [[nodiscard]] const core::NodeCore& core() const;
  [[nodiscard]] MonoTime now() const;
  [[nodiscard]] Prng& prng() { return prng_; }

  // The own authority's signature, whatever the guard would say.
  [[nodiscard]] crypto::format::Vote sign(const crypto::format::Ballot& ballot) const;
  // A fresh transaction of some author.
  [[nodiscard]] SharedBytes transaction(bool signed_well);
  [[nodiscard]] const PublicKey& author(std::size_t number) const;
  // Over the connection to that node, if there is one.
  void send(std::size_t to, const wire::OutMessage& message);
  void send_after(Duration delay, std::size_t to, const wire::OutMessage& message);
  void broadcast(const wire::OutMessage& message);

 private:
  World& world_;
  std::size_t node_;
  Prng prng_;
};

class Adversary {
 public:
  Adversary() = default;
  virtual ~Adversary() = default;
  Adversary(const Adversary&) = delete;
  Adversary& operator=(const Adversary&) = delete;

  // What its node sends to another: may be rewritten. False: it is not sent.
  virtual bool on_send(Rim&, std::size_t /*to*/, wire::OutMessage&) { return true; }
  // What arrives from another. False: its node never sees it.
  virtual bool on_receive(Rim&, std::size_t /*from*/, wire::InMessage&) { return true; }
  // Ten times a second.
  virtual void on_tick(Rim&) {}
  // What its node's clock shows instead of the truth, in milliseconds ahead of it.
  [[nodiscard]] virtual std::int64_t clock_offset_ms() const { return 0; }
};

}  // namespace provchain::sim
