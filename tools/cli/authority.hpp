// SPDX-License-Identifier: Apache-2.0
// The verb of provchain authority that talks to the chain; the others are about files.
#pragma once

#include <string>
#include <vector>

#include "tools/cli/options.hpp"

namespace provchain::cli {

struct ProposalSubmission {
  std::vector<std::string> files;  // of one proposal, each with some of the approvals
  std::string key_file;            // the submitter's
  std::string password_file;
  unsigned timeout_seconds = 120;
};

// Puts the approvals together, submits them as one transaction and waits until it is final.
void submit_proposal(const Options& options, const ProposalSubmission& submission);

}  // namespace provchain::cli
