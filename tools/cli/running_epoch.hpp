// SPDX-License-Identifier: Apache-2.0
// The epoch that a node is in, as it says.
#pragma once

#include "crypto/format/authorities.hpp"
#include "crypto/format/statement.hpp"
#include "tools/cli/http.hpp"

namespace provchain::cli {

struct RunningEpoch {
  crypto::format::StatementContext context;
  Epoch epoch;
  Height begins_above;
  crypto::format::AuthorityList authorities;
  Height finalized;
  bool syncing = false;
};

// Fails with Exit::negative when the node has not started yet.
[[nodiscard]] RunningEpoch ask_running_epoch(Client& client);

}  // namespace provchain::cli
