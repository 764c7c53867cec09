// SPDX-License-Identifier: Apache-2.0
// What `provchain submit` has signed for one file, on disk before it is sent, so that a submission that was broken off is
// repeated with the same bytes: a transaction is unique by its id, so sending it twice never doubles it. The receipt goes when
// everything in it is final.
//   text lines: "provchain-receipt/1 <network id> <author> <file size> <modification time ns> <options>" then, one a transaction,
//   "tx <position behind it> <quads> <base64 of the signed bytes>" and "final <tx id>". A last line that is cut short is ignored.
#pragma once

#include <cstdint>
#include <set>
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

class Receipt {
 public:
  // Opens the receipt of an earlier, broken-off submission of the same unchanged file, or begins one. Fails with Exit::usage when
  // the folder cannot be written, or when the file has changed since: then the line says what to do.
  explicit Receipt(const ReceiptKey& key);
  ~Receipt();
  Receipt(const Receipt&) = delete;
  Receipt& operator=(const Receipt&) = delete;

  // Signed earlier and not known to be final.
  [[nodiscard]] const std::vector<SignedTx>& unfinished() const { return unfinished_; }
  // Where reading the file goes on.
  [[nodiscard]] std::uint64_t next_position() const { return next_position_; }
  [[nodiscard]] const std::string& path() const { return path_; }

  // Durable when it returns.
  void add(const SignedTx& tx);
  void mark_final(const TxId& id);
  // Everything is final: removes the file.
  void complete();

 private:
  void write_line(const std::string& line, bool sync);
  void load(const std::string& head);

  std::string path_;
  int fd_ = -1;
  std::uint64_t next_position_ = 0;
  std::vector<SignedTx> unfinished_;
};

}  // namespace provchain::cli
