// SPDX-License-Identifier: Apache-2.0
#include "wire/zstd_frame.hpp"

#include <zstd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include "base/limits.hpp"
#include "tests/wire/support.hpp"

namespace provchain::wire {
namespace {

using namespace test;

constexpr MessageKind kKind = MessageKind::batch;
constexpr std::size_t kCap = limits::sync_batch_bytes_max;

std::filesystem::path data_directory() {
  const char* configured = std::getenv("PROVCHAIN_TEST_DATA");
  return (configured != nullptr ? std::filesystem::path(configured) : std::filesystem::path(PVC_SOURCE_DIR) / "../shared/data") /
         "zstd";
}

ByteVector read(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  const std::string text(std::istreambuf_iterator<char>(in), {});
  return to_vector(as_bytes(text));
}

ByteVector compress(Bytes plain, int level, int window_log = 0, bool content_size = true) {
  ZSTD_CCtx* context = ZSTD_createCCtx();
  ZSTD_CCtx_setParameter(context, ZSTD_c_compressionLevel, level);
  ZSTD_CCtx_setParameter(context, ZSTD_c_contentSizeFlag, content_size ? 1 : 0);
  if (window_log != 0) ZSTD_CCtx_setParameter(context, ZSTD_c_windowLog, window_log);
  ByteVector out(ZSTD_compressBound(plain.size()));
  out.resize(ZSTD_compress2(context, out.data(), out.size(), plain.data(), plain.size()));
  ZSTD_freeCCtx(context);
  return out;
}

TEST(ZstdFrame, RoundTripsTextNoiseNothingAndSameness) {
  for (const ByteVector& plain :
       {ByteVector{}, filled(1, 7), filled(65'535, 7), filled(65'536, 7), filled(1'000'000, 7), noise(300'000, 3)}) {
    const ByteVector frame = zstd_seal(plain);
    const auto opened = zstd_open(kKind, frame, plain.size());
    ASSERT_TRUE(opened) << plain.size() << ' ' << to_string(opened.error().code);
    EXPECT_TRUE(equal(opened->view(), plain));
    EXPECT_LE(frame.size(), plain.size() + 3 * (plain.size() / 131'072) + 16);
  }
}

TEST(ZstdFrame, RefusesABombThatIsWellFormed) {
  const ByteVector frame = compress(filled(4'000'000, 0), 19);
  EXPECT_LT(frame.size(), 1'000U);
  EXPECT_EQ(refusal(zstd_open(kKind, frame, 4'000'000)), "ratio_too_high");
}

TEST(ZstdFrame, RefusesASizeOtherThanDeclared) {
  const ByteVector frame = compress(noise(1'000, 1), 1);
  EXPECT_EQ(refusal(zstd_open(kKind, frame, 999)), "declared_size_mismatch");
  EXPECT_EQ(refusal(zstd_open(kKind, frame, 1'001)), "declared_size_mismatch");
}

TEST(ZstdFrame, RefusesAFrameThatLiesAboutItsContent) {
  ByteVector frame = zstd_seal(filled(70'000, 'x'));
  store_le<std::uint32_t>(frame, 5, 69'999);  // the content size of a stored frame
  EXPECT_EQ(refusal(zstd_open(kKind, frame, 69'999)), "bad_frame");
  store_le<std::uint32_t>(frame, 5, 70'001);
  const auto outcome = refusal(zstd_open(kKind, frame, 70'001));
  EXPECT_TRUE(outcome == "bad_frame" || outcome == "declared_size_mismatch") << outcome;
}

TEST(ZstdFrame, RefusesAnUnknownContentSize) {
  EXPECT_EQ(refusal(zstd_open(kKind, compress(noise(1'000, 1), 1, 0, false), 1'000)), "bad_frame");
}

TEST(ZstdFrame, RefusesASecondFrameASkippableFrameAndBytesBehind) {
  const ByteVector one = compress(noise(100, 1), 1);
  ByteVector two = one;
  append(two, one);
  EXPECT_EQ(refusal(zstd_open(kKind, two, 100)), "bad_frame");
  ByteVector skippable;
  append_le<std::uint32_t>(skippable, 0x184D2A50);
  append_le<std::uint32_t>(skippable, 4);
  append_le<std::uint32_t>(skippable, 0);
  EXPECT_EQ(refusal(zstd_open(kKind, skippable, 0)), "bad_frame");
  ByteVector behind = one;
  append(behind, skippable);
  EXPECT_EQ(refusal(zstd_open(kKind, behind, 100)), "bad_frame");
  ByteVector before = skippable;
  append(before, one);
  EXPECT_EQ(refusal(zstd_open(kKind, before, 100)), "bad_frame");
  EXPECT_EQ(refusal(zstd_open(kKind, {}, 0)), "bad_frame");
}

// Frame headers by hand: magic, descriptor (8-byte content size), window descriptor, content size, one empty raw block.
ByteVector frame_with_window(std::uint8_t window) {
  ByteVector frame;
  append_le<std::uint32_t>(frame, ZSTD_MAGICNUMBER);
  frame.push_back(3U << 6);
  frame.push_back(window);
  append_le<std::uint64_t>(frame, 0);
  frame.insert(frame.end(), {1, 0, 0});
  return frame;
}

TEST(ZstdFrame, RefusesAWindowAboveFourMebibytes) {
  EXPECT_EQ(refusal(zstd_open(kKind, frame_with_window(12 << 3), 0)), "accepted");
  EXPECT_EQ(refusal(zstd_open(kKind, frame_with_window(12 << 3 | 1), 0)), "bad_frame");
  EXPECT_EQ(refusal(zstd_open(kKind, frame_with_window(17 << 3), 0)), "bad_frame");
}

TEST(ZstdFrame, RefusesADictionaryAndTheReservedBit) {
  ByteVector frame = frame_with_window(0);
  frame[4] |= 1;
  frame.insert(frame.begin() + 6, 9);
  EXPECT_EQ(refusal(zstd_open(kKind, frame, 0)), "unknown_dictionary");
  ByteVector reserved = frame_with_window(0);
  reserved[4] |= 1U << 3;
  EXPECT_EQ(refusal(zstd_open(kKind, reserved, 0)), "bad_frame");
}

TEST(ZstdFrame, OpensThePublishedGoldenFramesOfKnownSize) {
  const auto directory = data_directory() / "facebook_zstd/tests/golden-decompression";
  if (!std::filesystem::exists(directory)) GTEST_SKIP() << "no test data in " << directory;
  const ByteVector block = read(directory / "block-128k.zst");
  const unsigned long long size = ZSTD_getFrameContentSize(block.data(), block.size());
  const auto outcome = refusal(zstd_open(kKind, block, size < kCap ? static_cast<std::size_t>(size) : kCap));
  EXPECT_TRUE(outcome == "accepted" || size == ZSTD_CONTENTSIZE_UNKNOWN) << outcome;
}

// Damaged frames, crashers of other decoders, huge windows: whatever they are, no more than the cap comes out, and it is what was
// declared.
TEST(ZstdFrame, NeverDecodesBeyondWhatIsDeclared) {
  if (!std::filesystem::exists(data_directory())) GTEST_SKIP() << "no test data in " << data_directory();
  std::size_t files = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(data_directory())) {
    if (!entry.is_regular_file()) continue;
    const ByteVector bytes = read(entry.path());
    ++files;
    const unsigned long long claimed = ZSTD_getFrameContentSize(bytes.data(), bytes.size());
    for (const std::size_t declared :
         {claimed <= kCap ? static_cast<std::size_t>(claimed) : kCap, std::size_t{0}, std::size_t{1'000}, kCap}) {
      const auto opened = zstd_open(kKind, bytes, declared);
      if (opened) {
        EXPECT_EQ(opened->size(), declared) << entry.path();
      }
    }
  }
  EXPECT_GT(files, 50U);
}

TEST(ZstdFrame, RefusesThePublishedHugeWindows) {
  const auto directory = data_directory() / "fuzz_crashers";
  if (!std::filesystem::exists(directory)) GTEST_SKIP() << "no test data in " << directory;
  for (const char* name : {"window_8mib.zst", "window_128mib.zst", "window_256mib.zst"}) {
    const ByteVector bytes = read(directory / name);
    ASSERT_FALSE(bytes.empty());
    const unsigned long long claimed = ZSTD_getFrameContentSize(bytes.data(), bytes.size());
    EXPECT_NE(refusal(zstd_open(kKind, bytes, claimed <= kCap ? static_cast<std::size_t>(claimed) : kCap)), "accepted") << name;
  }
}

}  // namespace
}  // namespace provchain::wire
