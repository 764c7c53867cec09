// SPDX-License-Identifier: Apache-2.0
// What every handler is given: the node, and readers over its stores. Immutable; used on the server's thread.
#pragma once

#include "engine/api/backend.hpp"
#include "engine/api/response.hpp"
#include "engine/api/server.hpp"
#include "storage/index/index_reader.hpp"
#include "storage/proof_source.hpp"

namespace provchain::api {

struct Context {
  Context(const ServerOptions& options_in, const Backend& backend_in)
      : options(options_in),
        backend(backend_in),
        index(backend_in.ledger->chain(), *backend_in.index),
        proofs(*backend_in.ledger) {}

  const ServerOptions& options;
  const Backend& backend;
  storage::IndexReader index;
  storage::ProofSource proofs;
};

// Sets the two heights that every answer about data carries. Called after the data were read, so that neither is below what the
// answer shows.
inline void set_heights(Json& answer, const Context& context) {
  const Height indexed = context.backend.indexed_height();
  answer["finalized_height"] = context.backend.finalized_height().value();
  answer["indexed_height"] = indexed.value();
}

}  // namespace provchain::api
