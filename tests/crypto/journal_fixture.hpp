// SPDX-License-Identifier: Apache-2.0
// A vote journal in a directory of its own, and hand-made segments for what no journal would write.
#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "crypto/vote_journal.hpp"
#include "tests/crypto/format_samples.hpp"

namespace provchain::crypto::journal_test {

namespace samples = format::samples;

class TemporaryDirectory {
 public:
  TemporaryDirectory() {
    std::string pattern = (std::filesystem::temp_directory_path() / "pvc-journal-XXXXXX").string();
    EXPECT_NE(::mkdtemp(pattern.data()), nullptr);
    path_ = pattern;
  }
  ~TemporaryDirectory() { std::filesystem::remove_all(path_); }
  TemporaryDirectory(const TemporaryDirectory&) = delete;
  TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

inline JournalIdentity identity() {
  return {samples::context().network_id, samples::key_pair(1).public_key, samples::filled<JournalUuid>(0x77)};
}

inline format::StatementBytes statement(const format::Ballot& ballot) {
  return format::encode_statement(samples::context(), ballot);
}

// A block of this height that is its header and nothing but zeros behind it: the journal does not look further.
inline ByteVector body(std::uint64_t height, std::size_t size_bytes = format::block_header_bytes) {
  format::BlockHeader header = samples::block_header();
  header.height = Height(height);
  ByteVector bytes = to_vector(format::encode_block_header(header));
  bytes.resize(size_bytes);
  return bytes;
}

// The bytes of a segment, batch by batch.
class SegmentBuilder {
 public:
  explicit SegmentBuilder(std::uint32_t segment = 0, std::uint64_t first_seq = 0, const JournalIdentity& whose = identity())
      : bytes_(to_vector(encode_segment_header({segment, whose, 1}))), next_seq_(first_seq) {}

  SegmentBuilder& batch(std::span<const RecordView> records) {
    ByteVector batch(batch_header_bytes);
    for (const RecordView& record : records) append_record(batch, record);
    seal_batch(batch, next_seq_++);
    starts_.push_back(bytes_.size());
    append(bytes_, batch);
    return *this;
  }
  SegmentBuilder& snapshot(const format::Guard& guard = {}, const JournalFloor& floor = {}) {
    const ByteVector guard_bytes = encode_guard(guard);
    const ByteVector floor_bytes = encode_floor(floor);
    return batch(std::vector<RecordView>{{RecordType::guard, guard_bytes}, {RecordType::floor, floor_bytes}});
  }
  SegmentBuilder& vote(const format::Ballot& ballot) {
    const auto bytes = statement(ballot);
    return batch(std::vector<RecordView>{{RecordType::vote, bytes}});
  }
  SegmentBuilder& skip_seq() {
    ++next_seq_;
    return *this;
  }
  // Padded with zeros to `size_bytes`.
  [[nodiscard]] ByteVector bytes(std::size_t size_bytes = 4096) const {
    ByteVector padded = bytes_;
    padded.resize(size_bytes);
    return padded;
  }
  [[nodiscard]] std::size_t end() const { return bytes_.size(); }
  [[nodiscard]] std::size_t start_of(std::size_t batch) const { return starts_[batch]; }

 private:
  ByteVector bytes_;
  std::vector<std::size_t> starts_;
  std::uint64_t next_seq_;
};

inline constexpr std::size_t file_bytes = 4 * 1'048'576;

class JournalTest : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(init());
    options_.directory = directory_.path().string();
    options_.identity = identity();
  }

  Result<VoteJournal::Opened, JournalError> create() {
    JournalOptions options = options_;
    options.create = true;
    return VoteJournal::open(options);
  }
  Result<VoteJournal::Opened, JournalError> reopen() { return VoteJournal::open(options_); }
  Result<VoteJournal::Opened, JournalError> reopen_after_closing(Result<VoteJournal::Opened, JournalError> opened) {
    {
      const auto closed = std::move(opened);
    }
    return reopen();
  }
  // The name of what open() says, for a journal that must not open.
  JournalErrc refusal() {
    const auto opened = reopen();
    EXPECT_FALSE(opened.has_value());
    return opened ? JournalErrc{} : opened.error().code;
  }
  static Result<void, JournalError> append_vote(VoteJournal& journal, const format::Ballot& ballot) {
    const auto bytes = statement(ballot);
    const RecordView record{RecordType::vote, bytes};
    return journal.append({&record, 1});
  }
  [[nodiscard]] std::filesystem::path file(std::uint32_t segment) const {
    char name[32];
    std::snprintf(name, sizeof name, "%016x.seg", segment);
    return directory_.path() / name;
  }
  void put(std::uint32_t segment, const ByteVector& bytes) const {
    std::ofstream out(file(segment), std::ios::binary);
    out.write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
  }
  [[nodiscard]] ByteVector get(std::uint32_t segment) const {
    ByteVector bytes(std::filesystem::file_size(file(segment)));
    std::ifstream in(file(segment), std::ios::binary);
    in.read(reinterpret_cast<char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
    return bytes;
  }

  TemporaryDirectory directory_;
  JournalOptions options_;
};

}  // namespace provchain::crypto::journal_test
