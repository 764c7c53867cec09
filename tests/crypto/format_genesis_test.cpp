// SPDX-License-Identifier: Apache-2.0
#include "crypto/format/genesis.hpp"

#include <gtest/gtest.h>

#include "crypto/digest.hpp"
#include "crypto/domain.hpp"
#include "crypto/format/system_state.hpp"
#include "tests/crypto/format_samples.hpp"

namespace provchain::crypto::format {
namespace {

TEST(Genesis, NetworkIdIsOfTheExactBytes) {
  EXPECT_EQ(network_id_of(as_bytes("text")).hex(), hash(domain::genesis, as_bytes("text")).hex());
  EXPECT_NE(network_id_of(as_bytes("text")), network_id_of(as_bytes("text\n")));
}

TEST(Genesis, SystemRootIsOfTheLayoutInTheNote) {
  const Genesis genesis = samples::genesis();
  ByteVector bytes;
  for (const std::uint64_t value : {1'000ULL, 10'000ULL, 0ULL, 1'048'576ULL, 0ULL, 8ULL, 500ULL, 2'000ULL})
    append_le(bytes, value);
  bytes.push_back(0);
  append_le(bytes, 2U);
  append(bytes, genesis.participants[0].view());
  append(bytes, genesis.participants[1].view());
  append_le(bytes, 0U);
  append_le(bytes, 0U);
  EXPECT_EQ(system_root_of(genesis), hash(domain::system, bytes));
}

TEST(Genesis, SystemRootCoversEveryParameter) {
  const Hash256 root = system_root_of(samples::genesis());
  const auto differs = [&](auto change) {
    Genesis genesis = samples::genesis();
    change(genesis);
    return system_root_of(genesis) != root;
  };
  EXPECT_TRUE(differs([](Genesis& g) { ++g.parameters.min_interval_ms; }));
  EXPECT_TRUE(differs([](Genesis& g) { ++g.parameters.target_interval_ms; }));
  EXPECT_TRUE(differs([](Genesis& g) { ++g.parameters.heartbeat_ms; }));
  EXPECT_TRUE(differs([](Genesis& g) { ++g.parameters.max_block_bytes; }));
  EXPECT_TRUE(differs([](Genesis& g) { ++g.parameters.max_epoch_blocks; }));
  EXPECT_TRUE(differs([](Genesis& g) { ++g.parameters.evidence_epochs; }));
  EXPECT_TRUE(differs([](Genesis& g) { ++g.parameters.clock_skew_ms; }));
  EXPECT_TRUE(differs([](Genesis& g) { ++g.parameters.msg_delay_ms; }));
  EXPECT_TRUE(differs([](Genesis& g) { g.open_participation = true; }));
  EXPECT_TRUE(differs([](Genesis& g) { g.participants.pop_back(); }));
}

TEST(Genesis, VirtualBlockIsZeroButForTheGenesis) {
  const Genesis genesis = samples::genesis();
  const BlockHeader header = genesis_header(genesis);
  EXPECT_EQ(header.height, Height(0));
  EXPECT_EQ(header.timestamp_ms, genesis.time_ms);
  EXPECT_EQ(header.network_id, genesis.network_id);
  EXPECT_EQ(header.history_root, hash(domain::history, Bytes{}));
  EXPECT_EQ(header.tx_root, hash(domain::transactions, Bytes{}));
  EXPECT_EQ(header.system_root, system_root_of(genesis));
  EXPECT_EQ(header.authority_set_hash, authority_set_hash(genesis.authorities));
  EXPECT_EQ(header.next_authority_set_hash, header.authority_set_hash);
  EXPECT_TRUE(all_zero(Bytes(encode_block_header(header)).subspan(4, 36)));
  EXPECT_TRUE(all_zero(Bytes(encode_block_header(header)).subspan(48, 32)));
  EXPECT_TRUE(all_zero(Bytes(encode_block_header(header)).subspan(112, 64)));
}

}  // namespace
}  // namespace provchain::crypto::format
