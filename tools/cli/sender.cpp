// SPDX-License-Identifier: Apache-2.0
#include "tools/cli/sender.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <thread>

#include "base/check.hpp"
#include "crypto/format/transaction.hpp"
#include "crypto/random.hpp"
#include "storage/rdf/tx_build.hpp"
#include "tools/cli/outcome.hpp"

namespace provchain::cli {
namespace {

using crypto::format::TxReject;
using nlohmann::json;

// How many heights a transaction stays valid; long enough for any queue, short enough that a forgotten one does not surface years
// later.
constexpr std::uint64_t kValidHeights = 10'000;
// Accepted and not yet final. Each transaction is posted by a round trip of its own; only the wait for finality overlaps, and
// this bounds how far reading may run ahead of it.
constexpr std::size_t kWindow = 256;
// One sync of the receipt serves so many transactions, or so many bytes.
constexpr std::size_t kBurst = 64;
constexpr std::size_t kBurstBytes = 8UL << 20;
constexpr int kPollSeconds = 1;  // the longest time without a sign of life
constexpr long kAnswerSeconds = 60;
constexpr std::uint64_t kPauseSecondsMax = 5;

std::string path_of(const TxId& id) { return "/v1/transactions/" + id.hex(); }

std::vector<std::string_view> lines_of(Bytes payload) {
  std::vector<std::string_view> lines;
  std::string_view rest(reinterpret_cast<const char*>(payload.data()), payload.size());
  while (!rest.empty()) {
    const std::size_t end = rest.find('\n');
    lines.push_back(rest.substr(0, end));
    rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
  }
  return lines;
}

// An author who is not admitted now may be later: those bytes can still become final, so a second signature could double them.
bool may_help_to_sign_anew(const std::string& code) { return code != to_string(TxReject::author_not_admitted); }

}  // namespace

SignedTx sign_lines(std::span<const std::string_view> lines, const NetworkId& network, Height height,
                    const crypto::KeyPair& author) {
  const storage::rdf::TxTerms terms{network, crypto::random_u64(), height.plus(kValidHeights)};
  SignedTx tx{0, lines.size(), {}, storage::rdf::build_transaction(lines, terms, author)};
  tx.id = crypto::format::tx_id_of(Bytes(tx.bytes).first(crypto::format::tx_header_bytes));
  return tx;
}

void Sender::begin_file(Receipt& receipt, Progress progress) {
  receipt_ = &receipt;
  progress_ = std::move(progress);
  unsettled_ = 0;
}

void Sender::resume(const ReceiptEntry& entry) {
  Response response = client_.get(path_of(entry.id));
  while (response.status == 503) {
    pause(response, "waiting for the node");
    response = client_.get(path_of(entry.id));
  }
  const json state = response.ok() ? parse_json(response.body) : json::object();
  const std::string phase = state.value("state", "");
  if (phase == "final" && options_.wait != WaitFor::indexed) {
    ++totals_.transactions;
    totals_.quads += entry.quads;
    return note_final(entry, state);
  }
  const Clock::time_point at = Clock::now();
  on_posted(phase == "final" || phase == "pending" ? entry : post(entry, receipt_->read(entry)), at);
}

void Sender::add(const SignedTx& tx) {
  burst_.push_back({receipt_->add(tx), tx});
  burst_bytes_ += tx.bytes.size();
  if (burst_.size() >= kBurst || burst_bytes_ >= kBurstBytes) flush();
}

void Sender::flush() {
  if (burst_.empty()) return;
  receipt_->sync();
  for (Unsent& unsent : burst_) {
    const Clock::time_point at = Clock::now();
    on_posted(post(unsent.entry, std::move(unsent.tx)), at);
    progress_("sending");
  }
  burst_.clear();
  burst_bytes_ = 0;
}

void Sender::finish() {
  flush();
  while (!sent_.empty()) await_oldest();
  if (options_.wait != WaitFor::accepted || unsettled_ == 0) receipt_->complete();
}

void Sender::on_posted(const ReceiptEntry& entry, Clock::time_point at) {
  ++totals_.transactions;
  totals_.quads += entry.quads;
  if (!waits_for_finality()) {
    totals_.ids.push_back(entry.id.hex());
    ++unsettled_;
    return;
  }
  sent_.push_back({entry, at});
  while (sent_.size() > kWindow) await_oldest();
}

ReceiptEntry Sender::post(ReceiptEntry entry, SignedTx tx) {
  std::optional<Clock::time_point> patience_end;
  bool is_anew = false;
  for (;;) {
    const Response response = client_.post("/v1/transactions", tx.bytes, "application/vnd.provchain.tx");
    if (response.ok()) {
      note_height(parse_json(response.body));
      return entry;
    }
    if (response.status == 503) {
      pause(response, "waiting for the node: " + problem_code(response));
    } else if (response.status == 429) {
      wait_for_room(tx.id, response, patience_end);
    } else {
      if (response.status != 422 || is_anew || !may_help_to_sign_anew(problem_code(response)))
        fail(Exit::negative, fmt::format("transaction {}: {}", tx.id.hex(), problem_line(response)));
      is_anew = sign_anew(problem_code(response), entry, tx);
    }
  }
}

// False when there is no need: it became final in the last block that could have it.
bool Sender::sign_anew(const std::string& code, ReceiptEntry& entry, SignedTx& tx) {
  const auto view = crypto::format::decode_transaction(tx.bytes);
  PVC_CHECK(view);  // signed here, or decoded when it was read from the receipt
  if (code == to_string(TxReject::expired) && is_final_by(tx.id, view->header.valid_until)) return false;
  SignedTx anew = sign_lines(lines_of(view->payload), network_, height_, author_);
  anew.next_position = entry.next_position;
  entry = receipt_->replace(entry, anew);
  tx = std::move(anew);
  return true;
}

bool Sender::is_final_by(const TxId& id, Height height) {
  for (;;) {
    const Response response =
        client_.get(fmt::format("{}?wait_for={}&timeout={}", path_of(id), height.value(), kPollSeconds), kAnswerSeconds);
    if (response.status == 503 || response.status == 504) {
      pause(response, "waiting for the node");
      continue;
    }
    note_height(client_.get_json("/v1/status"));
    return response.ok() && parse_json(response.body).value("state", "") == "final";
  }
}

void Sender::wait_for_room(const TxId& id, const Response& response, std::optional<Clock::time_point>& end) {
  if (!sent_.empty()) {
    progress_("waiting for room");
    return await_oldest();
  }
  if (!end) end = Clock::now() + options_.patience;
  if (Clock::now() >= *end)
    fail(Exit::negative,
         fmt::format("transaction {}: {} (asked again for {} s)", id.hex(), problem_line(response), options_.patience.count()));
  pause(response, "waiting for room");
}

// Taken off the list first: should it have to be posted again, room for it comes from the others.
void Sender::await_oldest() {
  Sent oldest = sent_.front();
  sent_.pop_front();
  const json state = await(oldest.entry);
  totals_.finality_ms.push_back(std::chrono::duration<double, std::milli>(Clock::now() - oldest.at).count());
  note_final(oldest.entry, state);
}

json Sender::await(ReceiptEntry& entry) {
  const bool indexed = options_.wait == WaitFor::indexed;
  for (;;) {
    const Response response = client_.get(
        fmt::format("{}?wait={}&timeout={}", path_of(entry.id), indexed ? "indexed" : "final", kPollSeconds), kAnswerSeconds);
    if (response.status == 503 || response.status == 504) {
      pause(response, "waiting for the node: " + problem_code(response));
      continue;
    }
    if (!response.ok() && response.status != 404)
      fail(Exit::negative, fmt::format("transaction {}: {}", entry.id.hex(), problem_line(response)));
    const json state = response.ok() ? parse_json(response.body) : json::object();
    note_height(state);
    const std::string phase = state.value("state", "");
    if (phase == "final" && (!indexed || state.at("indexed_height") >= state.at("height"))) return state;
    progress_(phase == "final" ? "waiting for the index" : "waiting for finality");
    // Whatever is neither pending nor final made room for others, expired, or was forgotten by a node that was restarted.
    if (phase != "final" && phase != "pending") entry = post(entry, receipt_->read(entry));
  }
}

void Sender::note_final(const ReceiptEntry& entry, const json& state) {
  totals_.highest = std::max(totals_.highest, state.value("height", std::uint64_t{0}));
  totals_.ids.push_back(entry.id.hex());
  note_height(state);
  receipt_->mark_final(entry.id);
}

void Sender::note_height(const json& answer) {
  height_ = std::max(height_, Height(answer.value("finalized_height", std::uint64_t{0})));
}

void Sender::pause(const Response& response, const std::string& why) {
  progress_(why);
  const std::uint64_t seconds = std::min(response.retry_after_seconds, kPauseSecondsMax);
  std::this_thread::sleep_for(seconds == 0 ? std::chrono::milliseconds(100) : std::chrono::seconds(seconds));
}

}  // namespace provchain::cli
