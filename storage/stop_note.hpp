// SPDX-License-Identifier: Apache-2.0
// Why this node must not go on as before, in a file of its data directory that outlives every restart: a text, so that whoever
// has to judge it reads it, and a file, so that taking it away is the one act by which a person says that it may go on.
//   STOPPED is text: "provchain-stop 1\n", then for each note "quarantine <reason>\n" or "halt <reason>\n" and, as its proof, any
//   number of "certificate <hex>\n". At most one note of a kind: the first one is the cause.
#pragma once

#include <string>
#include <vector>

#include "base/bytes.hpp"
#include "storage/data_dir.hpp"

namespace provchain::storage {

enum class StopKind : std::uint8_t {
  quarantine,  // follows the chain, does not vote
  halt,        // does not even follow it
};

struct StopNote {
  StopKind kind{};
  std::string reason;  // one line
  std::vector<ByteVector> certificates;
  bool operator==(const StopNote&) const = default;
};

// Durable when it returns. Nothing changes when there is a note of this kind.
[[nodiscard]] StorageResult<void> add_stop_note(const DataDir& directory, const StopNote& note);

// Empty when nothing stopped this node. corrupt: there is a file, but what it says is unknown.
[[nodiscard]] StorageResult<std::vector<StopNote>> read_stop_notes(const DataDir& directory);

}  // namespace provchain::storage
