// SPDX-License-Identifier: Apache-2.0
// Must crash under fuzzing: tools/fuzz_smoke.sh refuses a harness that does not find this. It replays harmless files.
#include <cstdint>
#include <cstdlib>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size >= 3 && data[0] == 'P' && data[1] == 'V' && data[2] == 'C') std::abort();
  return 0;
}
