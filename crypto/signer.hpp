// SPDX-License-Identifier: Apache-2.0
// The signer thread: the consensus key behind its guard, and the vote journal. It takes all waiting votes in one turn: guard,
// journal (bodies, certificates, vote; one fdatasync), signature, and only then the answer, through a callback on the signer
// thread.
//
// start() reads the journal on the calling thread and gives back what a restarted authority needs. submit(), set_floor() and
// stop(): any one thread. After a failed write the signer never signs again in this process.
#pragma once

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <thread>
#include <vector>

#include "base/shared_bytes.hpp"
#include "crypto/keyguard.hpp"
#include "crypto/vote_journal.hpp"

namespace provchain::crypto {

// Why a vote got no signature.
enum class SignErrc : std::uint8_t {
  not_a_statement,
  wrong_network,
  refused_by_guard,
  journal_failed,  // nothing will be signed any more
};
[[nodiscard]] std::string_view to_string(SignErrc code);

struct VoteRequest {
  Ticket ticket;
  format::StatementContext context;
  format::Ballot ballot;
  std::vector<SharedBytes> bodies;       // blocks not journalled yet that this vote relies on
  std::vector<ByteVector> certificates;  // encoded, not journalled yet, that justify it
};

struct VoteAnswer {
  Ticket ticket;
  format::Ballot ballot;
  Result<Signature, SignErrc> signature;
};

struct SignerCallbacks {
  // The answers of one turn, in the order of the requests; valid during the call.
  std::function<void(std::span<const VoteAnswer>)> on_answers;
  // At most once, after the answers of the turn in which it happened: end the process.
  std::function<void(const JournalError&)> on_failed;
};

struct SignerOptions {
  JournalOptions journal;  // identity.key is taken from the key
  NodeId node_id;          // that this authority speaks through
  Height attestation_not_after;
  std::size_t queue_requests_max = 256;
};

struct RecoveredVote {
  format::Statement statement;
  Signature signature;
};

struct SignerRecovered {
  format::Guard guard;
  JournalFloor floor;
  std::vector<RecoveredVote> votes;  // above the floor, oldest first: re-send these, never derive them anew
  std::vector<ByteVector> certificates;
  std::vector<SharedBytes> bodies;
  Signature attestation;
};

class Signer {
 public:
  struct Started;
  [[nodiscard]] static Result<Started, JournalError> start(KeyPair key, const SignerOptions& options, SignerCallbacks callbacks);
  // As stop().
  ~Signer();
  Signer(const Signer&) = delete;
  Signer& operator=(const Signer&) = delete;

  // False, with `request` untouched, when the queue is full or the signer is stopped.
  [[nodiscard]] bool submit(VoteRequest&& request);
  // Everything below is final and in the chain. Only the newest floor counts, so there is always room for it.
  void set_floor(const JournalFloor& floor);

  // Answers the votes that were taken, ends the thread. Idempotent.
  void stop();

 private:
  Signer(KeyGuard guard, VoteJournal journal, std::size_t queue_requests_max, SignerCallbacks callbacks);
  void run();
  void turn(std::span<const VoteRequest> requests);
  Result<Signature, SignErrc> answer(const Result<Admission, KeyGuardErrc>& admission, Bytes statement);

  // Of the signer thread.
  KeyGuard guard_;
  VoteJournal journal_;
  const SignerCallbacks callbacks_;
  bool failed_ = false;

  // Shared, under mutex_.
  const std::size_t queue_requests_max_;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::vector<VoteRequest> queue_;
  std::optional<JournalFloor> floor_;
  bool stopping_ = false;
  std::thread thread_;
};

struct Signer::Started {
  std::unique_ptr<Signer> signer;
  SignerRecovered recovered;
};

}  // namespace provchain::crypto
