// SPDX-License-Identifier: Apache-2.0
#include "wire/record_decoder.hpp"

#include <algorithm>

#include "base/check.hpp"
#include "wire/table_check.hpp"

namespace provchain::wire {

using record::FrameHeader;

namespace {

constexpr Duration kUnknownWindow = Duration::seconds(60);

// What a header and its padding must satisfy whatever its kind; `body` is frame header ‖ payload ‖ pad.
std::optional<Errc> check_frame(const FrameHeader& header, Bytes body) {
  if ((header.flags & ~record::flags_known) != 0) return Errc::bad_flags;
  if (header.message_class > static_cast<std::uint8_t>(MessageClass::bulk)) return Errc::bad_class;
  const std::size_t room = body.size() - record::frame_header_bytes;
  if (header.pad >= record::alignment || header.pad > room) return Errc::bad_padding;
  if ((header.flags & record::flag_more) != 0 && header.pad != 0) return Errc::bad_padding;
  if (!all_zero(body.last(header.pad))) return Errc::bad_padding;
  return std::nullopt;
}

// What the registry says about a known kind.
std::optional<Errc> check_kind(const KindInfo& info, const FrameHeader& header, std::size_t max_block_bytes) {
  if ((header.flags & record::flag_ignorable) != 0) return Errc::bad_ignorable;
  if (header.message_class != static_cast<std::uint8_t>(info.message_class)) return Errc::bad_class;
  if ((header.flags & record::flag_zstd) != 0) return Errc::zstd_not_allowed;
  const bool response = (header.flags & record::flag_response) != 0;
  if (response ? info.answering == Answering::never : info.answering == Answering::always) return Errc::bad_response_flag;
  if (header.version == 0 || (info.form == Form::bytes && header.version != 1)) return Errc::bad_version;
  if (header.message_bytes > payload_cap(info, max_block_bytes)) return Errc::message_too_large;
  return std::nullopt;
}

// A record against the message its class has open.
std::optional<Errc> check_repeated(const FrameHeader& first, const FrameHeader& header) {
  if (header.type != first.type || header.corr != first.corr) return Errc::second_message;
  if (header.message_bytes != first.message_bytes) return Errc::length_changed;
  if (header.version != first.version || ((header.flags ^ first.flags) & ~record::flag_more) != 0) return Errc::header_changed;
  return std::nullopt;
}

// Whether MORE tells the truth, with `received` bytes of the message before this record.
std::optional<Errc> check_progress(const FrameHeader& header, std::size_t received, std::size_t payload_bytes) {
  const std::size_t after = received + payload_bytes;
  if (after > header.message_bytes) return Errc::too_many_bytes;
  if ((header.flags & record::flag_more) == 0)
    return after < header.message_bytes ? std::optional(Errc::ended_early) : std::nullopt;
  if (payload_bytes == 0) return Errc::more_without_bytes;
  if (after == header.message_bytes) return Errc::more_after_end;
  return std::nullopt;
}

}  // namespace

RecordDecoder::RecordDecoder(crypto::RecordCipher cipher, std::size_t max_block_bytes, ReceiveMemory& memory)
    : cipher_(std::move(cipher)), max_block_bytes_(max_block_bytes), memory_(memory), gathering_(memory) {}

MutBytes RecordDecoder::space() {
  if (slab_.empty()) {
    slab_ = memory_.take_slab();
    begin_ = end_ = 0;
  }
  if (begin_ == end_ && slab_.references() == 1) begin_ = end_ = 0;
  if (slab_.size() - end_ < space_bytes_min) make_room();
  invariants();
  return slab_.writable_beside_slices().subspan(end_);
}

// Moves what is left to the start of the slab, or of a new one when messages in this one are still held.
void RecordDecoder::make_room() {
  const Bytes rest = slab_.view().subspan(begin_, end_ - begin_);
  PVC_CHECK(rest.size() < record::bytes_max);
  if (slab_.references() == 1) {
    std::memmove(slab_.writable_beside_slices().data(), rest.data(), rest.size());
  } else {
    SharedBytes fresh = memory_.take_slab();
    std::ranges::copy(rest, fresh.writable().begin());
    slab_ = std::move(fresh);
  }
  end_ -= begin_;
  begin_ = 0;
}

void RecordDecoder::advance(std::size_t count, MonoTime now) {
  PVC_CHECK(count <= slab_.size() - end_);
  if (failed_) return;  // whatever still comes before the connection is closed is passed over
  if (begin_ == end_ && count > 0) record_began_ = now;
  end_ += count;
}

std::size_t RecordDecoder::feed(Bytes bytes, MonoTime now) {
  const MutBytes target = space();
  const std::size_t count = std::min(bytes.size(), target.size());
  std::ranges::copy(bytes.first(count), target.begin());
  advance(count, now);
  return count;
}

Result<Decoded, Error> RecordDecoder::next(MonoTime now) {
  if (failed_) return std::unexpected(*failed_);
  while (end_ - begin_ >= record::length_bytes) {
    const Bytes received = slab_.view().subspan(begin_, end_ - begin_);
    const std::size_t record_bytes = record::length_bytes + (std::size_t{received[0]} << 8 | received[1]);
    if (record_bytes < record::bytes_min || record_bytes % record::alignment != 0) {
      return std::unexpected(fail(Errc::bad_record_length, 0).error());
    }
    if (received.size() < record_bytes) break;
    const std::size_t offset = begin_;
    begin_ += record_bytes;
    record_began_ = begin_ == end_ ? kNever : now;
    PVC_TRY(auto decoded, take_record(offset, record_bytes, now));
    invariants();
    if (decoded) return std::move(*decoded);
  }
  return Decoded{};
}

RecordDecoder::Step RecordDecoder::take_record(std::size_t offset, std::size_t record_bytes, MonoTime now) {
  const MutBytes sealed = slab_.writable_beside_slices().subspan(offset, record_bytes);
  const MutBytes body = sealed.subspan(record::length_bytes, record_bytes - record::length_bytes - record::tag_bytes);
  if (!cipher_.open(body, sealed.last(record::tag_bytes))) return fail(Errc::bad_record_seal, 0);
  const FrameHeader header = record::load_frame_header(body);
  if (const auto bad = check_frame(header, body)) return fail(*bad, header.type);
  const std::size_t payload_bytes = body.size() - record::frame_header_bytes - header.pad;
  const KindInfo* info = find_kind(header.type);
  if (info == nullptr) return take_unknown(header, payload_bytes, now);
  if (const auto bad = check_kind(*info, header, max_block_bytes_)) return fail(*bad, header.type);
  const bool is_open = open_[header.message_class].has_value();
  if (is_open || (header.flags & record::flag_more) != 0) {
    return gather(*info, header, body.subspan(record::frame_header_bytes, payload_bytes), now);
  }
  if (const auto bad = check_progress(header, 0, payload_bytes)) return fail(*bad, header.type);
  return take_whole(*info, header, slab_.slice(offset + record::payload_offset, payload_bytes));
}

RecordDecoder::Step RecordDecoder::take_unknown(const FrameHeader& header, std::size_t payload_bytes, MonoTime now) {
  const bool ignorable = (header.flags & record::flag_ignorable) != 0;
  if (ignorable != record::is_ignorable_id(header.type)) return fail(Errc::bad_ignorable, header.type);
  if ((header.flags & record::flag_more) != 0) return fail(Errc::unknown_in_parts, header.type);
  if (open_[header.message_class]) return fail(Errc::second_message, header.type);
  if (const auto bad = check_progress(header, 0, payload_bytes)) return fail(*bad, header.type);
  if (ignorable) {
    ++ignored_;
    return std::optional<Decoded>();
  }
  MonoTime& slot = unknown_times_[unknown_ % unknown_per_minute_max];
  if (unknown_ >= unknown_per_minute_max && now - slot < kUnknownWindow) return fail(Errc::unknown_flood, header.type);
  slot = now;
  ++unknown_;
  return Decoded(UnknownMessage{header.type, header.corr});
}

RecordDecoder::Step RecordDecoder::gather(const KindInfo& info, const FrameHeader& header, Bytes payload, MonoTime now) {
  std::optional<OpenMessage>& open = open_[header.message_class];
  if (open) {
    if (const auto bad = check_repeated(open->header, header)) return fail(*bad, header.type);
  }
  if (const auto bad = check_progress(header, open ? open->received : 0, payload.size())) return fail(*bad, header.type);
  if (!open) open = OpenMessage{header, {}, 0, now};
  grow(*open, open->received + payload.size());
  std::ranges::copy(payload, open->buffer.writable().subspan(open->received).begin());
  open->received += payload.size();
  if (open->received < header.message_bytes) return std::optional<Decoded>();
  SharedBytes whole = std::move(open->buffer);
  open.reset();
  gathering_.set(gathering_.bytes() - whole.size());
  return take_whole(info, header, std::move(whole));
}

// The buffer of a message whose declared size has been checked, but not paid for yet.
void RecordDecoder::grow(OpenMessage& open, std::size_t needed_bytes) {
  if (needed_bytes <= open.buffer.size()) return;
  SharedBytes larger = SharedBytes::for_overwrite(std::min<std::size_t>(open.header.message_bytes, needed_bytes * gather_growth));
  std::ranges::copy(open.buffer.view().first(open.received), larger.writable().begin());
  gathering_.set(gathering_.bytes() - open.buffer.size() + larger.size());
  open.buffer = std::move(larger);
}

RecordDecoder::Step RecordDecoder::take_whole(const KindInfo& info, const FrameHeader& header, SharedBytes payload) {
  if (info.form == Form::table) {
    if (const auto checked = check_table(info.kind, payload.view()); !checked) return fail(checked.error().code, header.type);
  }
  InMessage message;
  message.kind = info.kind;
  message.response = (header.flags & record::flag_response) != 0;
  message.corr = header.corr;
  message.version = header.version;
  message.payload = std::move(payload);
  return Decoded(std::move(message));
}

RecordDecoder::Step RecordDecoder::fail(Errc code, std::uint8_t type) {
  failed_ = Error{code, static_cast<MessageKind>(type), 0};
  end_ = begin_;
  record_began_ = kNever;
  return std::unexpected(*failed_);
}

MonoTime RecordDecoder::message_deadline(const OpenMessage& open) const {
  const auto earned_us = static_cast<std::int64_t>(open.received * 1'000'000 / message_bytes_per_second_min);
  return open.opened + message_grace + Duration::micros(earned_us);
}

MonoTime RecordDecoder::deadline() const {
  MonoTime earliest = record_began_ == kNever ? kNever : record_began_ + record_time_max;
  for (const auto& open : open_)
    if (open) earliest = std::min(earliest, message_deadline(*open));
  return earliest;
}

std::optional<Error> RecordDecoder::overdue(MonoTime now) const {
  if (record_began_ != kNever && now >= record_began_ + record_time_max) return Error{Errc::record_timeout, {}, 0};
  for (const auto& open : open_)
    if (open && now >= message_deadline(*open))
      return Error{Errc::message_too_slow, static_cast<MessageKind>(open->header.type), 0};
  return std::nullopt;
}

void RecordDecoder::release_idle() {
  if (begin_ != end_) return;
  memory_.give_back_slab(std::move(slab_));
  slab_ = {};
  begin_ = end_ = 0;
}

void RecordDecoder::invariants() const {
  PVC_CHECK(begin_ <= end_ && end_ <= slab_.size() && begin_ % record::alignment == 0);
  PVC_CHECK((begin_ == end_) == (record_began_ == kNever));
  std::size_t gathering_bytes = 0;
  for (const auto& open : open_) {
    PVC_CHECK(!open || (open->received < open->header.message_bytes && open->received <= open->buffer.size()));
    if (open) gathering_bytes += open->buffer.size();
  }
  PVC_CHECK(gathering_.bytes() == gathering_bytes);
}

}  // namespace provchain::wire
