// SPDX-License-Identifier: Apache-2.0
// Ed25519 key files: one key, 176 bytes, mode 0600. Any thread; each call does its own blocking file I/O.
//   0 "PVCKEY01" · 8 u8 protection (0 none, 1 password) · 9 u8 journal named (0, 1) · 10 zero[6] · 16 public key[32]
//   48 journal uuid[16] (zeros when none is named) · 64 u64 argon2id passes · 72 u64 argon2id memory bytes · 80 salt[16] · 96
//   nonce[24] 120 sealed seed[48] · 168 u64 XXH3-64 of 0…167
// Protection 0: 64…119 are zero and 120… is seed[32] ‖ zero[16]. Protection 1: 120… is XChaCha20-Poly1305(seed) under the key
// argon2id makes of password and salt, with bytes 0…119 as associated data, so a password file's journal uuid and cost cannot be
// changed without the password. The checksum only tells a damaged file from a wrong password.
//
// An authority's key names its vote journal, so that a key never signs beside a journal that is not its own (restored, copied,
// lost).
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "crypto/ed25519.hpp"

namespace provchain::crypto {

enum class KeyFileErrc : std::uint8_t {
  exists,  // a new key never replaces a file
  missing,
  not_regular,      // a directory, a pipe, a device
  too_open,         // somebody but its owner may read or write it: 0600 or 0400 only
  malformed,        // not the layout above, or damaged
  password_needed,  // sealed, and no password was given
  wrong_password,   // or its associated data was changed
  io,               // system_error says what
};

struct KeyFileError {
  KeyFileErrc code{};
  int system_error = 0;  // errno for io
};

[[nodiscard]] std::string_view to_string(KeyFileErrc code);

struct StoredKey {
  KeyPair pair;
  std::optional<JournalUuid> journal;  // authority keys
};

// What a guess of the password costs. The defaults are libsodium's "moderate": about 0.7 s and 256 MiB.
struct PasswordCost {
  std::uint64_t passes = 3;
  std::uint64_t memory_bytes = 256ULL << 20;
};

[[nodiscard]] JournalUuid new_journal_uuid();

// Creates `path` (0600, O_EXCL) with the key, sealed when a password is given, and returns once file and directory are on disk.
// Whatever stood there is left alone (exists); a file that could not be completed is removed again.
[[nodiscard]] Result<void, KeyFileError> save_key_file(const std::string& path, const StoredKey& key,
                                                       std::optional<std::string_view> password = std::nullopt,
                                                       PasswordCost cost = {});

// A fresh key pair, saved as above.
[[nodiscard]] Result<StoredKey, KeyFileError> new_key_file(const std::string& path,
                                                           std::optional<JournalUuid> journal = std::nullopt,
                                                           std::optional<std::string_view> password = std::nullopt,
                                                           PasswordCost cost = {});

// A password given for a file that is not sealed is ignored: one password file may serve all keys of a node.
[[nodiscard]] Result<StoredKey, KeyFileError> load_key_file(const std::string& path,
                                                            std::optional<std::string_view> password = std::nullopt);

}  // namespace provchain::crypto
