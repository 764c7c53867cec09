// SPDX-License-Identifier: Apache-2.0
// The vote checks of all epochs. An authority has an index in each epoch and one key in all of them; here it goes by its key's
// number. Besides what VoteCheck sees within an epoch: nobody votes in an epoch after having voted in a later one.
#pragma once

#include <map>
#include <set>
#include <vector>

#include "tests/sim/chain_check.hpp"
#include "tests/sim/vote_check.hpp"

namespace provchain::sim {

class EpochVotes {
 public:
  // `keys`: how many there are. The references outlive this object; `chain` knows an epoch before anybody votes in it.
  EpochVotes(const ChainCheck& chain, const Signatures& signatures, std::size_t keys, Findings& findings)
      : chain_(chain), signatures_(signatures), findings_(findings), latest_(keys) {}

  // As VoteCheck, by the number of the key.
  void set_faulty(AuthorityIndex key);
  void forget_position(AuthorityIndex key);
  void on_durable(AuthorityIndex key, const crypto::format::Ballot& ballot);
  void on_released(AuthorityIndex key, const crypto::format::Ballot& ballot);

 private:
  VoteCheck& check_of(Epoch epoch);
  // Its index in the epoch; a vote of somebody who is no authority there is a finding.
  [[nodiscard]] std::optional<AuthorityIndex> index_of(AuthorityIndex key, Epoch epoch) const;

  const ChainCheck& chain_;
  const Signatures& signatures_;
  Findings& findings_;
  std::map<Epoch, VoteCheck> checks_;
  std::set<AuthorityIndex> faulty_;
  std::vector<Epoch> latest_;  // by key: the epoch of its last vote
};

}  // namespace provchain::sim
