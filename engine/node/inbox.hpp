// SPDX-License-Identifier: Apache-2.0
// What the core thread is told by everybody but the network: answers of the pool, the signer and the store, and calls of the API.
// Many threads push, the core thread takes all at once. Bounded by its producers: each answer belongs to an effect the core is
// waiting for, and ApiBridge lets only so many calls of the API wait.
#pragma once

#include <mutex>
#include <utility>
#include <variant>
#include <vector>

#include "base/notifier.hpp"
#include "engine/core/effects.hpp"
#include "engine/node/settings.hpp"

namespace provchain::node {

struct Verified {
  Ticket ticket;
  std::vector<bool> valid;
};
struct TransactionChecked {
  Ticket ticket;
  core::TxVerdict verdict;
};
struct BlockChecked {
  Ticket ticket;
  core::BlockVerdict verdict;
};
struct BatchOpened {
  Ticket ticket;
  std::optional<core::OpenedBatch> batch;
};
struct VoteSigned {
  Ticket ticket;
  std::optional<Signature> signature;
};
struct Committed {
  Height height;
};
// A message that the serve pool has made for a peer.
struct Served {
  ConnId to;
  wire::OutMessage message;
};
struct Submit {
  RequestId request;
  SharedBytes transaction;
};
struct Lookup {
  RequestId request;
  TxId id;
};
// The disk failed under the chain, the state or the journal: the node ends with this error.
struct Fatal {
  ConfigError error;
};
struct Stop {};

using Input = std::variant<Verified, TransactionChecked, BlockChecked, BatchOpened, VoteSigned, Committed, Served, Submit, Lookup,
                           Fatal, Stop>;

class Inbox {
 public:
  explicit Inbox(Notifier& notifier) : notifier_(notifier) {}

  void push(Input input) {
    {
      const std::lock_guard lock(mutex_);
      inputs_.push_back(std::move(input));
    }
    notifier_.notify();
  }

  // Replaces the content of `out` by everything that waits, in the order it was pushed.
  void take(std::vector<Input>& out) {
    out.clear();
    const std::lock_guard lock(mutex_);
    std::swap(out, inputs_);
  }

 private:
  Notifier& notifier_;
  std::mutex mutex_;
  std::vector<Input> inputs_;
};

}  // namespace provchain::node
