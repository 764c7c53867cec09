// SPDX-License-Identifier: Apache-2.0
// The adversaries by name.
#pragma once

#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "tests/sim/adversary.hpp"

namespace provchain::sim {

struct NamedAdversary {
  std::string_view name;
  std::string_view what;  // one line
  std::unique_ptr<Adversary> (*make)();
};
[[nodiscard]] std::span<const NamedAdversary> adversaries();
// Null for a name that is not in the catalogue.
[[nodiscard]] const NamedAdversary* find_adversary(std::string_view name);

// The authorities with a second instance that `count` adversaries of this name need.
[[nodiscard]] std::vector<AuthorityIndex> twins_of(std::string_view name, std::size_t count);
// Makes the authority, in all its instances, one of this name; before the world is started. The name is in the catalogue.
void install_adversary(World& world, std::string_view name, std::size_t authority);

}  // namespace provchain::sim
