// SPDX-License-Identifier: Apache-2.0
// kill -9 at random moments: whatever signature got out is in the journal with equal bytes, and no position ever has two
// statements.
#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>

#include <latch>
#include <map>
#include <random>
#include <tuple>

#include "crypto/signer.hpp"
#include "tests/crypto/journal_fixture.hpp"

namespace provchain::crypto::journal_test {
namespace {

// What the child tells of each signature: small enough that a pipe never tears it.
struct Report {
  std::uint8_t statement[format::statement_bytes];
  std::uint8_t signature[Signature::kSize];
};

using Position = std::tuple<std::uint64_t, std::uint64_t, std::uint64_t>;

Position position_of(const format::StatementBytes& bytes) {
  const auto statement = format::decode_statement(bytes);
  EXPECT_TRUE(statement.has_value());
  const format::Ballot& ballot = statement->ballot;
  return {ballot.epoch.value(), ballot.view.value(), ballot.kind == format::VoteKind::notarize ? 1 : 2};
}

// Casts votes until it is killed: from where the journal stands, two statements for each view, with a block and another one that
// conflicts, so that a guard that forgot would show.
[[noreturn]] void cast_votes(const SignerOptions& options, int report_fd, std::uint32_t seed) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  std::atomic<std::uint64_t> answered = 0;
  const auto on_answers = [&](std::span<const VoteAnswer> answers) {
    for (const VoteAnswer& answer : answers) {
      if (answer.signature) {
        Report report;
        const auto bytes = statement(answer.ballot);
        std::copy(bytes.begin(), bytes.end(), report.statement);
        answer.signature->store(report.signature, 0);
        if (::write(report_fd, &report, sizeof report) != sizeof report) ::_exit(2);
      }
      answered.fetch_add(1);
      answered.notify_all();
    }
  };
  auto started = Signer::start(samples::key_pair(1), options, {on_answers, [](const JournalError&) { ::_exit(3); }});
  if (!started) ::_exit(4);
  std::mt19937 random(seed);
  std::uint64_t submitted = 0;
  std::uint64_t view = started->recovered.guard.view.value();
  view = view > 2 ? view - 2 : 1;  // views that may be signed already: the guard has to say no
  while (true) {
    format::Ballot ballot = samples::notarize(view);
    ballot.block_id = samples::filled<BlockId>(static_cast<std::uint8_t>(random()));
    format::Ballot conflicting = ballot;
    conflicting.block_id.bytes[0] ^= 1;
    format::Ballot final_ballot = ballot;
    final_ballot.kind = format::VoteKind::finalize;
    for (const format::Ballot& next : {ballot, conflicting, final_ballot}) {
      VoteRequest request{Ticket(++submitted), samples::context(), next, {}, {}};
      request.bodies.push_back(SharedBytes::copy_of(body(view, 500 + random() % 5'000)));
      if (!started->signer->submit(std::move(request))) ::_exit(5);
    }
    ++view;
    for (std::uint64_t done = answered.load(); done < submitted; done = answered.load()) answered.wait(done);
  }
}

// Reads reports until `count` are there or the pipe ends.
void read_reports(int fd, std::vector<Report>& reports, std::size_t count) {
  Report report;
  while (reports.size() < count && ::read(fd, &report, sizeof report) == static_cast<ssize_t>(sizeof report))
    reports.push_back(report);
}

using SignerKill = JournalTest;

TEST_F(SignerKill, NeverForgetsWhatItSigned) {
  ASSERT_TRUE(create().has_value());
  SignerOptions options{options_, samples::filled<NodeId>(0x33), Height(1), 256};
  std::mt19937 random(20'261'124);
  std::map<Position, format::StatementBytes> released;
  for (std::uint32_t round = 0; round < 20; ++round) {
    int fds[2];
    ASSERT_EQ(::pipe2(fds, O_CLOEXEC), 0);
    const pid_t child = ::fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
      ::close(fds[0]);
      cast_votes(options, fds[1], round);
    }
    ::close(fds[1]);
    std::vector<Report> reports;
    read_reports(fds[0], reports, 1 + random() % 40);
    const timespec moment{0, static_cast<long>(random() % 1'500'000)};
    ::nanosleep(&moment, nullptr);
    ASSERT_EQ(::kill(child, SIGKILL), 0);
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    ASSERT_TRUE(WIFSIGNALED(status)) << "the child ended by itself with " << WEXITSTATUS(status);
    read_reports(fds[0], reports, SIZE_MAX);
    ::close(fds[0]);
    ASSERT_FALSE(reports.empty());

    const auto opened = reopen();
    ASSERT_TRUE(opened.has_value()) << to_string(opened.error().code);
    std::map<Position, format::StatementBytes> journalled;
    for (const format::StatementBytes& bytes : opened->contents.votes)
      ASSERT_TRUE(journalled.emplace(position_of(bytes), bytes).second) << "two statements for one position";
    for (const Report& report : reports) {
      format::StatementBytes bytes;
      std::copy(std::begin(report.statement), std::end(report.statement), bytes.begin());
      ASSERT_TRUE(verify(samples::key_pair(1).public_key, bytes, Signature::load(report.signature)));
      const auto [place, is_new] = released.emplace(position_of(bytes), bytes);
      ASSERT_TRUE(is_new || place->second == bytes) << "signed two statements for one position";
    }
    for (const auto& [position, bytes] : released) {
      const auto found = journalled.find(position);
      ASSERT_TRUE(found != journalled.end()) << "a released vote is not in the journal";
      ASSERT_EQ(found->second, bytes);
    }
  }
}

}  // namespace
}  // namespace provchain::crypto::journal_test
