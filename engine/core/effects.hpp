// SPDX-License-Identifier: Apache-2.0
// What the core can ask for. The core decides; a driver (engine/node in production, tests/sim in the simulator) executes effects
// in order and answers the ones with a ticket by the input named behind it. No callbacks, no clocks: whatever needs a disk, a key
// or a core-second is here. An effect that is never answered (crash) leaves nothing half seen: what must be durable before it is
// seen is sent only by the answer's handler.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/shared_bytes.hpp"
#include "base/time.hpp"
#include "base/types.hpp"
#include "crypto/format/certificate.hpp"
#include "crypto/format/guard.hpp"
#include "crypto/format/statement.hpp"
#include "crypto/format/system_state.hpp"
#include "crypto/format/transaction.hpp"
#include "wire/message.hpp"

namespace provchain::core {

// ---- network ----
struct Send {
  ConnId to;
  wire::OutMessage message;
};
struct Disconnect {
  ConnId conn;
  wire::PeerReason reason{};
  std::uint32_t retry_after_ms = 0;
  bool silent = false;  // a bare close without a Disconnect message
};
// One of the configured peers, by its position in CoreOptions::static_peers. Answered by on_connected or on_dial_failed.
struct Dial {
  std::uint32_t static_peer = 0;
};

// ---- crypto pool ----
struct SignatureCheck {
  PublicKey key;
  Signature signature;
  std::uint8_t message_bytes = 0;  // the signed bytes, tag included, are the first so many of message
  std::array<std::uint8_t, crypto::format::statement_bytes> message{};
};
// Answered by on_verified(ticket, one bool a check, same order).
struct VerifySignatures {
  Ticket ticket;
  std::vector<SignatureCheck> checks;
};
// Is this one transaction valid by itself, and is it in the chain already? The signatures of a governance or evidence transaction
// are checked against the epochs that `system` knows. Answered by on_transaction_checked.
struct CheckTransaction {
  Ticket ticket;
  SharedBytes bytes;
  std::shared_ptr<const crypto::format::SystemState> system{};
};
// Is this block (header ‖ body) what its header commits to, and is each transaction valid by itself? `known[i]` says that
// transaction i equals, byte for byte, one that was checked before; empty: none is. Answered by on_block_checked.
struct CheckBlock {
  Ticket ticket;
  SharedBytes bytes;
  std::vector<bool> known;
  std::shared_ptr<const crypto::format::SystemState> system{};
};
// Decompresses and splits a Batch payload. Answered by on_batch_opened.
struct OpenBatch {
  Ticket ticket;
  SharedBytes payload;
};

// ---- signer thread ----
// Bodies, then certificates, then the vote go to the journal under one fdatasync; only then is the vote signed. Answered by
// on_vote_signed.
struct CastVote {
  Ticket ticket;
  crypto::format::StatementContext context;
  crypto::format::Ballot ballot;
  std::vector<SharedBytes> bodies;       // blocks (header ‖ body) not journalled yet that this vote relies on
  std::vector<ByteVector> certificates;  // encoded, not journalled yet, that justify it
};
// Everything below is final and in chain/: older journal segments may go.
struct AdvanceJournalFloor {
  View view;
  Height height;
  BlockId block_id;
};

// ---- storage ----
// One durable chain/ transaction for all of them, then state/. Answered by on_committed(height of the last).
struct GuardPosition {
  Epoch epoch;
  View view;
  std::uint64_t step = 0;
  auto operator<=>(const GuardPosition&) const = default;
};
struct Commit {
  std::vector<SharedBytes> blocks;        // consecutive heights from the tip on
  std::optional<ByteVector> certificate;  // FINALIZE on the last; absent while catching up below a certified head
  // The position of the last vote that the journal is known to hold, to be stored with the blocks: a journal that ends below it
  // has been rolled back. Never that of a vote still on its way, for the blocks may become durable before it. Absent where no
  // journal stands behind this node; what is stored stays.
  std::optional<GuardPosition> guard;
  // The system state that the next block builds on, encoded: of the next epoch when the last block ends one. Empty when the
  // blocks did not change it.
  ByteVector system{};
  // Not empty when the last block ends its epoch, and then `certificate` is there too: the authorities of the next one, encoded.
  ByteVector next_authorities{};
};
// Reads, compresses and sends a Batch of blocks `first` … as the answer to `corr`; at most count blocks and bytes_max plain
// bytes, at least one block when it exists, with the inclusion path of the last one in the history tree of `head` leaves (head 0:
// no path). Answered by on_served.
struct ServeBlocks {
  ConnId to;
  std::uint32_t corr = 0;
  Height first;
  std::uint32_t count = 0;
  std::uint32_t bytes_max = 0;
  Height head;
};
// The same for blocks the core still holds itself. Answered by on_served.
struct ServeHeldBlocks {
  ConnId to;
  std::uint32_t corr = 0;
  std::vector<SharedBytes> blocks;
};
// Reads and sends Headers first … first + count − 1 as the answer to `corr`. Answered by on_served.
struct ServeHeaders {
  ConnId to;
  std::uint32_t corr = 0;
  Height first;
  std::uint32_t count = 0;
};
// Reads and sends what ended the epochs `first` … first + count − 1, as far as they have ended, as the answer to `corr`. Answered
// by on_served.
struct ServeEpochs {
  ConnId to;
  std::uint32_t corr = 0;
  Epoch first;
  std::uint32_t count = 0;
};

// ---- callers of this node ----
enum class TxPhase : std::uint8_t { pending, final, expired, rejected, unknown };
struct TxStatus {
  TxPhase phase = TxPhase::unknown;
  std::optional<crypto::format::TxReject> reject;  // phase rejected
  std::optional<Height> height;                    // phase final
  std::uint32_t retry_after_ms = 0;                // rejected for lack of room (quota, mempool): when to try again
};
struct Reply {
  RequestId request;
  TxId id;
  TxStatus status;
};

// ---- for people ----
enum class AlarmKind : std::uint8_t {
  halted_invalid_certified,  // a certificate names a block this node judged invalid: consensus stops here, reading goes on
  halted_conflicting_finality,
  equivocation,        // an authority signed two things that cannot both be honest
  duplicate_instance,  // somebody signs with this node's key
  untimely_clock,      // proposals' times and this clock disagree
  guard_refused,
};
struct Alarm {
  AlarmKind kind{};
  std::string detail;                    // one line
  std::vector<ByteVector> certificates;  // encoded: the proof, where there is one
};
// To be durable before anybody starts this node again, so that a restart does not make it forget: it must not vote any more
// (quarantine), or not even follow (halt), until a person has looked. Not answered.
enum class StopKind : std::uint8_t { quarantine, halt };
struct RememberStop {
  StopKind kind{};
  Alarm alarm;
};

// An authority has contradicted itself, and this is the proof. To be handed in like any transaction, as an evidence transaction
// under any author. Not answered.
struct PublishEvidence {
  crypto::format::Evidence evidence;
};

using Effect =
    std::variant<Send, Disconnect, Dial, VerifySignatures, CheckTransaction, CheckBlock, OpenBatch, CastVote, AdvanceJournalFloor,
                 Commit, ServeBlocks, ServeHeldBlocks, ServeHeaders, ServeEpochs, Reply, Alarm, RememberStop, PublishEvidence>;

// Appended to by every state machine within one input, executed by the driver in order.
using Effects = std::vector<Effect>;

// ---- answers ----
struct CheckedTx {
  TxId id;
  PublicKey author;
  Signature signature;
  crypto::format::TxKind kind = crypto::format::TxKind::dataset;
  std::uint64_t valid_until = 0;
  std::uint32_t quad_count = 0;
  std::uint32_t bytes = 0;
  std::optional<Height> in_chain;                                 // already committed at this height, as far as state/ knows
  std::shared_ptr<const crypto::format::SystemRequest> system{};  // of kinds governance and evidence, when valid
};
struct TxVerdict {
  std::optional<crypto::format::TxReject> reject;
  CheckedTx tx;  // meaningful as far as the bytes could be read
};
enum class BlockOutcome : std::uint8_t {
  valid,
  wrong_body,  // not the bytes the header commits to: the sender's fault, never the block id's
  invalid,     // a pure function of the bytes says no
};
struct BlockVerdict {
  BlockOutcome outcome{};
  std::optional<crypto::format::TxReject> reject;  // of the first bad transaction
  std::vector<CheckedTx> transactions;             // when valid
};
struct OpenedBatch {
  Height first;
  std::vector<Hash256> path;  // of the last block's id in the history tree of the head that was asked for
  std::vector<SharedBytes> blocks;
};

}  // namespace provchain::core
