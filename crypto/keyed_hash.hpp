// SPDX-License-Identifier: Apache-2.0
// SipHash-2-4: a 64-bit hash under a secret key, for hash tables on disk whose keys outsiders choose. Without the key nobody can
// make two inputs collide on purpose; by chance they do, so whoever uses it compares the inputs too. Pure function, any thread;
// random_hash_key() after init().
#pragma once

#include "base/types.hpp"

namespace provchain::crypto {

using HashKey = FixedBytes<struct HashKeyTag, 16>;

[[nodiscard]] HashKey random_hash_key();
[[nodiscard]] std::uint64_t keyed_hash64(const HashKey& key, Bytes bytes);

}  // namespace provchain::crypto
