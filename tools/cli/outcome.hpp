// SPDX-License-Identifier: Apache-2.0
// How a verb of `provchain` ends: the exit codes that scripts rely on, and the one line for people that goes with all but the
// first.
#pragma once

#include <cstdio>
#include <string>
#include <utility>

namespace provchain::cli {

enum class Exit : int {
  done = 0,
  negative = 1,     // not found, proof invalid, refused
  usage = 2,        // a wrong flag, file or configuration
  unreachable = 3,  // no node answers
  damaged = 4,      // the data directory is damaged or locked
};

// Thrown by the parts of a verb, caught once in main. Programs under tools/ are the only ones with exceptions.
struct Failure {
  Exit exit;
  std::string line;
};

[[noreturn]] inline void fail(Exit exit, std::string line) { throw Failure{exit, std::move(line)}; }

}  // namespace provchain::cli
