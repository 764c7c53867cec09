// SPDX-License-Identifier: Apache-2.0
#include "tests/sim/adversary_catalogue.hpp"

#include <algorithm>

#include "tests/sim/adversary_leaders.hpp"
#include "tests/sim/adversary_peers.hpp"
#include "tests/sim/adversary_voters.hpp"
#include "tests/sim/world.hpp"

namespace provchain::sim {

namespace {

constexpr std::string_view kTwins = "twins";

template <class Kind>
std::unique_ptr<Adversary> make() {
  return std::make_unique<Kind>();
}

constexpr NamedAdversary kCatalogue[] = {
    {"equivocating-leader", "proposes two blocks in every view it leads", make<EquivocatingLeader>},
    {"split-leader", "shows each half of the nodes another block, and votes for both", make<SplitLeader>},
    {"double-voter", "gives half of the nodes a second vote that excludes the first", make<DoubleVoter>},
    {"vote-withholder", "keeps most of its votes to itself", make<VoteWithholder>},
    {"certificate-forger", "spreads certificates that nobody has signed", make<CertificateForger>},
    {"old-view-replayer", "sends again what it has ever heard and said", make<OldViewReplayer>},
    {"future-view-flooder", "fills the others with votes of views far away", make<FutureViewFlooder>},
    {"censoring-leader", "never proposes the transactions of one author", make<CensoringLeader>},
    {"invalid-transaction-leader", "puts transactions into its blocks that may not be there", make<InvalidTransactionLeader>},
    {"timestamp-manipulator", "its clock shows whatever it likes", make<TimestampManipulator>},
    {"slow-server", "does everything seconds late", make<SlowServer>},
    {"height-liar", "says that it is far ahead or behind, and has nothing to show for it", make<HeightLiar>},
    {kTwins, "two live instances with one key", make<Twin>},
};

}  // namespace

std::span<const NamedAdversary> adversaries() { return kCatalogue; }

const NamedAdversary* find_adversary(std::string_view name) {
  const auto* at = std::ranges::find(kCatalogue, name, &NamedAdversary::name);
  return at == std::end(kCatalogue) ? nullptr : at;
}

std::vector<AuthorityIndex> twins_of(std::string_view name, std::size_t count) {
  std::vector<AuthorityIndex> twins;
  if (name == kTwins)
    for (std::size_t i = 0; i < count; ++i) twins.emplace_back(static_cast<std::uint16_t>(i));
  return twins;
}

void install_adversary(World& world, std::string_view name, std::size_t authority) {
  const NamedAdversary* named = find_adversary(name);
  PVC_CHECK(named != nullptr);
  const AuthorityIndex index(static_cast<std::uint16_t>(authority));
  for (std::size_t node = 0; node < world.size(); ++node)
    if (world.authority(node) == index) world.set_adversary(node, named->make());
}

}  // namespace provchain::sim
