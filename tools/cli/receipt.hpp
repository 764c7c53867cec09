// SPDX-License-Identifier: Apache-2.0
// What `provchain submit` has signed for one file, on disk before it is sent, so that a submission that was broken off is
// repeated with the same bytes: a transaction is unique by its id, so sending it twice never doubles it. The receipt goes when
// everything in it is final.
//   text lines: "provchain-receipt/1 <network id> <author> <file size> <modification time ns> <options>" then
//     "tx <position behind it> <quads> <base64 of the signed bytes>"                  a signed transaction
//     "anew <old tx id> <position behind it> <quads> <base64 of the signed bytes>"    one that takes the place of an earlier one
//     "final <tx id>"                                                                 nothing is left to do for this one
// A last line that is cut short is ignored. Without a transaction it counts as absent: nothing was signed, so the file may
// change.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "base/types.hpp"

namespace provchain::cli {

struct ReceiptKey {
  NetworkId network_id;
  PublicKey author;
  std::string file;     // absolute path
  std::string options;  // whatever changes how the file is cut or rewritten
};

struct SignedTx {
  std::uint64_t next_position = 0;  // where reading the file goes on behind this transaction
  std::uint64_t quads = 0;
  TxId id;
  ByteVector bytes;
};

// Where a signed transaction stands in its receipt; the bytes stay on disk, so that any number of them may be unfinished.
struct ReceiptEntry {
  TxId id;
  std::uint64_t next_position = 0;
  std::uint64_t quads = 0;
  std::uint64_t offset = 0;      // of the base64 text
  std::uint64_t text_bytes = 0;  // of the base64 text
};

class Receipt {
 public:
  // Opens the receipt of an earlier, broken-off submission of the same unchanged file, or prepares one. Fails with Exit::usage
  // when the folder cannot be written, or when the file has changed since: then the line says what to do.
  explicit Receipt(const ReceiptKey& key);
  ~Receipt();  // leaves no file behind when nothing was signed
  Receipt(const Receipt&) = delete;
  Receipt& operator=(const Receipt&) = delete;

  // What an earlier submission signed and did not see final, in the order of the file.
  [[nodiscard]] const std::vector<ReceiptEntry>& unfinished() const { return unfinished_; }
  // Where reading the file goes on.
  [[nodiscard]] std::uint64_t next_position() const { return next_position_; }
  [[nodiscard]] const std::string& path() const { return path_; }
  // Something signed stands in it, so it is there when a submission breaks off.
  [[nodiscard]] bool is_begun() const { return begun_; }

  // Not durable before sync(), and nothing may be sent before that.
  ReceiptEntry add(const SignedTx& tx);
  void sync();
  // Puts `tx` in the place of `old`, of which the caller knows that it will never be final. One line says both, so that a crash
  // leaves one of them. Durable when it returns.
  ReceiptEntry replace(const ReceiptEntry& old, const SignedTx& tx);
  [[nodiscard]] SignedTx read(const ReceiptEntry& entry) const;
  void mark_final(const TxId& id);
  // Nothing is left to do: removes the file.
  void complete();

 private:
  void open_locked();
  void load();
  void take_line(const std::string& line, std::uint64_t offset, std::map<TxId, ReceiptEntry>& open);
  [[nodiscard]] SignedTx decode(const std::string& text) const;
  void append(const std::string& line);
  ReceiptEntry append_tx(const std::string& words, const SignedTx& tx);
  [[noreturn]] void fail_io() const;

  std::string path_;
  std::string head_;
  int fd_ = -1;
  bool begun_ = false;
  std::uint64_t size_ = 0;  // bytes of the file
  std::uint64_t next_position_ = 0;
  std::vector<ReceiptEntry> unfinished_;
};

}  // namespace provchain::cli
