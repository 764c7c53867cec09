// SPDX-License-Identifier: Apache-2.0
// A child commits blocks in a loop and reports each height on a pipe once commit() has returned; the parent kills it at a moment
// that the seed draws and looks at what is there. Killing a process loses nothing that the kernel has, so this is about our own
// order of writes, not about the disk's.
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/prng.hpp"
#include "tests/storage/ledger_fixture.hpp"

namespace provchain::storage {
namespace {

using testing::ChainBuilder;
using testing::Lines;
using testing::value_of;

constexpr int kRounds = 15;
constexpr std::uint64_t kReportsPerRoundMax = 12;

constexpr std::uint64_t kEpochBlocks = 3;

// Block `height` of the one chain that all children build. Every third ends its epoch.
ByteVector next_block(ChainBuilder& builder) {
  if ((builder.height().value() + 1) % kEpochBlocks == 0) {
    const auto key = static_cast<std::uint8_t>(builder.height().value() % 200);
    return builder.add_epoch_end({key, static_cast<std::uint8_t>(key + 1)});
  }
  const std::string number = std::to_string(builder.height().value());
  return builder.add_block(
      {Lines{"<urn:a> <urn:p> \"" + number + "\" ."}, Lines{"<urn:b> <urn:p> \"" + number + std::string(5'000, 'x') + "\" ."}});
}

[[noreturn]] void commit_forever(const StorageOptions& options, int report_fd) {
  ChainBuilder builder;
  auto ledger = Ledger::open(options, builder.genesis_header());
  if (!ledger) ::_exit(1);
  const Height head = value_of((*ledger)->chain().height(value_of((*ledger)->chain().read())));
  while (builder.height() < head) next_block(builder);
  for (;;) {
    const ByteVector block = next_block(builder);
    const std::vector<Bytes> blocks{block};
    const std::uint64_t height = builder.height().value();
    const std::string state = std::to_string(height);
    const ByteVector authorities = builder.authorities();
    const SystemUpdate system{.state = as_bytes(state),
                              .next_authorities = height % kEpochBlocks == 0 ? Bytes(authorities) : Bytes{}};
    if (!(*ledger)->commit({.blocks = blocks, .certificate = builder.certificate(), .guard = {}, .system = system})) ::_exit(2);
    if (::write(report_fd, &height, sizeof height) != sizeof height) ::_exit(3);
  }
}

// Reads `count` reports, kills the child, reads what else it had reported. Returns the last.
std::uint64_t kill_after(pid_t child, int report_fd, std::uint64_t count) {
  std::uint64_t reported = 0;
  std::uint64_t last = 0;
  for (std::uint64_t i = 0; i < count && ::read(report_fd, &reported, sizeof reported) == sizeof reported; ++i) last = reported;
  ::kill(child, SIGKILL);
  while (::read(report_fd, &reported, sizeof reported) == sizeof reported) last = reported;
  int status = 0;
  ::waitpid(child, &status, 0);
  EXPECT_TRUE(WIFSIGNALED(status)) << "the child ended by itself: " << status;
  return last;
}

void expect_whole(const StorageOptions& options, std::uint64_t reported) {
  ChainBuilder builder;
  const auto ledger = value_of(Ledger::open(options, builder.genesis_header()));
  const auto txn = value_of(ledger->chain().read());
  const auto state_txn = value_of(ledger->state().read());
  const Height head = value_of(ledger->chain().height(txn));
  ASSERT_GE(head.value(), reported) << "a block that was reported committed is missing";
  ASSERT_EQ(value_of(ledger->state().applied(state_txn)).height, head);
  ASSERT_EQ(value_of(ledger->chain().newest_certificate(txn)).height, head);
  const std::string newest = std::to_string(head.value());
  ASSERT_EQ(as_text(value_of(ledger->chain().epochs().system_at(txn, head))), newest);
  const Epoch running(head.value() / kEpochBlocks);
  ASSERT_FALSE(value_of(ledger->chain().epochs().end_of(txn, running)));
  ASSERT_TRUE(head.value() < kEpochBlocks || value_of(ledger->chain().epochs().end_of(txn, Epoch(running.value() - 1))));
  while (builder.height() < head) {
    const ByteVector expected = next_block(builder);
    ASSERT_TRUE(equal(value_of(ledger->chain().block_at(txn, builder.height())), expected));
    ASSERT_EQ(value_of(ledger->state().find_block(state_txn, builder.tip_id())), builder.height());
  }
}

TEST(LedgerCrash, LosesNothingThatWasReportedCommitted) {
  ASSERT_TRUE(crypto::init());
  const testing::TemporaryDirectory directory;
  StorageOptions options;
  options.directory = directory.path();
  options.map_bytes = std::uint64_t{1} << 30;
  Prng random(42);
  for (int round = 0; round < kRounds; ++round) {
    int pipe_fds[2];
    ASSERT_EQ(::pipe(pipe_fds), 0);
    const pid_t child = ::fork();
    if (child == 0) {
      ::close(pipe_fds[0]);
      commit_forever(options, pipe_fds[1]);
    }
    ::close(pipe_fds[1]);
    const std::uint64_t reported = kill_after(child, pipe_fds[0], 1 + random.below(kReportsPerRoundMax));
    ::close(pipe_fds[0]);
    EXPECT_GT(reported, 0U);
    expect_whole(options, reported);
    if (HasFatalFailure()) return;
  }
}

}  // namespace
}  // namespace provchain::storage
