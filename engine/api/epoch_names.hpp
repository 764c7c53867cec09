// SPDX-License-Identifier: Apache-2.0
// Who the authorities of a block's epoch were: an index means another authority after each change. One per read transaction,
// which must outlive it; not thread safe.
#pragma once

#include <optional>
#include <string>

#include "crypto/format/authorities.hpp"
#include "crypto/format/genesis.hpp"
#include "storage/chain_store.hpp"

namespace provchain::api {

class EpochNames {
 public:
  EpochNames(const crypto::format::Genesis& genesis, const storage::ChainStore& chain, const storage::ReadTxn& txn)
      : genesis_(genesis), chain_(chain), txn_(txn) {}

  // Those of an epoch that has a final block; any other is corrupt. Valid until the next call: the last epoch asked for is kept,
  // because neighbours in a list of blocks mostly share theirs.
  [[nodiscard]] storage::StorageResult<const crypto::format::AuthorityList*> authorities(Epoch epoch);
  // The index as a number when the epoch has no such authority.
  [[nodiscard]] storage::StorageResult<std::string> name(Epoch epoch, AuthorityIndex index);

 private:
  const crypto::format::Genesis& genesis_;
  const storage::ChainStore& chain_;
  const storage::ReadTxn& txn_;
  std::optional<Epoch> epoch_;
  crypto::format::AuthorityList authorities_;
};

}  // namespace provchain::api
