// SPDX-License-Identifier: Apache-2.0
// The client's side: canonical lines become signed transaction bytes, in batches when one transaction cannot hold them. Pure
// functions, any thread.
#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "base/limits.hpp"
#include "base/result.hpp"
#include "crypto/ed25519.hpp"
#include "crypto/format/transaction.hpp"
#include "storage/rdf/error.hpp"

namespace provchain::storage::rdf {

// Lines as CanonicalDataset::lines() gives them: canonical, without LF, strictly ascending.
using Lines = std::span<const std::string_view>;

struct BatchLimits {
  std::size_t transaction_bytes_max =
      limits::block_bytes_default;  // header and signature included: max_block_bytes of the network
  std::size_t quads_max = limits::transaction_quads_max;
};

// Consecutive parts of `lines`, each as large as the limits allow, that together are all of it. Valid as long as `lines`. Refused
// with line_exceeds_transaction, and the number of the line from 1, when one line alone is too large.
[[nodiscard]] Result<std::vector<Lines>, RdfError> split_into_batches(Lines lines, const BatchLimits& batch_limits);

struct TxTerms {
  NetworkId network_id;
  std::uint64_t salt = 0;  // parts two transactions of equal content
  Height valid_until;
};

// The signed bytes. `lines` is not empty and fits a transaction: one of split_into_batches().
[[nodiscard]] ByteVector build_transaction(Lines lines, const TxTerms& terms, const crypto::KeyPair& author);
// The same for a governance or evidence payload.
[[nodiscard]] ByteVector build_system_transaction(crypto::format::TxKind kind, Bytes payload, const TxTerms& terms,
                                                  const crypto::KeyPair& author);

}  // namespace provchain::storage::rdf
