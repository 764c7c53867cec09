// SPDX-License-Identifier: Apache-2.0
// One direction of an authenticated connection: ChaCha20-Poly1305, empty additional data, nonce = 4 zero bytes ‖ u64
// little-endian counter. After every 65,536 records the key becomes REKEY(key) (Noise specification, section 4.2); the counter
// goes on, so record n always uses the key rekeyed ⌊n / 65,536⌋ times. Belongs to the thread of its connection. It is also the
// CipherState that a Noise handshake splits into.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "crypto/wiped_bytes.hpp"

namespace provchain::crypto {

enum class CipherErrc : std::uint8_t {
  bad_tag,    // not sealed by the peer for this position: close, say nothing
  exhausted,  // the counter is at its end; close. 2^64 − 1 is never used for a record because REKEY uses it
};
[[nodiscard]] std::string_view to_string(CipherErrc code);

inline constexpr std::size_t record_tag_bytes = 16;
inline constexpr std::uint64_t records_per_key = 65'536;

class RecordCipher {
 public:
  // `first_nonce` is 0 for a new connection. The key is taken as the one that record `first_nonce` uses.
  explicit RecordCipher(WipedBytes<32> key, std::uint64_t first_nonce = 0);

  // Encrypts `body` in place and writes its tag (16 bytes). On an error nothing was written.
  Result<void, CipherErrc> seal(MutBytes body, MutBytes tag);
  // Decrypts `body` in place. On an error the position does not move and the connection must end; the body's content is
  // unspecified.
  Result<void, CipherErrc> open(MutBytes body, Bytes tag);

  // How many records this direction has carried.
  [[nodiscard]] std::uint64_t position() const { return nonce_; }

 private:
  void advance();

  WipedBytes<32> key_;
  std::uint64_t nonce_;
};

}  // namespace provchain::crypto
