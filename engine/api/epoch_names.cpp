// SPDX-License-Identifier: Apache-2.0
#include "engine/api/epoch_names.hpp"

namespace provchain::api {

using crypto::format::AuthorityList;

storage::StorageResult<const AuthorityList*> EpochNames::authorities(Epoch epoch) {
  if (epoch == Epoch{}) return &genesis_.authorities;
  if (epoch_ == epoch) return &authorities_;
  // The set of an epoch is stored with the end of the one before.
  const Epoch before(epoch.value() - 1);
  PVC_TRY(const auto end, chain_.epochs().end_of(txn_, before));
  auto decoded = end ? crypto::format::decode_authorities(end->next_authorities) : AuthorityList{};
  if (!decoded || decoded->empty())
    return std::unexpected(storage::Error{.code = storage::Errc::corrupt, .number = before.value(), .where = "chain/epochs"});
  authorities_ = *std::move(decoded);
  epoch_ = epoch;
  return &authorities_;
}

storage::StorageResult<std::string> EpochNames::name(Epoch epoch, AuthorityIndex index) {
  PVC_TRY(const AuthorityList* list, authorities(epoch));
  return index.value() < list->size() ? (*list)[index.value()].name : std::to_string(index.value());
}

}  // namespace provchain::api
