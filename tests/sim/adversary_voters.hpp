// SPDX-License-Identifier: Apache-2.0
// Authorities that abuse their votes and what is made of votes.
#pragma once

#include <deque>
#include <map>

#include "tests/sim/adversary.hpp"

namespace provchain::sim {

// Gives each vote to everybody, and one that excludes it to half of them: another block, or NULLIFY beside FINALIZE.
class DoubleVoter final : public Adversary {
 public:
  bool on_send(Rim& rim, std::size_t to, wire::OutMessage& message) override;

 private:
  std::map<View, crypto::format::Ballot> notarized_;
};

// Keeps most of its votes to itself, and the rest from most of the others.
class VoteWithholder final : public Adversary {
 public:
  bool on_send(Rim& rim, std::size_t to, wire::OutMessage& message) override;
};

// Spreads certificates that nobody has signed but itself, and shows them to those who ask for its height.
class CertificateForger final : public Adversary {
 public:
  bool on_send(Rim& rim, std::size_t to, wire::OutMessage& message) override;
  void on_tick(Rim& rim) override;
};

// Sends again what it has ever heard and said.
class OldViewReplayer final : public Adversary {
 public:
  bool on_send(Rim& rim, std::size_t to, wire::OutMessage& message) override;
  bool on_receive(Rim& rim, std::size_t from, wire::InMessage& message) override;
  void on_tick(Rim& rim) override;

 private:
  static constexpr std::size_t kRemembered = 512;
  void remember(wire::MessageKind kind, const SharedBytes& payload);
  std::deque<wire::OutMessage> heard_;
};

// Fills the others with votes of views that will not come for a long time, all of them well signed.
class FutureViewFlooder final : public Adversary {
 public:
  void on_tick(Rim& rim) override;
};

}  // namespace provchain::sim
