// SPDX-License-Identifier: Apache-2.0
#include "wire/record_encoder.hpp"

#include <algorithm>

#include "base/check.hpp"
#include "wire/registry.hpp"

namespace provchain::wire {

std::size_t next_payload_bytes(const OutMessage& message, std::size_t offset) {
  PVC_CHECK(offset <= message.payload.size());
  return std::min(message.payload.size() - offset, record::sent_payload_bytes_max);
}

Result<std::size_t, Error> RecordEncoder::seal(const OutMessage& message, std::size_t offset, MutBytes out) {
  const KindInfo& info = info_of(message.kind);
  PVC_CHECK(message.response ? info.answering != Answering::never : info.answering != Answering::always);
  const std::size_t payload_bytes = next_payload_bytes(message, offset);
  const std::size_t record_bytes = record::bytes_around(payload_bytes);
  PVC_CHECK(out.size() >= record_bytes);
  const bool more = offset + payload_bytes < message.payload.size();
  const std::size_t pad = record_bytes - record::overhead_bytes - payload_bytes;

  record::FrameHeader header;
  header.type = static_cast<std::uint8_t>(message.kind);
  header.flags = static_cast<std::uint8_t>((more ? record::flag_more : 0) | (message.response ? record::flag_response : 0));
  header.message_class = static_cast<std::uint8_t>(info.message_class);
  header.pad = static_cast<std::uint8_t>(pad);
  header.message_bytes = static_cast<std::uint32_t>(message.payload.size());
  header.corr = message.corr;

  const std::size_t clen = record_bytes - record::length_bytes;
  out[0] = static_cast<std::uint8_t>(clen >> 8);
  out[1] = static_cast<std::uint8_t>(clen);
  const MutBytes body = out.subspan(record::length_bytes, clen - record::tag_bytes);
  record::store_frame_header(body, header);
  std::ranges::copy(message.payload.view().subspan(offset, payload_bytes), body.subspan(record::frame_header_bytes).begin());
  std::ranges::fill(body.last(pad), std::uint8_t{0});
  if (!cipher_.seal(body, out.subspan(record_bytes - record::tag_bytes, record::tag_bytes))) {
    return std::unexpected(Error{Errc::cipher_exhausted, message.kind, 0});
  }
  return record_bytes;
}

}  // namespace provchain::wire
