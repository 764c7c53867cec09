// SPDX-License-Identifier: Apache-2.0
// Graphs, from the registry and the payloads in chain/. A graph's lines are a merge of the sorted payloads of the transactions
// that wrote to it, so they come in canonical order without sorting, and as the very bytes that were signed. Any thread; nothing
// is held between calls.
#pragma once

#include "storage/index/index_reader.hpp"

namespace provchain::storage {

// As IndexReader::graph.
[[nodiscard]] StorageResult<GraphPage> read_graph(const ChainStore& chain, const IndexStore& index, std::string_view graph,
                                                  const PageOptions& options);
// As IndexReader::graphs.
[[nodiscard]] StorageResult<GraphListPage> list_graphs(const IndexStore& index, const PageOptions& options);

}  // namespace provchain::storage
