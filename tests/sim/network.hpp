// SPDX-License-Identifier: Apache-2.0
// The simulated network: connections between nodes, what they delay, lose and repeat, and who cannot reach whom. As on the real
// send path, a connection keeps the order of messages within a class and between classes only as far as its pipe does; a lost
// message stands for one that was dropped from a full queue.
//
// The network puts arrivals and ends of connections into the world's queue; the world decides what they mean.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "base/prng.hpp"
#include "tests/sim/queue.hpp"
#include "wire/send_queue.hpp"

namespace provchain::sim {

struct NetworkProfile {
  std::string_view name = "lan";
  Duration delay_min = Duration::micros(200);
  Duration delay_max = Duration::millis(2);
  std::uint64_t lost_per_thousand = 0;
  std::uint64_t doubled_per_thousand = 0;
  std::uint64_t bytes_per_second = 0;  // of each direction of a connection; 0: no limit
};
inline constexpr NetworkProfile lan_profile{};
inline constexpr NetworkProfile wan_profile{"wan", Duration::millis(20), Duration::millis(90), 2, 1, 4'000'000};
inline constexpr NetworkProfile mobile_profile{"mobile", Duration::millis(40), Duration::millis(300), 30, 10, 250'000};

// What happens to bytes from one node to another.
enum class Passage : std::uint8_t {
  open,
  stalled,  // they wait, as TCP's do behind a broken route
  lost,     // they are dropped
};

class Network {
 public:
  // Waits longer than any of its limits mean that a real send queue would have dropped the message.
  static constexpr Duration backlog_max = Duration::seconds(8);
  static constexpr Duration dial_timeout = Duration::seconds(5);

  // `queue` outlives this object.
  Network(std::size_t nodes, const NetworkProfile& profile, std::uint64_t seed, EventQueue& queue);

  // ---- connections ----
  struct Ends {
    ConnId dialler;
    ConnId target;
  };
  Ends connect(std::size_t dialler, std::size_t target, MonoTime now);
  [[nodiscard]] std::size_t node_at(ConnId end) const { return end_of(end).node; }
  [[nodiscard]] std::size_t peer_of(ConnId end) const { return end_of(other(end)).node; }
  // False once this end has been told that the connection is gone.
  [[nodiscard]] bool is_known(ConnId end) const { return !end_of(end).told; }
  // The newest connection between the two that neither end has given up, as `from` calls it.
  [[nodiscard]] std::optional<ConnId> find(std::size_t from, std::size_t to) const;

  void send(ConnId from, const wire::OutMessage& message, MonoTime now);
  // The owner of this end closes it: it hears so at once, the other end after all that is on its way.
  void close(ConnId end, MonoTime now);
  // A Closing event has fired. True when the node is to be told now; it comes again while nothing passes.
  [[nodiscard]] bool take_closing(const Closing& closing, MonoTime now);
  // All connections of a node that is gone. Without notice (power cut) the others have to find out by themselves.
  void drop_node(std::size_t node, bool notice, MonoTime now);

  // ---- routes ----
  [[nodiscard]] Duration delay() { return draw(profile_.delay_min, profile_.delay_max); }
  [[nodiscard]] bool can_connect(std::size_t a, std::size_t b) const {
    return passage(a, b) == Passage::open && passage(b, a) == Passage::open;
  }
  void set_passage(std::size_t from, std::size_t to, Passage passage) { passages_[from * nodes_ + to] = passage; }
  // Ends all connections between the two at once, as a refused route does.
  void cut(std::size_t a, std::size_t b, MonoTime now);
  // All routes are open; what was stalled goes on its way.
  void heal(MonoTime now);
  // From now on; delays too.
  void set_profile(const NetworkProfile& profile) { profile_ = profile; }
  [[nodiscard]] const NetworkProfile& profile() const { return profile_; }

 private:
  struct End {
    std::size_t node = 0;
    bool told = false;  // knows that the connection is gone, or is gone itself
    // Of what is on its way to this end.
    std::array<MonoTime, wire::class_count> last_arrival{};
    MonoTime pipe_free;
    std::vector<wire::InMessage> stalled;
  };
  struct Link {
    std::array<End, 2> ends;
    bool open = true;
  };

  static ConnId other(ConnId end) { return ConnId(((end.value() - 1) ^ 1U) + 1); }
  Link& link_of(ConnId end) { return links_[(end.value() - 1) / 2]; }
  [[nodiscard]] const Link& link_of(ConnId end) const { return links_[(end.value() - 1) / 2]; }
  End& end_of(ConnId end) { return link_of(end).ends[(end.value() - 1) % 2]; }
  [[nodiscard]] const End& end_of(ConnId end) const { return link_of(end).ends[(end.value() - 1) % 2]; }
  [[nodiscard]] Passage passage(std::size_t from, std::size_t to) const { return passages_[from * nodes_ + to]; }
  Duration draw(Duration low, Duration high) { return Duration::micros(prng_.between(low.us, high.us)); }
  void deliver(ConnId to, wire::InMessage message, MonoTime now);
  void tell(ConnId end, bool farewell, MonoTime at);
  // Those it has not given up.
  [[nodiscard]] std::vector<ConnId> ends_of(std::size_t node) const;

  std::size_t nodes_;
  NetworkProfile profile_;
  Prng prng_;
  EventQueue& queue_;
  std::vector<Link> links_;     // by connection number; those that ended stay
  std::size_t first_live_ = 0;  // all before it have ended for both
  std::vector<Passage> passages_;
};

}  // namespace provchain::sim
