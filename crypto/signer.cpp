// SPDX-License-Identifier: Apache-2.0
#include "crypto/signer.hpp"

#include <utility>

namespace provchain::crypto {
namespace {

SignErrc from_guard(KeyGuardErrc code) {
  switch (code) {
    case KeyGuardErrc::not_a_statement:
      return SignErrc::not_a_statement;
    case KeyGuardErrc::wrong_network:
      return SignErrc::wrong_network;
    case KeyGuardErrc::refused_by_guard:
      return SignErrc::refused_by_guard;
    case KeyGuardErrc::no_permit:
      break;  // only sign() says so, and a turn signs what it admitted
  }
  PVC_UNREACHABLE();
}

// What a vote relies on comes before the vote, so that it is never durable without its reasons.
void append_records(std::vector<RecordView>& records, const VoteRequest& request, Bytes statement) {
  for (const SharedBytes& body : request.bodies) records.push_back({RecordType::body, body.view()});
  for (const ByteVector& certificate : request.certificates) records.push_back({RecordType::certificate, certificate});
  records.push_back({RecordType::vote, statement});
}

// The stored votes with the signatures they had: the same statement signs to the same bytes.
std::vector<RecoveredVote> sign_again(KeyGuard& guard, std::span<const format::StatementBytes> statements) {
  std::vector<RecoveredVote> votes;
  for (const format::StatementBytes& bytes : statements) {
    const auto statement = format::decode_statement(bytes);
    const auto signature = guard.sign(bytes);
    PVC_CHECK(statement.has_value());
    PVC_CHECK(signature.has_value());
    votes.push_back({*statement, *signature});
  }
  return votes;
}

}  // namespace

std::string_view to_string(SignErrc code) {
  switch (code) {
    case SignErrc::not_a_statement:
      return "not_a_statement";
    case SignErrc::wrong_network:
      return "wrong_network";
    case SignErrc::refused_by_guard:
      return "refused_by_guard";
    case SignErrc::journal_failed:
      return "journal_failed";
  }
  PVC_UNREACHABLE();
}

Result<Signer::Started, JournalError> Signer::start(KeyPair key, const SignerOptions& options, SignerCallbacks callbacks) {
  JournalOptions journal_options = options.journal;
  journal_options.identity.key = key.public_key;
  PVC_TRY(VoteJournal::Opened opened, VoteJournal::open(journal_options));
  JournalContents& contents = opened.contents;
  KeyGuard guard(std::move(key), journal_options.identity.network_id, contents.guard, contents.votes);
  SignerRecovered recovered;
  recovered.guard = contents.guard;
  recovered.floor = contents.floor;
  recovered.votes = sign_again(guard, contents.votes);
  recovered.certificates = std::move(contents.certificates);
  recovered.bodies = std::move(contents.bodies);
  recovered.attestation = guard.attest(options.node_id, options.attestation_not_after);
  std::unique_ptr<Signer> signer(
      new Signer(std::move(guard), std::move(opened.journal), options.queue_requests_max, std::move(callbacks)));
  signer->thread_ = std::thread([self = signer.get()] { self->run(); });
  return Started{std::move(signer), std::move(recovered)};
}

Signer::Signer(KeyGuard guard, VoteJournal journal, std::size_t queue_requests_max, SignerCallbacks callbacks)
    : guard_(std::move(guard)),
      journal_(std::move(journal)),
      callbacks_(std::move(callbacks)),
      queue_requests_max_(queue_requests_max) {}

Signer::~Signer() { stop(); }

bool Signer::submit(VoteRequest&& request) {
  {
    const std::lock_guard lock(mutex_);
    if (stopping_ || queue_.size() >= queue_requests_max_) return false;
    queue_.push_back(std::move(request));
  }
  wake_.notify_one();
  return true;
}

void Signer::set_floor(const JournalFloor& floor) {
  // No wake-up: the floor is written with the next vote.
  const std::lock_guard lock(mutex_);
  floor_ = floor;
}

void Signer::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_one();
  if (thread_.joinable()) thread_.join();
}

void Signer::run() {
  std::vector<VoteRequest> requests;
  while (true) {
    std::optional<JournalFloor> floor;
    {
      std::unique_lock lock(mutex_);
      wake_.wait(lock, [&] { return stopping_ || !queue_.empty(); });
      if (queue_.empty()) return;
      requests.swap(queue_);
      floor = std::exchange(floor_, std::nullopt);
    }
    if (floor) journal_.set_floor(*floor);
    turn(requests);
    requests.clear();
  }
}

void Signer::turn(std::span<const VoteRequest> requests) {
  std::vector<format::StatementBytes> statements;
  statements.reserve(requests.size());  // the records view them
  std::vector<Result<Admission, KeyGuardErrc>> admissions;
  std::vector<RecordView> records;
  for (const VoteRequest& request : requests) {
    const auto& statement = statements.emplace_back(format::encode_statement(request.context, request.ballot));
    // The guard advances here and not when the vote is durable: two conflicting votes of one turn must not both pass.
    const auto& admission = admissions.emplace_back(guard_.admit(statement));
    if (admission && *admission == Admission::admitted) append_records(records, request, statement);
  }
  std::optional<JournalError> failure;
  if (!failed_ && !records.empty()) {
    if (const auto appended = journal_.append(records); !appended) failure = appended.error();
    failed_ = failure.has_value();
  }
  std::vector<VoteAnswer> answers;
  answers.reserve(requests.size());
  for (std::size_t i = 0; i < requests.size(); ++i)
    answers.push_back({requests[i].ticket, requests[i].ballot, answer(admissions[i], statements[i])});
  callbacks_.on_answers(answers);
  if (failure) callbacks_.on_failed(*failure);
}

Result<Signature, SignErrc> Signer::answer(const Result<Admission, KeyGuardErrc>& admission, Bytes statement) {
  if (!admission) return std::unexpected(from_guard(admission.error()));
  if (failed_) return std::unexpected(SignErrc::journal_failed);
  const auto signature = guard_.sign(statement);
  PVC_CHECK(signature.has_value());
  return *signature;
}

}  // namespace provchain::crypto
