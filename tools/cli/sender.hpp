// SPDX-License-Identifier: Apache-2.0
// Brings the signed transactions of one file to a node and waits for them. It knows what to do with each answer: no room, not
// ready, expired, made room for others. One thread.
//   A transaction is posted after the receipt that holds it is on disk. It is signed anew, with the same lines, only when its old
//   bytes can never become final: the node has finalized its last height without it, or the bytes are refused for what they are.
#pragma once

#include <chrono>
#include <deque>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "crypto/key_file.hpp"
#include "tools/cli/http.hpp"
#include "tools/cli/progress_bar.hpp"
#include "tools/cli/receipt.hpp"

namespace provchain::cli {

// How far a submission follows its transactions.
enum class WaitFor : std::uint8_t {
  none,      // the node took them; the receipt goes, so that the same command submits anew
  accepted,  // the node took them; the receipt stays until a later run of the same command finds them final
  final,
  indexed,
};

// What all files of one command add up to.
struct Totals {
  std::uint64_t transactions = 0;
  std::uint64_t quads = 0;
  std::uint64_t highest = 0;
  std::vector<double> finality_ms;
  std::vector<std::string> ids;
};

struct SendOptions {
  WaitFor wait = WaitFor::final;
  std::chrono::seconds patience{120};  // how long a node may have no room for one transaction
};

// The signed bytes of canonical lines, valid for the 10,000 heights behind `height`.
[[nodiscard]] SignedTx sign_lines(std::span<const std::string_view> lines, const NetworkId& network, Height height,
                                  const crypto::KeyPair& author);

class Sender {
 public:
  Sender(Client& client, const crypto::KeyPair& author, const NetworkId& network, Height height, SendOptions options)
      : client_(client), author_(author), network_(network), height_(height), options_(options) {}

  // Called whenever time passes: what is done so far, in words.
  using Progress = std::function<void(const std::string& what)>;
  void begin_file(Receipt& receipt, Progress progress);

  // The newest height that the node is known to have finalized: what is signed next is valid from there on.
  [[nodiscard]] Height height() const { return height_; }
  [[nodiscard]] const Totals& totals() const { return totals_; }

  // Takes over what an earlier submission signed: what is final already is only noted.
  void resume(const ReceiptEntry& entry);
  // Keeps a freshly signed transaction in the receipt; posts once a burst of them is together.
  void add(const SignedTx& tx);
  // Posts the rest, and waits for everything as far as the options say.
  void finish();

 private:
  using Clock = std::chrono::steady_clock;
  struct Unsent {
    ReceiptEntry entry;
    SignedTx tx;
  };
  struct Sent {
    ReceiptEntry entry;
    Clock::time_point at;
  };

  void flush();
  // The node has it now, as the entry says that was given or that took its place.
  ReceiptEntry post(ReceiptEntry entry, SignedTx tx);
  void on_posted(const ReceiptEntry& entry, Clock::time_point at);
  bool sign_anew(const std::string& code, ReceiptEntry& entry, SignedTx& tx);
  [[nodiscard]] bool is_final_by(const TxId& id, Height height);
  // Room comes from what is our own and final; without any, from patience that ends at `end`.
  void wait_for_room(const TxId& id, const Response& response, std::optional<Clock::time_point>& end);
  void await_oldest();
  nlohmann::json await(ReceiptEntry& entry);
  void note_final(const ReceiptEntry& entry, const nlohmann::json& state);
  void note_height(const nlohmann::json& answer);
  void pause(const Response& response, const std::string& why);
  [[nodiscard]] bool waits_for_finality() const { return options_.wait == WaitFor::final || options_.wait == WaitFor::indexed; }

  Client& client_;
  const crypto::KeyPair& author_;
  NetworkId network_;
  Height height_;
  SendOptions options_;
  Receipt* receipt_ = nullptr;
  Progress progress_;
  std::vector<Unsent> burst_;
  std::size_t burst_bytes_ = 0;
  std::deque<Sent> sent_;
  std::size_t unsettled_ = 0;  // accepted by the node, and not known to be final
  Totals totals_;
};

}  // namespace provchain::cli
