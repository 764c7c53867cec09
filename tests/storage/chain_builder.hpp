// SPDX-License-Identifier: Apache-2.0
// A chain as the consensus would have made it, the same in every run: authorities with known keys (four, until an epoch ends with
// others), real signatures, correct roots and totals. Tests take a block and, where they are about refusal, spoil it.
#pragma once

#include <string>
#include <vector>

#include "crypto/ed25519.hpp"
#include "crypto/format/block.hpp"
#include "crypto/format/certificate.hpp"
#include "crypto/format/genesis.hpp"
#include "crypto/merkle.hpp"

namespace provchain::storage::testing {

using Lines = std::vector<std::string>;  // of one transaction, without LF, in any order

class ChainBuilder {
 public:
  explicit ChainBuilder(std::string_view network = "storage-test");

  [[nodiscard]] const crypto::format::Genesis& genesis() const { return genesis_; }
  [[nodiscard]] const crypto::format::BlockHeader& genesis_header() const { return genesis_header_; }
  [[nodiscard]] Height height() const { return tip_.height; }
  [[nodiscard]] BlockId tip_id() const { return crypto::format::block_id_of(tip_); }

  // The next block; the builder stands on it afterwards.
  ByteVector add_block(const std::vector<ByteVector>& transactions);
  ByteVector add_block(const std::vector<Lines>& datasets);
  ByteVector add_empty_block() { return add_block(std::vector<ByteVector>{}); }

  // The next block ends its epoch; `next` are the key numbers of the authorities that decide afterwards.
  ByteVector add_epoch_end(const std::vector<std::uint8_t>& next);
  // encode_authorities of the epoch that the next block belongs to.
  [[nodiscard]] ByteVector authorities() const;

  // A dataset transaction signed by author number `author`; the salt tells equal datasets apart.
  [[nodiscard]] ByteVector transaction(Lines lines, std::uint64_t salt, std::uint8_t author = 1) const;

  // FINALIZE on the newest block, signed by the first q authorities of its epoch.
  [[nodiscard]] ByteVector certificate() const;

 private:
  struct EpochOfBlock {
    Epoch epoch;
    BlockId anchor_id;
    std::vector<std::uint8_t> keys;  // of the authorities, in index order
  };
  ByteVector append(crypto::format::BlockHeader header, const ByteVector& body);

  crypto::format::Genesis genesis_;
  crypto::format::BlockHeader genesis_header_;
  crypto::format::BlockHeader tip_;
  EpochOfBlock tip_epoch_;
  EpochOfBlock next_epoch_;  // of the next block: the tip's unless that ended it
  crypto::merkle::Frontier history_;
  std::uint64_t next_salt_ = 1;
};

// Of the genesis' authorities 0 to 3.
[[nodiscard]] crypto::KeyPair authority_key(std::uint8_t index);
[[nodiscard]] TxId tx_id_of_bytes(Bytes transaction);
// The canonical payload: lines sorted, each with LF.
[[nodiscard]] std::string payload_of(Lines lines);

}  // namespace provchain::storage::testing
