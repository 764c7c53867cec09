// SPDX-License-Identifier: Apache-2.0
#include "wire/control_messages.hpp"

#include <algorithm>

#include "base/check.hpp"
#include "wire/layout.hpp"

namespace provchain::wire {

namespace {

bool is_printable(std::uint8_t byte) { return byte >= 0x20 && byte < 0x7f; }

bool is_reason(std::uint32_t number) {
  return number >= static_cast<std::uint32_t>(PeerReason::version) && number <= static_cast<std::uint32_t>(PeerReason::internal);
}

}  // namespace

SharedBytes build_hello(const Hello& hello) {
  PVC_CHECK(hello.peer_record.size() <= peer_record_bytes_max);
  ByteVector out;
  append_le(out, hello.head.value());
  append(out, hello.head_id.view());
  append_le(out, hello.listen_port);
  out.push_back(hello.attestation ? 1 : 0);
  if (hello.attestation) {
    append_le(out, hello.attestation->authority.value());
    append_le(out, hello.attestation->not_after.value());
    append(out, hello.attestation->signature.view());
  }
  out.push_back(hello.peer_record.empty() ? 0 : 1);
  if (!hello.peer_record.empty()) {
    append_le(out, static_cast<std::uint16_t>(hello.peer_record.size()));
    append(out, hello.peer_record);
  }
  return SharedBytes::copy_of(out);
}

Result<Hello, Error> parse_hello(Bytes payload) {
  Reader reader(MessageKind::hello, payload);
  Hello hello;
  hello.head = Height(reader.read_le<std::uint64_t>());
  hello.head_id = reader.read_fixed<BlockId>();
  hello.listen_port = reader.read_le<std::uint16_t>();
  const auto attestations = reader.read_le<std::uint8_t>();
  reader.require(attestations <= 1, Errc::bad_count);
  if (reader.ok() && attestations == 1) {
    Attestation attestation;
    attestation.authority = AuthorityIndex(reader.read_le<std::uint16_t>());
    attestation.not_after = Height(reader.read_le<std::uint64_t>());
    attestation.signature = reader.read_fixed<Signature>();
    hello.attestation = attestation;
  }
  const auto records = reader.read_le<std::uint8_t>();
  reader.require(records <= 1, Errc::bad_count);
  if (reader.ok() && records == 1) {
    const auto record_bytes = reader.read_le<std::uint16_t>();
    reader.require(record_bytes >= 1 && record_bytes <= peer_record_bytes_max, Errc::bad_length);
    if (reader.ok()) hello.peer_record = to_vector(reader.take(record_bytes));
  }
  return reader.finish(std::move(hello));
}

SharedBytes build_ping(const Ping& ping) {
  SharedBytes out = SharedBytes::of_size(ping_bytes);
  store_le(out.writable(), 0, ping.nonce);
  store_le(out.writable(), 8, ping.unix_ms);
  store_le(out.writable(), 16, ping.head.value());
  return out;
}

Result<Ping, Error> parse_ping(MessageKind ping_or_pong, Bytes payload) {
  Reader reader(ping_or_pong, payload);
  Ping ping;
  ping.nonce = reader.read_le<std::uint64_t>();
  ping.unix_ms = reader.read_le<std::uint64_t>();
  ping.head = Height(reader.read_le<std::uint64_t>());
  return reader.finish(ping);
}

SharedBytes build_disconnect(const DisconnectNotice& notice) {
  SharedBytes out = SharedBytes::of_size(8);
  store_le(out.writable(), 0, static_cast<std::uint32_t>(notice.reason));
  store_le(out.writable(), 4, notice.retry_after_ms);
  return out;
}

Result<DisconnectNotice, Error> parse_disconnect(Bytes payload) {
  Reader reader(MessageKind::disconnect, payload);
  DisconnectNotice notice;
  const auto reason = reader.read_le<std::uint32_t>();
  reader.require(is_reason(reason), Errc::bad_kind);
  notice.reason = static_cast<PeerReason>(reason);
  notice.retry_after_ms = reader.read_le<std::uint32_t>();
  return reader.finish(notice);
}

SharedBytes build_error(const ErrorNotice& notice) {
  const std::size_t detail_bytes = std::min(notice.detail.size(), error_detail_bytes_max);
  ByteVector out;
  append_le(out, notice.corr);
  append_le(out, static_cast<std::uint16_t>(notice.code));
  append_le(out, static_cast<std::uint16_t>(detail_bytes));
  for (const std::uint8_t byte : as_bytes(notice.detail).first(detail_bytes)) out.push_back(is_printable(byte) ? byte : '?');
  return SharedBytes::copy_of(out);
}

Result<ErrorNotice, Error> parse_error(Bytes payload) {
  Reader reader(MessageKind::error, payload);
  ErrorNotice notice;
  notice.corr = reader.read_le<std::uint32_t>();
  const auto code = reader.read_le<std::uint16_t>();
  reader.require(is_reason(code), Errc::bad_kind);
  notice.code = static_cast<PeerReason>(code);
  const auto detail_bytes = reader.read_le<std::uint16_t>();
  reader.require(detail_bytes <= error_detail_bytes_max, Errc::bad_count);
  const Bytes detail = reader.take(detail_bytes);
  reader.require(std::ranges::all_of(detail, is_printable), Errc::bad_text);
  notice.detail = as_text(detail);
  return reader.finish(std::move(notice));
}

}  // namespace provchain::wire
