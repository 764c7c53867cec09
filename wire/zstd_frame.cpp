// SPDX-License-Identifier: Apache-2.0
#include "wire/zstd_frame.hpp"

#include <zstd.h>

#include <algorithm>
#include <memory>
#include <optional>

#include "base/check.hpp"

namespace provchain::wire {

namespace {

constexpr int kLevel = 1;
constexpr int kWindowLogMax = 22;
constexpr std::size_t kRawBlockBytesMax = 131'072;
constexpr std::size_t kHeaderBytesMin = 6;  // magic, descriptor, and at least one byte of window or size

// Frame header descriptor: bits 7-6 size of the content size, 5 single segment, 3 reserved, 1-0 size of the dictionary id.
constexpr std::uint8_t kSingleSegment = 1U << 5;
constexpr std::uint8_t kReserved = 1U << 3;

bool is_bomb(std::size_t plain_bytes, std::size_t frame_bytes) {
  return plain_bytes >= zstd_ratio_free_bytes && plain_bytes / zstd_ratio_max > frame_bytes;
}

// A frame without a window descriptor needs a window as large as its content, which the caller's cap bounds.
bool is_window_acceptable(Bytes frame) {
  const std::uint8_t descriptor = frame[4];
  if ((descriptor & kReserved) != 0) return false;
  if ((descriptor & kSingleSegment) != 0) return true;
  const int window_log = 10 + (frame[5] >> 3);
  const bool has_mantissa = (frame[5] & 7) != 0;
  return window_log < kWindowLogMax || (window_log == kWindowLogMax && !has_mantissa);
}

std::optional<Errc> check_frame(Bytes frame, std::size_t plain_bytes) {
  if (frame.size() < kHeaderBytesMin || load_le<std::uint32_t>(frame, 0) != ZSTD_MAGICNUMBER) return Errc::bad_frame;
  if (!is_window_acceptable(frame)) return Errc::bad_frame;
  if (ZSTD_getDictID_fromFrame(frame.data(), frame.size()) != 0) return Errc::unknown_dictionary;
  const unsigned long long declared = ZSTD_getFrameContentSize(frame.data(), frame.size());
  if (declared == ZSTD_CONTENTSIZE_UNKNOWN || declared == ZSTD_CONTENTSIZE_ERROR) return Errc::bad_frame;
  if (declared != plain_bytes) return Errc::declared_size_mismatch;
  if (is_bomb(plain_bytes, frame.size())) return Errc::ratio_too_high;
  const std::size_t frame_bytes = ZSTD_findFrameCompressedSize(frame.data(), frame.size());
  if (ZSTD_isError(frame_bytes) != 0 || frame_bytes != frame.size()) return Errc::bad_frame;
  return std::nullopt;
}

// RFC 8878 sections 3.1.1.1 and 3.1.1.2: magic, descriptor (4-byte content size, single segment), content size, raw blocks.
ByteVector store(Bytes plain) {
  ByteVector frame;
  frame.reserve(plain.size() + 16 + 3 * (plain.size() / kRawBlockBytesMax + 1));
  append_le<std::uint32_t>(frame, ZSTD_MAGICNUMBER);
  frame.push_back(static_cast<std::uint8_t>(2U << 6 | kSingleSegment));
  append_le<std::uint32_t>(frame, static_cast<std::uint32_t>(plain.size()));
  do {
    const std::size_t block_bytes = std::min(plain.size(), kRawBlockBytesMax);
    const auto header =
        static_cast<std::uint32_t>(block_bytes << 3 | (block_bytes == plain.size() ? 1U : 0U));  // type 0 raw, bit 0 last
    for (unsigned shift = 0; shift < 24; shift += 8) frame.push_back(static_cast<std::uint8_t>(header >> shift));
    append(frame, plain.first(block_bytes));
    plain = plain.subspan(block_bytes);
  } while (!plain.empty());
  return frame;
}

struct FreeContext {
  void operator()(ZSTD_CCtx* context) const { ZSTD_freeCCtx(context); }
};

}  // namespace

Result<SharedBytes, Error> zstd_open(MessageKind kind, Bytes frame, std::size_t plain_bytes) {
  if (const auto bad = check_frame(frame, plain_bytes)) return std::unexpected(Error{*bad, kind, 0});
  SharedBytes plain = SharedBytes::for_overwrite(plain_bytes);
  const std::size_t written = ZSTD_decompress(plain.writable().data(), plain_bytes, frame.data(), frame.size());
  if (ZSTD_isError(written) != 0) return std::unexpected(Error{Errc::bad_frame, kind, 0});
  if (written != plain_bytes) return std::unexpected(Error{Errc::declared_size_mismatch, kind, 0});
  return plain;
}

ByteVector zstd_seal(Bytes plain) {
  PVC_CHECK(plain.size() <= UINT32_MAX);
  const std::unique_ptr<ZSTD_CCtx, FreeContext> context(ZSTD_createCCtx());
  PVC_CHECK(context != nullptr);
  PVC_CHECK(ZSTD_isError(ZSTD_CCtx_setParameter(context.get(), ZSTD_c_compressionLevel, kLevel)) == 0);
  PVC_CHECK(ZSTD_isError(ZSTD_CCtx_setParameter(context.get(), ZSTD_c_contentSizeFlag, 1)) == 0);
  PVC_CHECK(ZSTD_isError(ZSTD_CCtx_setParameter(context.get(), ZSTD_c_checksumFlag, 0)) == 0);
  ByteVector frame(ZSTD_compressBound(plain.size()));
  const std::size_t frame_bytes = ZSTD_compress2(context.get(), frame.data(), frame.size(), plain.data(), plain.size());
  PVC_CHECK(ZSTD_isError(frame_bytes) == 0);
  if (frame_bytes >= plain.size() + 16 || is_bomb(plain.size(), frame_bytes)) return store(plain);
  frame.resize(frame_bytes);
  return frame;
}

}  // namespace provchain::wire
