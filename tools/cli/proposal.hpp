// SPDX-License-Identifier: Apache-2.0
// A proposal to change the authorities or the participants, as a small JSON file that goes from hand to hand until enough have
// signed. It holds all that is needed to sign it without a node:
//   {"format":"provchain-proposal/1","network_id":hex,"epoch":n,"anchor_id":hex,"authorities":[{"name","key"}…],
//    "changes":[{"change":"add_authority","key":hex,"name":text}…],"action":hex,
//    "approvals":[{"signer":n,"name":text,"key":hex,"signature":hex}…]}
// `action` is what is signed (crypto/format/governance.hpp); `changes` says the same for people, and a file in which the two
// differ is refused. `authorities` are those of the running epoch, in order; `epoch`, names and keys of signers are for people.
#pragma once

#include <map>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "crypto/ed25519.hpp"
#include "crypto/format/authorities.hpp"
#include "crypto/format/governance.hpp"

namespace provchain::cli {

class Proposal {
 public:
  // Without a change yet, for the epoch that these name.
  Proposal(const crypto::format::StatementContext& context, Epoch epoch, crypto::format::AuthorityList authorities);
  // Reads a file; fails with Exit::usage and one line that names it.
  static Proposal read(const std::string& file);
  void write(const std::string& file) const;

  [[nodiscard]] const crypto::format::StatementContext& context() const { return context_; }
  [[nodiscard]] Epoch epoch() const { return epoch_; }
  [[nodiscard]] const std::vector<crypto::format::Change>& changes() const { return changes_; }
  [[nodiscard]] bool is_signed() const { return !approvals_.empty(); }
  // With all approvals, ascending by signer.
  [[nodiscard]] crypto::format::Governance governance() const;

  // Fails with Exit::usage when it changes nothing among the authorities, or when somebody has signed already.
  void add(const crypto::format::Change& change);

  enum class As : std::uint8_t { authority, newcomer };
  // Adds the approval of this key, once for each place it has. Fails with Exit::usage when it has none.
  void sign(const crypto::KeyPair& pair, As role);
  // Adds the approvals of another file of the same proposal; fails with Exit::usage when it is another one.
  void merge(const Proposal& other, const std::string& file);

  // Whose signatures are missing: the names of the newcomers, and how many authorities, of which any may sign that has not.
  struct Missing {
    std::size_t authorities = 0;
    std::vector<std::string> of;
    std::vector<std::string> newcomers;
    [[nodiscard]] bool none() const { return authorities == 0 && newcomers.empty(); }
  };
  [[nodiscard]] Missing missing() const;

  // What is signed and by whom, in lines for people.
  [[nodiscard]] std::string in_words() const;
  [[nodiscard]] nlohmann::json to_json() const;

 private:
  [[nodiscard]] crypto::format::AuthorityList next_authorities() const;
  // Why this cannot be the next change; empty when it can.
  [[nodiscard]] std::string objection(const crypto::format::Change& change) const;
  // Null when no signer has this number.
  [[nodiscard]] const crypto::format::Authority* signer(std::uint16_t number) const;
  void take_approval(std::uint16_t number, const Signature& signature, const std::string& file);
  void take_members(const nlohmann::json& json, const std::string& file);

  crypto::format::StatementContext context_;
  Epoch epoch_;
  crypto::format::AuthorityList authorities_;
  std::vector<crypto::format::Change> changes_;
  crypto::format::AuthorityList newcomers_;       // of changes_, in order
  std::map<std::uint16_t, Signature> approvals_;  // each holds
};

// "2 more authorities (of c, d) and the newcomer e"; empty when nothing is missing.
[[nodiscard]] std::string describe(const Proposal::Missing& missing);

}  // namespace provchain::cli
