// SPDX-License-Identifier: Apache-2.0
// The pieces that the simulated world is made of, each by itself.
#include <gtest/gtest.h>

#include <vector>

#include "tests/sim/clock.hpp"
#include "tests/sim/event_digest.hpp"
#include "tests/sim/network.hpp"
#include "tests/sim/world.hpp"

namespace provchain::sim {
namespace {

// ---- queue ----

TEST(EventQueue, GivesEventsInTheOrderOfTimeAndOfArrival) {
  EventQueue queue;
  Prng prng(7);
  for (std::uint32_t i = 0; i < 1'000; ++i) queue.push(MonoTime{prng.between(0, 50)}, {i, 0, Call{}});
  MonoTime last;
  std::uint32_t last_of_moment = 0;
  for (int i = 0; i < 1'000; ++i) {
    const MonoTime at = queue.next_at();
    const std::uint32_t number = queue.pop().node;
    ASSERT_GE(at, last);
    if (at == last && i > 0) {
      EXPECT_GT(number, last_of_moment);
    }
    last = at;
    last_of_moment = number;
  }
  EXPECT_TRUE(queue.empty());
  EXPECT_EQ(queue.next_at(), kNever);
}

TEST(EventQueue, UsesSlotsAgain) {
  EventQueue queue;
  for (std::int64_t i = 0; i < 100; ++i) {
    queue.push(MonoTime{i}, {static_cast<std::uint32_t>(i), 0, Call{}});
    EXPECT_EQ(queue.pop().node, static_cast<std::uint32_t>(i));
  }
  EXPECT_EQ(queue.size(), 0U);
}

// ---- clock ----

TEST(NodeClock, TurnsBackWhatItShows) {
  for (const std::int64_t drift : {-20'000, -1, 0, 3, 20'000}) {
    const NodeClock clock(0, drift);
    for (const std::int64_t at : {2, 999'999, 1'000'000, 1'000'001, 77'123'456}) {
      const MonoTime own = clock.read(MonoTime{at}).mono;
      const MonoTime back = clock.true_time_of(own);
      EXPECT_GE(clock.read(back).mono, own);
      EXPECT_LT(clock.read(MonoTime{back.us - 1}).mono, own) << drift << " " << at;
    }
  }
}

TEST(NodeClock, SetsTheWallClockOnly) {
  NodeClock clock(1'000, 0);
  const Now before = clock.read(MonoTime{5'000'000});
  clock.set_offset(-250);
  const Now after = clock.read(MonoTime{5'000'000});
  EXPECT_EQ(before.mono, after.mono);
  EXPECT_EQ(after.wall.ms, before.wall.ms - 250);
}

// ---- digest ----

TEST(EventDigest, DiffersInOneByteAndInTheOrder) {
  EventDigest one;
  EventDigest two;
  EXPECT_EQ(one, two);
  one.mix(1);
  one.mix(2);
  two.mix(2);
  two.mix(1);
  EXPECT_NE(one.hex(), two.hex());
  EventDigest three = one;
  one.mix(as_bytes("abc"));
  three.mix(as_bytes("abd"));
  EXPECT_NE(one.hex(), three.hex());
}

// ---- network ----

class NetworkTest : public testing::Test {
 protected:
  static wire::OutMessage message(wire::MessageKind kind, std::size_t bytes) {
    wire::OutMessage made;
    made.kind = kind;
    made.payload = SharedBytes::of_size(bytes);
    return made;
  }
  // What arrives, in order: the sizes of the payloads.
  std::vector<std::size_t> arrivals() {
    std::vector<std::size_t> sizes;
    while (!queue.empty()) {
      now = queue.next_at();
      const Event event = queue.pop();
      if (const auto* delivery = std::get_if<Delivery>(&event.body)) sizes.push_back(delivery->message.payload.size());
    }
    return sizes;
  }

  EventQueue queue;
  MonoTime now{1'000'000};
};

TEST_F(NetworkTest, KeepsTheOrderWithinAClass) {
  Network network(2, mobile_profile, 1, queue);
  NetworkProfile reliable = mobile_profile;
  reliable.lost_per_thousand = reliable.doubled_per_thousand = 0;
  network.set_profile(reliable);
  const Network::Ends ends = network.connect(0, 1, now);
  std::vector<std::size_t> sent;
  for (std::size_t i = 1; i <= 200; ++i) {
    network.send(ends.dialler, message(wire::MessageKind::vote, i), now);
    sent.push_back(i);
  }
  EXPECT_EQ(arrivals(), sent);
}

TEST_F(NetworkTest, AVoteOvertakesABlock) {
  NetworkProfile slow;
  slow.bytes_per_second = 100'000;
  Network network(2, slow, 1, queue);
  const Network::Ends ends = network.connect(0, 1, now);
  network.send(ends.dialler, message(wire::MessageKind::batch, 50'000), now);
  network.send(ends.dialler, message(wire::MessageKind::vote, 131), now);
  EXPECT_EQ(arrivals(), (std::vector<std::size_t>{131, 50'000}));
  EXPECT_GE(now - MonoTime{1'000'000}, Duration::millis(500));
}

TEST_F(NetworkTest, WhatIsStalledArrivesAfterTheHealing) {
  Network network(2, lan_profile, 1, queue);
  const Network::Ends ends = network.connect(0, 1, now);
  network.set_passage(0, 1, Passage::stalled);
  network.send(ends.dialler, message(wire::MessageKind::vote, 1), now);
  network.send(ends.target, message(wire::MessageKind::vote, 9), now);
  EXPECT_EQ(arrivals(), (std::vector<std::size_t>{9}));
  network.heal(now);
  EXPECT_EQ(arrivals(), (std::vector<std::size_t>{1}));
}

TEST_F(NetworkTest, WhatIsLostDoesNot) {
  Network network(2, lan_profile, 1, queue);
  const Network::Ends ends = network.connect(0, 1, now);
  network.set_passage(0, 1, Passage::lost);
  network.send(ends.dialler, message(wire::MessageKind::vote, 1), now);
  network.heal(now);
  EXPECT_TRUE(arrivals().empty());
  EXPECT_TRUE(network.can_connect(0, 1));
}

TEST_F(NetworkTest, TheEndComesAfterAllThatWasSent) {
  Network network(2, lan_profile, 1, queue);
  const Network::Ends ends = network.connect(0, 1, now);
  network.send(ends.dialler, message(wire::MessageKind::vote, 1), now);
  network.close(ends.dialler, now);
  network.send(ends.dialler, message(wire::MessageKind::vote, 2), now);
  std::vector<std::string> seen;
  while (!queue.empty()) {
    now = queue.next_at();
    const Event event = queue.pop();
    if (event.node == 1 && std::holds_alternative<Delivery>(event.body)) seen.emplace_back("message");
    if (const auto* closing = std::get_if<Closing>(&event.body); closing != nullptr && event.node == 1)
      seen.emplace_back(network.take_closing(*closing, now) ? "end" : "nothing");
  }
  EXPECT_EQ(seen, (std::vector<std::string>{"message", "end"}));
}

TEST_F(NetworkTest, APowerCutTellsNobody) {
  Network network(2, lan_profile, 1, queue);
  const Network::Ends ends = network.connect(0, 1, now);
  network.drop_node(0, false, now);
  EXPECT_TRUE(queue.empty());
  EXPECT_TRUE(network.is_known(ends.target));
  EXPECT_FALSE(network.is_known(ends.dialler));
  EXPECT_EQ(network.find(1, 0), std::nullopt);
}

// ---- crash points and disks ----

TEST(CrashPoint, EachIsReachedAndTheNodeComesBack) {
  for (std::uint64_t i = 0; i < static_cast<std::uint64_t>(CrashPoint::count_); ++i) {
    World world({.seed = i + 1});
    world.start_all();
    world.run_for(Duration::seconds(2));
    world.arm(1, static_cast<CrashPoint>(i));
    const TxId id = world.submit(0);
    EXPECT_TRUE(world.run_until([&] { return !world.is_up(1); }, Duration::seconds(10))) << to_string(static_cast<CrashPoint>(i));
    world.start(1);
    EXPECT_TRUE(world.run_until([&] { return world.is_final_everywhere(id); }, Duration::seconds(60)));
    EXPECT_TRUE(world.violations().empty()) << world.violations().front();
  }
}

TEST(SimulatedDisk, AWriteThatFailsEndsTheNodeUntilTheDiskIsWhole) {
  World world({});
  world.start_all();
  world.run_for(Duration::seconds(2));
  world.set_disk_broken(1, true);
  const TxId id = world.submit(0);
  EXPECT_TRUE(world.run_until([&] { return !world.is_up(1); }, Duration::seconds(10)));
  world.start(1);
  EXPECT_FALSE(world.is_up(1));
  world.set_disk_broken(1, false);
  world.start(1);
  EXPECT_TRUE(world.run_until([&] { return world.is_final_everywhere(id); }, Duration::seconds(90)));
  EXPECT_TRUE(world.violations().empty());
}

}  // namespace
}  // namespace provchain::sim
