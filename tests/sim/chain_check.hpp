// SPDX-License-Identifier: Apache-2.0
// Looks at every commit of every honest node: heights follow one another, all nodes have the same block at a height, what was
// final stays, the certificate that came with it is one, and the state holds as many transactions as the header says. The first
// time a height is seen its block is judged again by rules written down here, not by those of the core.
#pragma once

#include <map>
#include <vector>

#include "crypto/format/block.hpp"
#include "crypto/format/genesis.hpp"
#include "tests/sim/disk.hpp"
#include "tests/sim/findings.hpp"

namespace provchain::sim {

class ChainCheck {
 public:
  // The references outlive this object. How the leaders of an epoch follow from the turns of the one before is not written down
  // here again: the first node that begins it is believed, and all others must say the same.
  ChainCheck(const crypto::format::Genesis& genesis, const Signatures& signatures, std::size_t nodes, Findings& findings);

  // Blocks `first` … `last` have become durable in the node's chain, under this certificate for the last if there is one.
  void on_committed(std::size_t node, const Disk& disk, Height first, Height last, const std::optional<ByteVector>& certificate);
  // The state has followed.
  void on_state(std::size_t node, const Disk& disk);
  // The node starts with what its disk holds. `restored`: somebody has put an old chain there.
  void on_start(std::size_t node, const Disk& disk, bool restored);
  // The node has told a caller that the transaction is final.
  void on_final_answer(std::size_t node, const TxId& id, Height height);

  // The height of the longest chain that anybody has, and its block there.
  [[nodiscard]] Height top() const { return Height(agreed_.size() - 1); }
  // Of an epoch that a commit has led to.
  [[nodiscard]] const crypto::format::AuthorityList& authorities(Epoch epoch) const { return epochs_[epoch.value()].authorities; }
  [[nodiscard]] const crypto::format::SystemState& system() const { return system_; }  // on top of the longest chain
  // In the chain at all.
  [[nodiscard]] bool contains(const TxId& id) const { return transactions_.contains(id); }

 private:
  struct Agreed {
    BlockId id;
    crypto::format::BlockHeader header;
  };

  void check_block(std::size_t node, const Disk& disk, const SharedBytes& bytes);
  [[nodiscard]] const char* header_fault(const crypto::format::BlockView& block) const;
  // What the block does to the system state; and the next epoch, when it ends one.
  [[nodiscard]] const char* system_fault(const Disk& disk, const crypto::format::BlockView& block);
  void check_certificate(std::size_t node, const Agreed& block, const ByteVector& bytes);
  void report(std::size_t node, Height height, const std::string& what);

  const crypto::format::Genesis& genesis_;
  const Signatures& signatures_;
  Findings& findings_;
  std::vector<Agreed> agreed_;  // by height
  std::vector<Height> tips_;    // by node: what it has ever had
  std::map<TxId, Height> transactions_;
  crypto::merkle::Frontier history_;
  crypto::format::SystemState system_;
  std::vector<crypto::format::SystemState> epochs_;  // as each began
};

}  // namespace provchain::sim
