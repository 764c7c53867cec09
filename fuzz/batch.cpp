// SPDX-License-Identifier: Apache-2.0
// The sync batch: header fields, zstd frame and the blocks in it. Oracle: what is accepted is within its bounds and comes back
// the same after it was encoded anew.
#include <cstdint>

#include "base/check.hpp"
#include "wire/batch.hpp"

namespace {

using namespace provchain;

constexpr std::size_t kBlockBytes = 65'536;

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto batch = wire::decode_batch({data, size}, kBlockBytes);
  if (!batch) return 0;
  std::size_t plain_bytes = 0;
  for (const SharedBytes& block : batch->blocks) plain_bytes += block.size();
  PVC_CHECK(plain_bytes <= limits::sync_batch_bytes_max);
  const auto again = wire::decode_batch(wire::encode_batch(*batch).view(), kBlockBytes);
  PVC_CHECK(again.has_value() && again->first == batch->first && again->path == batch->path &&
            again->blocks.size() == batch->blocks.size());
  for (std::size_t i = 0; i < batch->blocks.size(); ++i) PVC_CHECK(equal(again->blocks[i].view(), batch->blocks[i].view()));
  return 0;
}
