// SPDX-License-Identifier: Apache-2.0
#include "wire/sync_messages.hpp"

#include "base/check.hpp"
#include "crypto/format/block_header.hpp"
#include "sync_generated.h"
#include "wire/layout.hpp"
#include "wire/registry.hpp"
#include "wire/table.hpp"

namespace provchain::wire {

namespace {

std::unexpected<Error> refuse(Errc code, MessageKind kind, std::uint32_t field) {
  return std::unexpected(Error{code, kind, field});
}

}  // namespace

SharedBytes build_get_status() { return {}; }

Result<bool, Error> parse_get_status(Bytes payload) {
  if (!payload.empty()) return refuse(Errc::trailing_bytes, MessageKind::get_status, 0);
  return true;
}

SharedBytes build_status(const StatusView& status) {
  flatbuffers::FlatBufferBuilder builder(status.certificate.size() + 128);
  const auto certificate = vector_of(builder, status.certificate);
  return finish(builder, fb::CreateStatus(builder, status.base.value(), status.height.value(), certificate));
}

Result<StatusView, Error> parse_status(Bytes payload) {
  constexpr MessageKind kind = MessageKind::status;
  PVC_TRY(const fb::Status* table, verify<fb::Status>(kind, payload));
  StatusView status{Height(table->base()), Height(table->height()), bytes_of(table->certificate())};
  if (status.base > status.height) return refuse(Errc::bad_value, kind, 0);
  if (status.height.value() == 0 && !status.certificate.empty()) return refuse(Errc::bad_value, kind, 2);
  if (status.height.value() != 0 && status.certificate.empty()) return refuse(Errc::missing_field, kind, 2);
  if (status.certificate.size() > info_of(MessageKind::certificate).bytes_max) return refuse(Errc::bad_length, kind, 2);
  return status;
}

SharedBytes build_get_headers(const GetHeaders& request) { return build_run(request.first.value(), request.count); }

Result<GetHeaders, Error> parse_get_headers(Bytes payload) {
  Reader reader(MessageKind::get_headers, payload);
  GetHeaders request;
  request.first = Height(reader.read_le<std::uint64_t>());
  reader.require(request.first.value() >= 1, Errc::bad_value);
  request.count = reader.read_le<std::uint32_t>();
  reader.require(request.count >= 1 && request.count <= headers_per_message_max, Errc::bad_count);
  return reader.finish(request);
}

SharedBytes build_headers(Bytes headers) {
  PVC_CHECK(parse_headers(headers).has_value());
  return SharedBytes::copy_of(headers);
}

Result<Bytes, Error> parse_headers(Bytes payload) {
  constexpr MessageKind kind = MessageKind::headers;
  const std::size_t count = payload.size() / crypto::format::block_header_bytes;
  if (payload.size() % crypto::format::block_header_bytes != 0) return refuse(Errc::bad_length, kind, 0);
  if (count < 1 || count > headers_per_message_max) return refuse(Errc::bad_count, kind, 0);
  return payload;
}

SharedBytes build_get_batch(const GetBatch& request) {
  flatbuffers::FlatBufferBuilder builder(256);
  fb::Hash32 id;
  static_assert(sizeof id == BlockId::kSize);
  if (request.block_id) std::memcpy(static_cast<void*>(&id), request.block_id->bytes.data(), sizeof id);
  return finish(builder, fb::CreateGetBatch(builder, request.first.value(), request.block_id ? &id : nullptr, request.count,
                                            request.bytes_max, request.head.value()));
}

Result<GetBatch, Error> parse_get_batch(Bytes payload) {
  constexpr MessageKind kind = MessageKind::get_batch;
  PVC_TRY(const fb::GetBatch* table, verify<fb::GetBatch>(kind, payload));
  GetBatch request;
  request.first = Height(table->first_height());
  if (table->block_id() != nullptr)
    request.block_id = BlockId::load(Bytes{reinterpret_cast<const std::uint8_t*>(table->block_id()), BlockId::kSize});
  request.count = table->count();
  request.bytes_max = table->bytes_max();
  request.head = Height(table->head_height());
  const bool by_id = request.block_id.has_value();
  if (by_id == (request.first.value() != 0)) return refuse(Errc::bad_value, kind, 0);
  if (request.count < 1 || request.count > (by_id ? 1 : limits::sync_batch_blocks_max)) return refuse(Errc::bad_count, kind, 2);
  return request;
}

}  // namespace provchain::wire
