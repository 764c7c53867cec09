// SPDX-License-Identifier: Apache-2.0
#include <flatbuffers/flatbuffers.h>

#include "consensus_generated.h"
#include "tests/golden/golden.hpp"
#include "tests/wire/support.hpp"
#include "wire/messages.hpp"
#include "wire/registry.hpp"
#include "wire/table_check.hpp"

namespace provchain::wire {
namespace {

using namespace test;

struct Parts {
  ByteVector vote = filled(131, 1);
  SharedBytes block = block_with_body(filled(100, 2));
  ByteVector parent = filled(261, 3);
  std::vector<ByteVector> skips{filled(264, 4), filled(266, 5)};
  ByteVector finality = filled(261, 6);
  BodyForm form = BodyForm::full;

  [[nodiscard]] SharedBytes build() const { return build_proposal({vote, form, block.view(), parent, skips, finality}); }
};

// A proposal as no builder of ours would make it.
SharedBytes raw(const ByteVector* vote, std::uint8_t form, const ByteVector* block, const ByteVector& parent = {},
                const ByteVector& skips = {}, const ByteVector& finality = {}) {
  flatbuffers::FlatBufferBuilder builder;
  const auto vector = [&](const ByteVector* bytes) -> flatbuffers::Offset<flatbuffers::Vector<std::uint8_t>> {
    if (bytes == nullptr) return 0;
    builder.ForceVectorAlignment(bytes->size(), 1, 8);
    return builder.CreateVector(*bytes);
  };
  const auto a = vector(vote);
  const auto b = vector(block);
  const auto c = vector(&parent);
  const auto d = vector(&skips);
  const auto e = vector(&finality);
  builder.FinishSizePrefixed(fb::CreateProposal(builder, a, form, b, c, d, e));
  return SharedBytes::copy_of({builder.GetBufferPointer(), builder.GetSize()});
}

ByteVector block_bytes(std::size_t body_bytes) { return to_vector(block_with_body(filled(body_bytes, 2)).view()); }

TEST(Proposal, ComesBackAsItWasBuilt) {
  const Parts parts;
  const SharedBytes payload = parts.build();
  const auto view = parse_proposal(payload.view());
  ASSERT_TRUE(view) << to_string(view.error().code);
  EXPECT_TRUE(equal(view->vote, parts.vote));
  EXPECT_TRUE(equal(view->block, parts.block.view()));
  EXPECT_TRUE(equal(view->header, parts.block.view().first(336)));
  EXPECT_TRUE(equal(view->body, parts.block.view().subspan(336)));
  EXPECT_TRUE(equal(view->parent_certificate, parts.parent));
  EXPECT_TRUE(equal(view->finality_certificate, parts.finality));
  ASSERT_EQ(view->skip_certificates.size(), 2U);
  EXPECT_TRUE(equal(*view->skip_certificates.begin(), parts.skips[0]));
}

TEST(Proposal, IsFrozen) { golden::expect_frozen("wire_proposal", Parts().build().view()); }

TEST(Proposal, WithoutItsOptionalPartsReadsAsEmpty) {
  Parts parts;
  parts.parent.clear();
  parts.skips.clear();
  parts.finality.clear();
  parts.block = block_with_body({});
  parts.form = BodyForm::none;
  const SharedBytes payload = parts.build();
  const auto view = parse_proposal(payload.view());
  ASSERT_TRUE(view);
  EXPECT_EQ(view->form, BodyForm::none);
  EXPECT_TRUE(view->body.empty() && view->parent_certificate.empty() && view->skip_certificates.empty() &&
              view->finality_certificate.empty());
}

TEST(Proposal, KeepsABlockWithoutCopyingIt) {
  const SharedBytes payload = Parts().build();
  const auto view = parse_proposal(payload.view());
  ASSERT_TRUE(view);
  const SharedBytes block = part_of(payload, view->block);
  EXPECT_EQ(block.view().data(), view->block.data());
  EXPECT_EQ(reinterpret_cast<std::uintptr_t>(block.view().data()) % 8, 0U);
  EXPECT_EQ(payload.references(), 2U);
}

TEST(Proposal, StartsItsBlockAtAMultipleOfEightWhateverTheLengths) {
  for (std::size_t extra = 0; extra < 16; ++extra) {
    Parts parts;
    parts.block = block_with_body(filled(100 + extra, 2));
    parts.parent = filled(261 + extra % 5, 3);
    parts.finality = filled(261 + extra % 3, 6);
    const SharedBytes payload = parts.build();
    EXPECT_TRUE(parse_proposal(payload.view())) << extra;
  }
}

TEST(Proposal, RefusesMissingFields) {
  const ByteVector vote = filled(131, 1);
  const ByteVector block = block_bytes(5);
  EXPECT_EQ(refusal(parse_proposal(raw(nullptr, 1, &block).view())), "missing_field");
  EXPECT_EQ(refusal(parse_proposal(raw(&vote, 1, nullptr).view())), "missing_field");
}

TEST(Proposal, RefusesLengthsThatDoNotFit) {
  const ByteVector vote = filled(131, 1);
  const ByteVector short_vote = filled(130, 1);
  const ByteVector block = block_bytes(5);
  const ByteVector long_block = [] {
    ByteVector bytes = block_bytes(5);
    bytes.push_back(0);
    return bytes;
  }();
  const ByteVector short_header = filled(335, 0);
  const ByteVector long_certificate = filled(8 * 1024 + 1, 0);
  EXPECT_EQ(refusal(parse_proposal(raw(&short_vote, 1, &block).view())), "bad_length");
  EXPECT_EQ(refusal(parse_proposal(raw(&vote, 1, &long_block).view())), "bad_length");
  EXPECT_EQ(refusal(parse_proposal(raw(&vote, 2, &block).view())), "bad_length");
  EXPECT_EQ(refusal(parse_proposal(raw(&vote, 1, &short_header).view())), "bad_length");
  EXPECT_EQ(refusal(parse_proposal(raw(&vote, 1, &block, long_certificate).view())), "bad_length");
  EXPECT_EQ(refusal(parse_proposal(raw(&vote, 1, &block, {}, {}, long_certificate).view())), "bad_length");
}

TEST(Proposal, RefusesFormsItDoesNotKnow) {
  const ByteVector vote = filled(131, 1);
  const ByteVector block = block_bytes(5);
  EXPECT_EQ(refusal(parse_proposal(raw(&vote, 3, &block).view())), "unsupported_form");
  EXPECT_EQ(refusal(parse_proposal(raw(&vote, 0, &block).view())), "bad_kind");
  EXPECT_EQ(refusal(parse_proposal(raw(&vote, 4, &block).view())), "bad_kind");
}

TEST(Proposal, RefusesABlockThatCannotBeReadInPlace) {
  const ByteVector vote = filled(131, 1);
  const ByteVector block = block_bytes(5);
  bool seen = false;
  for (std::size_t shift = 1; shift <= 8 && !seen; ++shift) {
    flatbuffers::FlatBufferBuilder builder;
    const auto pad = builder.CreateVector(filled(shift, 9));
    const auto b = builder.CreateVector(block);
    const auto a = builder.CreateVector(vote);
    builder.FinishSizePrefixed(fb::CreateProposal(builder, a, 1, b, pad));
    const SharedBytes payload = SharedBytes::copy_of({builder.GetBufferPointer(), builder.GetSize()});
    seen = refusal(parse_proposal(payload.view())) == "misaligned_field";
  }
  EXPECT_TRUE(seen);
}

TEST(Proposal, RefusesSixtyFiveSkipCertificates) {
  const ByteVector vote = filled(131, 1);
  const ByteVector block = block_bytes(5);
  ByteVector skips;
  for (int i = 0; i < 65; ++i) append_byte_string(skips, filled(3, 0));
  EXPECT_EQ(refusal(parse_proposal(raw(&vote, 1, &block, {}, skips).view())), "bad_count");
  skips.resize(64 * 7);
  EXPECT_EQ(refusal(parse_proposal(raw(&vote, 1, &block, {}, skips).view())), "accepted");
}

TEST(Proposal, RefusesBytesThatAreNoTable) {
  const SharedBytes payload = Parts().build();
  EXPECT_EQ(refusal(parse_proposal({})), "truncated");
  EXPECT_EQ(refusal(parse_proposal(with_tail(payload, 1).view())), "not_verified");
  for (std::size_t size = 8; size < payload.size(); size += 13) {
    EXPECT_EQ(refusal(parse_proposal(cut(payload, size).view())), "not_verified") << size;
  }
  EXPECT_EQ(refusal(parse_proposal(with_byte(payload, 4, 0xff).view())), "not_verified");
}

TEST(Proposal, RefusesABufferThatDoesNotStartAligned) {
  const SharedBytes payload = Parts().build();
  SharedBytes shifted = SharedBytes::of_size(payload.size() + 4);
  std::memcpy(shifted.writable().data() + 4, payload.view().data(), payload.size());
  EXPECT_EQ(refusal(parse_proposal(shifted.view().subspan(4))), "misaligned");
  EXPECT_EQ(refusal(check_table(MessageKind::proposal, shifted.view().subspan(4))), "misaligned");
}

TEST(Proposal, SurvivesEverySingleByteFlipOfItsTables) {
  const SharedBytes payload = Parts().build();
  for (std::size_t offset = 0; offset < 64; ++offset) {
    for (const int value : {0x00, 0x01, 0x7f, 0x80, 0xff}) {
      const SharedBytes flipped = with_byte(payload, offset, static_cast<std::uint8_t>(value));
      const auto view = parse_proposal(flipped.view());
      if (view) {
        EXPECT_EQ(view->block.size(), view->header.size() + view->body.size());
      }
    }
  }
}

TEST(Proposal, FitsItsCapWithTheLargestBlockAndEveryCertificate) {
  Parts parts;
  parts.block = block_with_body(filled(limits::block_bytes_default, 2));
  parts.skips.assign(64, filled(65 + 13 + 67 * 3 + 67 * 64, 4));
  parts.parent = parts.finality = filled(65 + 13 + 67 * 64, 3);
  EXPECT_LE(parts.build().size(), payload_cap(info_of(MessageKind::proposal), limits::block_bytes_default));
}

}  // namespace
}  // namespace provchain::wire
