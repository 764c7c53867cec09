// SPDX-License-Identifier: Apache-2.0
#include "tools/cli/receipt.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
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

}  // namespace

Receipt::Receipt(const ReceiptKey& key) {
  struct stat file{};
  if (stat(key.file.c_str(), &file) != 0) fail(Exit::usage, key.file + ": " + std::strerror(errno));
  const fs::path folder = receipt_folder();
  std::error_code error;
  fs::create_directories(folder, error);
  const std::string name = key.network_id.hex() + key.author.hex() + key.file + "\n" + key.options;
  path_ = (folder / fmt::format("{}-{:016x}.receipt", fs::path(key.file).filename().string(), crypto::checksum64(as_bytes(name))))
              .string();
  fd_ = open(path_.c_str(), O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  if (fd_ < 0) fail(Exit::usage, path_ + ": " + std::strerror(errno));
  if (flock(fd_, LOCK_EX | LOCK_NB) != 0) fail(Exit::usage, path_ + ": another submit of this file is running");
  const auto modified = static_cast<std::int64_t>(file.st_mtim.tv_sec) * 1'000'000'000 + file.st_mtim.tv_nsec;
  load(fmt::format("provchain-receipt/1 {} {} {} {} {}", key.network_id.hex(), key.author.hex(), file.st_size, modified,
                   one_word(key.options)));
}

Receipt::~Receipt() {
  if (fd_ >= 0) close(fd_);
}

void Receipt::load(const std::string& head) {
  std::ifstream in(path_, std::ios::binary);
  std::string line;
  if (!std::getline(in, line) || in.eof()) {
    if (ftruncate(fd_, 0) != 0) fail(Exit::usage, path_ + ": " + std::strerror(errno));
    return write_line(head, true);
  }
  if (line != head)
    fail(Exit::usage, path_ +
                          ": is of an earlier submission of a file that has changed since; finish that one with the old file, or "
                          "remove the receipt");
  std::set<TxId> final;
  std::uint64_t whole_bytes = line.size() + 1;
  while (std::getline(in, line) && !in.eof()) {
    std::istringstream words(line);
    std::string kind, data;
    SignedTx tx;
    words >> kind;
    if (kind == "final" && words >> data) {
      if (const auto id = TxId::parse_hex(data)) final.insert(*id);
    } else if (kind == "tx" && words >> tx.next_position >> tx.quads >> data) {
      auto bytes = from_base64(data);
      const auto view = bytes ? crypto::format::decode_transaction(*bytes) : std::unexpected(crypto::format::FormatError{});
      if (!view) fail(Exit::usage, path_ + ": is damaged; look at what was accepted and remove it");
      tx.id = view->id;
      tx.bytes = std::move(*bytes);
      next_position_ = tx.next_position;
      unfinished_.push_back(std::move(tx));
    }
    whole_bytes += line.size() + 1;
  }
  if (ftruncate(fd_, static_cast<off_t>(whole_bytes)) != 0) fail(Exit::usage, path_ + ": " + std::strerror(errno));
  std::erase_if(unfinished_, [&](const SignedTx& tx) { return final.contains(tx.id); });
}

void Receipt::write_line(const std::string& line, bool sync) {
  const std::string text = line + "\n";
  const bool written =
      write(fd_, text.data(), text.size()) == static_cast<ssize_t>(text.size()) && (!sync || fdatasync(fd_) == 0);
  if (!written) fail(Exit::usage, path_ + ": " + std::strerror(errno));
}

void Receipt::add(const SignedTx& tx) {
  write_line(fmt::format("tx {} {} {}", tx.next_position, tx.quads, to_base64(tx.bytes)), true);
}

void Receipt::mark_final(const TxId& id) { write_line("final " + id.hex(), false); }

void Receipt::complete() { unlink(path_.c_str()); }

}  // namespace provchain::cli
