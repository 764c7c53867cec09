// SPDX-License-Identifier: Apache-2.0
#include "tools/cli/receipt.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>

#include "base/base64.hpp"
#include "crypto/checksum.hpp"
#include "crypto/format/transaction.hpp"
#include "tools/cli/outcome.hpp"

namespace provchain::cli {
namespace {

namespace fs = std::filesystem;

// $XDG_STATE_HOME, else ~/.local/state, as the XDG base directory specification has it.
fs::path receipt_folder() {
  if (const char* state = std::getenv("XDG_STATE_HOME"); state != nullptr && *state != '\0')
    return fs::path(state) / "provchain/receipts";
  if (const char* home = std::getenv("HOME"); home != nullptr && *home != '\0')
    return fs::path(home) / ".local/state/provchain/receipts";
  return fs::temp_directory_path() / "provchain-receipts";
}

std::string one_word(std::string text) {
  for (char& c : text)
    if (c == ' ' || c == '\n') c = '_';
  return text.empty() ? "-" : text;
}

// What a crash may not take back must be in the folder, too.
void sync_folder(const fs::path& folder) {
  const int fd = open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return;
  (void)fsync(fd);  // some file systems cannot sync a folder; the receipt itself is synced and checked
  close(fd);
}

}  // namespace

Receipt::Receipt(const ReceiptKey& key) {
  struct stat file{};
  if (stat(key.file.c_str(), &file) != 0) fail(Exit::usage, key.file + ": " + std::strerror(errno));
  const fs::path folder = receipt_folder();
  std::error_code error;
  fs::create_directories(folder, error);
  if (error) fail(Exit::usage, folder.string() + ": " + error.message());
  const std::string name = key.network_id.hex() + key.author.hex() + key.file + "\n" + key.options;
  path_ = (folder / fmt::format("{}-{:016x}.receipt", fs::path(key.file).filename().string(), crypto::checksum64(as_bytes(name))))
              .string();
  const auto modified = static_cast<std::int64_t>(file.st_mtim.tv_sec) * 1'000'000'000 + file.st_mtim.tv_nsec;
  head_ = fmt::format("provchain-receipt/1 {} {} {} {} {}", key.network_id.hex(), key.author.hex(), file.st_size, modified,
                      one_word(key.options));
  open_locked();
  load();
}

Receipt::~Receipt() {
  if (!begun_) unlink(path_.c_str());
  close(fd_);
}

void Receipt::fail_io() const { fail(Exit::usage, path_ + ": " + std::strerror(errno)); }

// Another submission may remove the file between our opening and our locking it: then what we locked is not what stands there.
void Receipt::open_locked() {
  for (;;) {
    fd_ = open(path_.c_str(), O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (fd_ < 0) fail_io();
    if (flock(fd_, LOCK_EX | LOCK_NB) != 0) fail(Exit::usage, path_ + ": another submit of this file is running");
    struct stat locked{};
    struct stat named{};
    if (fstat(fd_, &locked) == 0 && stat(path_.c_str(), &named) == 0 && locked.st_ino == named.st_ino) return;
    close(fd_);
  }
}

void Receipt::load() {
  std::ifstream in(path_, std::ios::binary);
  std::string line;
  std::map<TxId, ReceiptEntry> open;
  const bool is_same = std::getline(in, line) && !in.eof() && line == head_;
  std::uint64_t whole_bytes = line.size() + 1;
  while (std::getline(in, line) && !in.eof()) {
    take_line(line, whole_bytes, open);
    whole_bytes += line.size() + 1;
  }
  if (begun_ && !is_same)
    fail(Exit::usage, path_ +
                          ": is of an earlier submission of a file that has changed since; finish that one with the old file, or "
                          "remove the receipt");
  size_ = begun_ ? whole_bytes : 0;
  if (ftruncate(fd_, static_cast<off_t>(size_)) != 0) fail_io();
  sync();  // an earlier run may have been killed before it could
  for (const auto& [id, entry] : open) unfinished_.push_back(entry);
  std::ranges::sort(unfinished_, {}, &ReceiptEntry::next_position);
}

void Receipt::take_line(const std::string& line, std::uint64_t offset, std::map<TxId, ReceiptEntry>& open) {
  std::istringstream words(line);
  std::string kind, old, data;
  ReceiptEntry entry;
  words >> kind;
  if (kind == "final" && words >> data) {
    if (const auto id = TxId::parse_hex(data)) open.erase(*id);
  } else if ((kind == "tx" || (kind == "anew" && words >> old)) && words >> entry.next_position >> entry.quads >> data) {
    entry.text_bytes = data.size();
    entry.offset = offset + line.size() - data.size();
    entry.id = decode(data).id;
    if (const auto id = TxId::parse_hex(old)) open.erase(*id);
    next_position_ = std::max(next_position_, entry.next_position);
    open.emplace(entry.id, entry);
    begun_ = true;
  }
}

SignedTx Receipt::decode(const std::string& text) const {
  SignedTx tx;
  auto bytes = from_base64(text);
  const auto view = bytes ? crypto::format::decode_transaction(*bytes) : std::unexpected(crypto::format::FormatError{});
  if (!view) fail(Exit::usage, path_ + ": is damaged; look at what was accepted and remove it");
  tx.id = view->id;
  tx.bytes = std::move(*bytes);
  return tx;
}

SignedTx Receipt::read(const ReceiptEntry& entry) const {
  std::string text(entry.text_bytes, '\0');
  std::size_t done = 0;
  while (done < text.size()) {
    const ssize_t count = pread(fd_, text.data() + done, text.size() - done, static_cast<off_t>(entry.offset + done));
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) fail_io();
    if (count == 0) fail(Exit::usage, path_ + ": was cut short by somebody else");
    done += static_cast<std::size_t>(count);
  }
  SignedTx tx = decode(text);
  tx.next_position = entry.next_position;
  tx.quads = entry.quads;
  return tx;
}

void Receipt::append(const std::string& line) {
  const std::string text = line + "\n";
  std::size_t done = 0;
  while (done < text.size()) {
    const ssize_t count = write(fd_, text.data() + done, text.size() - done);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) fail_io();
    done += static_cast<std::size_t>(count);
  }
  size_ += text.size();
}

ReceiptEntry Receipt::append_tx(const std::string& words, const SignedTx& tx) {
  if (!begun_) {
    append(head_);
    sync_folder(fs::path(path_).parent_path());
    begun_ = true;
  }
  const std::string text = to_base64(tx.bytes);
  append(fmt::format("{} {} {} {}", words, tx.next_position, tx.quads, text));
  return {tx.id, tx.next_position, tx.quads, size_ - 1 - text.size(), text.size()};
}

ReceiptEntry Receipt::add(const SignedTx& tx) { return append_tx("tx", tx); }

ReceiptEntry Receipt::replace(const ReceiptEntry& old, const SignedTx& tx) {
  const ReceiptEntry entry = append_tx("anew " + old.id.hex(), tx);
  sync();
  return entry;
}

void Receipt::sync() {
  if (fdatasync(fd_) != 0) fail_io();
}

void Receipt::mark_final(const TxId& id) { append("final " + id.hex()); }

void Receipt::complete() {
  if (begun_) unlink(path_.c_str());
}

}  // namespace provchain::cli
