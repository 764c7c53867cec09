// SPDX-License-Identifier: Apache-2.0
#include "storage/epoch_tables.hpp"

#include <cstring>

#include "crypto/format/authorities.hpp"
#include "storage/lmdb/cursor.hpp"

namespace provchain::storage {
namespace {

using crypto::format::BlockHeader;
using lmdb::KeyKind;
using lmdb::PutMode;

constexpr std::size_t kCertificateOffset = 12;

Error refused(Errc code, const BlockHeader& last) { return Error{.code = code, .number = last.height.value(), .where = "block"}; }

bool are_next(Bytes authorities, const BlockHeader& last) {
  const auto decoded = crypto::format::decode_authorities(authorities);
  return decoded && crypto::format::authority_set_hash(*decoded) == last.next_authority_set_hash;
}

}  // namespace

StorageResult<EpochTables> EpochTables::open(lmdb::WriteTxn& txn) {
  EpochTables tables;
  PVC_TRY(tables.system_, txn.open_database("system", KeyKind::number));
  PVC_TRY(tables.epochs_, txn.open_database("epochs", KeyKind::number));
  return tables;
}

StorageResult<void> EpochTables::write(lmdb::WriteTxn& txn, const BlockHeader& last, Bytes certificate,
                                       const SystemUpdate& update) const {
  if (last.ends_epoch()) {
    PVC_TRY_VOID(write_end(txn, last, certificate, update));
  } else if (!update.next_authorities.empty()) {
    return std::unexpected(refused(Errc::wrong_next_authorities, last));
  }
  if (!update.state.empty()) PVC_TRY_VOID(txn.put(system_, last.height.value(), update.state, PutMode::overwrite));
  return {};
}

StorageResult<void> EpochTables::write_end(lmdb::WriteTxn& txn, const BlockHeader& last, Bytes certificate,
                                           const SystemUpdate& update) const {
  if (certificate.empty() || update.state.empty()) return std::unexpected(refused(Errc::epoch_end_incomplete, last));
  if (!are_next(update.next_authorities, last)) return std::unexpected(refused(Errc::wrong_next_authorities, last));
  ByteVector value;
  value.reserve(kCertificateOffset + certificate.size() + update.next_authorities.size());
  append_le(value, last.height.value());
  append_le(value, static_cast<std::uint32_t>(certificate.size()));
  append(value, certificate);
  append(value, update.next_authorities);
  PVC_TRY_VOID(txn.put(epochs_, last.epoch.value(), value, PutMode::append));
  return {};
}

StorageResult<Bytes> EpochTables::system_at(const lmdb::ReadTxn& txn, Height height) const {
  PVC_TRY(lmdb::Cursor cursor, lmdb::Cursor::open(txn, system_));
  PVC_TRY(const bool found, cursor.seek_at_or_below(height.value()));
  return found ? cursor.value() : Bytes{};
}

StorageResult<std::optional<StoredEpochEnd>> EpochTables::end_of(const lmdb::ReadTxn& txn, Epoch epoch) const {
  PVC_TRY(const Bytes value, txn.get(epochs_, epoch.value()));
  if (value.empty()) return std::optional<StoredEpochEnd>{};
  const std::size_t certificate_bytes = value.size() < kCertificateOffset ? 0 : load_le<std::uint32_t>(value, 8);
  if (value.size() <= kCertificateOffset + certificate_bytes)
    return std::unexpected(Error{.code = Errc::corrupt, .number = epoch.value(), .where = "chain/epochs"});
  return StoredEpochEnd{.height = Height(load_le<std::uint64_t>(value, 0)),
                        .certificate = value.subspan(kCertificateOffset, certificate_bytes),
                        .next_authorities = value.subspan(kCertificateOffset + certificate_bytes)};
}

}  // namespace provchain::storage
