// SPDX-License-Identifier: Apache-2.0
#include "crypto/key_file.hpp"

#include <fcntl.h>
#include <sodium.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "crypto/checksum.hpp"

namespace provchain::crypto {
namespace {

constexpr std::string_view kMagic = "PVCKEY01";
constexpr std::size_t kProtectionOffset = 8;
constexpr std::size_t kHasJournalOffset = 9;
constexpr std::size_t kReservedOffset = 10;
constexpr std::size_t kPublicKeyOffset = 16;
constexpr std::size_t kJournalOffset = 48;
constexpr std::size_t kPassesOffset = 64;
constexpr std::size_t kMemoryOffset = 72;
constexpr std::size_t kSaltOffset = 80;
constexpr std::size_t kNonceOffset = 96;
constexpr std::size_t kSealedOffset = 120;
constexpr std::size_t kChecksumOffset = 168;
constexpr std::size_t kFileBytes = 176;

constexpr std::size_t kSeedBytes = crypto_sign_SEEDBYTES;
constexpr std::size_t kSealedBytes = kSeedBytes + crypto_aead_xchacha20poly1305_ietf_ABYTES;
static_assert(kNonceOffset - kSaltOffset == crypto_pwhash_argon2id_SALTBYTES);
static_assert(kSealedOffset - kNonceOffset == crypto_aead_xchacha20poly1305_ietf_NPUBBYTES);
static_assert(kChecksumOffset - kSealedOffset == kSealedBytes);

// A file that asks for more is refused: a planted file must not take the machine's memory before its password is even wrong.
constexpr std::uint64_t kPassesMax = 64;
constexpr std::uint64_t kMemoryBytesMax = 1ULL << 30;

using Image = Secret<kFileBytes>;
using SealKey = Secret<crypto_aead_xchacha20poly1305_ietf_KEYBYTES>;
using Password = std::optional<std::string_view>;

std::unexpected<KeyFileError> refuse(KeyFileErrc code) { return std::unexpected(KeyFileError{code, 0}); }
std::unexpected<KeyFileError> refuse_io() { return std::unexpected(KeyFileError{KeyFileErrc::io, errno}); }

// Owns a descriptor.
class File {
 public:
  explicit File(int fd) : fd_(fd) {}
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  ~File() {
    if (fd_ >= 0) ::close(fd_);
  }
  [[nodiscard]] int fd() const { return fd_; }
  [[nodiscard]] bool is_open() const { return fd_ >= 0; }

 private:
  int fd_;
};

bool write_all(int fd, Bytes bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(fd, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return false;
    bytes = bytes.subspan(static_cast<std::size_t>(written));
  }
  return true;
}

// How many bytes the file had for `out`; absent on an error of the system.
std::optional<std::size_t> read_up_to(int fd, MutBytes out) {
  std::size_t count = 0;
  while (count < out.size()) {
    const ssize_t got = ::read(fd, out.data() + count, out.size() - count);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return std::nullopt;
    if (got == 0) break;
    count += static_cast<std::size_t>(got);
  }
  return count;
}

bool sync_directory_of(const std::string& path) {
  const std::size_t slash = path.find_last_of('/');
  const std::string directory = slash == std::string::npos ? "." : path.substr(0, slash + 1);
  const File file(::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  return file.is_open() && ::fsync(file.fd()) == 0;
}

// False when the system has not the memory that the cost asks for.
bool derive_seal_key(SealKey& key, std::string_view password, Bytes image) {
  return crypto_pwhash_argon2id(key.data(), SealKey::size(), password.data(), password.size(), image.data() + kSaltOffset,
                                load_le<std::uint64_t>(image, kPassesOffset), load_le<std::uint64_t>(image, kMemoryOffset),
                                crypto_pwhash_argon2id_ALG_ARGON2ID13) == 0;
}

Result<void, KeyFileError> seal_seed(Image& image, Bytes seed, std::string_view password, PasswordCost cost) {
  image.mut()[kProtectionOffset] = 1;
  store_le(image.mut(), kPassesOffset, cost.passes);
  store_le(image.mut(), kMemoryOffset, cost.memory_bytes);
  randombytes_buf(image.data() + kSaltOffset, kSealedOffset - kSaltOffset);
  SealKey key;
  if (!derive_seal_key(key, password, image.view())) {
    errno = ENOMEM;
    return refuse_io();
  }
  crypto_aead_xchacha20poly1305_ietf_encrypt(image.data() + kSealedOffset, nullptr, seed.data(), seed.size(), image.data(),
                                             kSealedOffset, nullptr, image.data() + kNonceOffset, key.data());
  return {};
}

Result<void, KeyFileError> open_seed(Secret<kSeedBytes>& seed, const Image& image, std::string_view password) {
  SealKey key;
  if (!derive_seal_key(key, password, image.view())) {
    errno = ENOMEM;
    return refuse_io();
  }
  if (crypto_aead_xchacha20poly1305_ietf_decrypt(seed.data(), nullptr, nullptr, image.data() + kSealedOffset, kSealedBytes,
                                                 image.data(), kSealedOffset, image.data() + kNonceOffset, key.data()) != 0) {
    return refuse(KeyFileErrc::wrong_password);
  }
  return {};
}

// All that can be said about the layout without the password.
bool is_well_formed(Bytes image) {
  if (!equal(image.first(kMagic.size()), as_bytes(kMagic))) return false;
  if (load_le<std::uint64_t>(image, kChecksumOffset) != checksum64(image.first(kChecksumOffset))) return false;
  if (image[kProtectionOffset] > 1 || image[kHasJournalOffset] > 1) return false;
  if (!all_zero(image.subspan(kReservedOffset, kPublicKeyOffset - kReservedOffset))) return false;
  if (image[kHasJournalOffset] == 0 && !all_zero(image.subspan(kJournalOffset, JournalUuid::kSize))) return false;
  if (image[kProtectionOffset] == 0) {
    return all_zero(image.subspan(kPassesOffset, kSealedOffset - kPassesOffset)) &&
           all_zero(image.subspan(kSealedOffset + kSeedBytes, kSealedBytes - kSeedBytes));
  }
  const auto passes = load_le<std::uint64_t>(image, kPassesOffset);
  const auto memory_bytes = load_le<std::uint64_t>(image, kMemoryOffset);
  return passes >= crypto_pwhash_argon2id_OPSLIMIT_MIN && passes <= kPassesMax &&
         memory_bytes >= crypto_pwhash_argon2id_MEMLIMIT_MIN && memory_bytes <= kMemoryBytesMax;
}

Result<Image, KeyFileError> read_image(const std::string& path) {
  // Non-blocking, so that opening a pipe nobody writes to does not wait for ever.
  const File file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (!file.is_open()) return errno == ENOENT ? refuse(KeyFileErrc::missing) : refuse_io();
  struct stat status{};
  if (::fstat(file.fd(), &status) != 0) return refuse_io();
  if (!S_ISREG(status.st_mode)) return refuse(KeyFileErrc::not_regular);
  if ((status.st_mode & 07177) != 0) return refuse(KeyFileErrc::too_open);
  if (status.st_size != static_cast<off_t>(kFileBytes)) return refuse(KeyFileErrc::malformed);
  Image image;
  const std::optional<std::size_t> count = read_up_to(file.fd(), image.mut());
  if (!count) return refuse_io();
  if (*count != kFileBytes || !is_well_formed(image.view())) return refuse(KeyFileErrc::malformed);
  return image;
}

Result<Image, KeyFileError> image_of(const StoredKey& key, Password password, PasswordCost cost) {
  Image image;
  std::memcpy(image.data(), kMagic.data(), kMagic.size());
  key.pair.public_key.store(image.mut(), kPublicKeyOffset);
  if (key.journal) {
    image.mut()[kHasJournalOffset] = 1;
    key.journal->store(image.mut(), kJournalOffset);
  }
  const Bytes seed = key.pair.secret_key.view().first(kSeedBytes);
  if (password) {
    PVC_TRY_VOID(seal_seed(image, seed, *password, cost));
  } else {
    std::memcpy(image.data() + kSealedOffset, seed.data(), seed.size());
  }
  store_le(image.mut(), kChecksumOffset, checksum64(image.view().first(kChecksumOffset)));
  PVC_CHECK(is_well_formed(image.view()));
  return image;
}

}  // namespace

std::string_view to_string(KeyFileErrc code) {
  switch (code) {
    case KeyFileErrc::exists:
      return "the key file exists already";
    case KeyFileErrc::missing:
      return "there is no such key file";
    case KeyFileErrc::not_regular:
      return "the key file is not a regular file";
    case KeyFileErrc::too_open:
      return "others may read or write the key file: its mode must be 0600";
    case KeyFileErrc::malformed:
      return "not a key file, or damaged";
    case KeyFileErrc::password_needed:
      return "the key file is sealed with a password";
    case KeyFileErrc::wrong_password:
      return "wrong password for the key file";
    case KeyFileErrc::io:
      return "the key file cannot be read or written";
  }
  PVC_UNREACHABLE();
}

JournalUuid new_journal_uuid() {
  JournalUuid uuid;
  randombytes_buf(uuid.bytes.data(), uuid.bytes.size());
  return uuid;
}

Result<void, KeyFileError> save_key_file(const std::string& path, const StoredKey& key, Password password, PasswordCost cost) {
  PVC_TRY(const Image image, image_of(key, password, cost));
  const File file(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
  if (!file.is_open()) return errno == EEXIST ? refuse(KeyFileErrc::exists) : refuse_io();
  // The umask may have taken bits away from 0600; the owner needs both.
  if (::fchmod(file.fd(), 0600) != 0 || !write_all(file.fd(), image.view()) || ::fsync(file.fd()) != 0 ||
      !sync_directory_of(path)) {
    const auto error = refuse_io();
    ::unlink(path.c_str());
    return error;
  }
  return {};
}

Result<StoredKey, KeyFileError> new_key_file(const std::string& path, std::optional<JournalUuid> journal, Password password,
                                             PasswordCost cost) {
  StoredKey key{generate_key_pair(), journal};
  PVC_TRY_VOID(save_key_file(path, key, password, cost));
  return key;
}

Result<StoredKey, KeyFileError> load_key_file(const std::string& path, Password password) {
  PVC_TRY(const Image image, read_image(path));
  Secret<kSeedBytes> seed;
  if (image.view()[kProtectionOffset] == 0) {
    std::memcpy(seed.data(), image.data() + kSealedOffset, kSeedBytes);
  } else {
    if (!password) return refuse(KeyFileErrc::password_needed);
    PVC_TRY_VOID(open_seed(seed, image, *password));
  }
  StoredKey key{key_pair_from_seed(seed.view()), std::nullopt};
  if (key.pair.public_key != PublicKey::load(image.view(), kPublicKeyOffset)) return refuse(KeyFileErrc::malformed);
  if (image.view()[kHasJournalOffset] == 1) key.journal = JournalUuid::load(image.view(), kJournalOffset);
  return key;
}

}  // namespace provchain::crypto
