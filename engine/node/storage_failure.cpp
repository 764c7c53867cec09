// SPDX-License-Identifier: Apache-2.0
#include "engine/node/storage_failure.hpp"

namespace provchain::node {

ConfigError storage_failure(std::string_view doing, const storage::Error& error) {
  std::string line(doing);
  if (!line.empty()) line += ": ";
  line += storage::describe(error);
  const bool is_setting = error.code == storage::Errc::map_full || error.code == storage::Errc::no_address_space;
  return {std::move(line), !is_setting};
}

}  // namespace provchain::node
