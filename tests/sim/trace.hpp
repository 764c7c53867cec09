// SPDX-License-Identifier: Apache-2.0
// The story of a run for people, one line an event: when, who, and what. Does nothing, and costs a comparison, unless somebody
// listens.
#pragma once

#include <functional>
#include <string>

#include "base/time.hpp"
#include "crypto/format/statement.hpp"

namespace provchain::sim {

class Trace {
 public:
  using Sink = std::function<void(const std::string&)>;

  void listen(Sink sink) { sink_ = std::move(sink); }
  [[nodiscard]] bool is_on() const { return static_cast<bool>(sink_); }

  // `what` is only called when somebody listens: a callable that gives a string.
  template <class What>
  void node(MonoTime at, std::size_t node, const What& what) const {
    if (is_on()) write(at, "node " + std::to_string(node), what());
  }
  template <class What>
  void world(MonoTime at, const What& what) const {
    if (is_on()) write(at, "world", what());
  }

 private:
  void write(MonoTime at, const std::string& who, const std::string& what) const;

  Sink sink_;
};

// "NOTARIZE view 7 height 3 block 1a2b3c4d on view 6".
[[nodiscard]] std::string describe(const crypto::format::Ballot& ballot);

}  // namespace provchain::sim
