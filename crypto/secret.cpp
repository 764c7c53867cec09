// SPDX-License-Identifier: Apache-2.0
#include "crypto/secret.hpp"

#include <sodium.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace provchain::crypto::secret_memory {

std::uint8_t* allocate(std::size_t size_bytes) {
  // The allocator works only after sodium_init(), which is idempotent; a secret may be the first thing a program makes.
  void* memory = sodium_init() < 0 ? nullptr : sodium_malloc(size_bytes);
  if (memory == nullptr) {
    std::fputs("no guarded memory left for key material\n", stderr);
    std::abort();
  }
  std::memset(memory, 0, size_bytes);
  return static_cast<std::uint8_t*>(memory);
}

void release(std::uint8_t* memory) { sodium_free(memory); }

}  // namespace provchain::crypto::secret_memory
