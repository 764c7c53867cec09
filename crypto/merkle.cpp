// SPDX-License-Identifier: Apache-2.0
#include "crypto/merkle.hpp"

namespace provchain::crypto::merkle {
namespace {

constexpr std::uint8_t kLeafPrefix = 0x00;
constexpr std::uint8_t kNodePrefix = 0x01;

}  // namespace

Hash256 TaggedHash::empty() const { return hash(tag_, Bytes{}); }

Hash256 TaggedHash::leaf(Bytes data) const { return hash(tag_, {Bytes{&kLeafPrefix, 1}, data}); }

Hash256 TaggedHash::node(const Hash256& left, const Hash256& right) const {
  return hash(tag_, {Bytes{&kNodePrefix, 1}, left.view(), right.view()});
}

}  // namespace provchain::crypto::merkle
