// SPDX-License-Identifier: Apache-2.0
// Counters, gauges and histograms, and the registry that main makes and hands to whoever measures something. There is no global
// one. Updating is one relaxed atomic, from any thread. Registering and exposition take a lock: objects register in their
// constructors, never on a hot path. References stay valid as long as the registry.
//
// Names: `provchain_` first, the base unit last (`_seconds`, `_bytes`), then `_total` for counters: checked, because a misnamed
// metric is our bug.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <initializer_list>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

#include "base/check.hpp"

namespace provchain {

class Counter {
 public:
  void add(std::uint64_t count = 1) { value_.fetch_add(count, std::memory_order_relaxed); }
  [[nodiscard]] std::uint64_t value() const { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<std::uint64_t> value_ = 0;
};

class Gauge {
 public:
  void set(std::int64_t value) { value_.store(value, std::memory_order_relaxed); }
  void add(std::int64_t difference) { value_.fetch_add(difference, std::memory_order_relaxed); }
  [[nodiscard]] std::int64_t value() const { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<std::int64_t> value_ = 0;
};

// How the whole numbers given to a histogram are written out: in base units, with bucket bounds at powers of two.
struct HistogramUnit {
  double base_units_per_step = 1.0;
  unsigned lowest_bound_log2 = 0;
  unsigned highest_bound_log2 = 32;
};
inline constexpr HistogramUnit kMicroseconds{1e-6, 5, 26};  // written as seconds, 32 µs … 67 s
inline constexpr HistogramUnit kSizeBytes{1.0, 5, 26};      // 32 B … 64 MiB

// Log-linear: eight buckets per power of two, so that a quantile is off by at most an eighth, whatever its size.
class Histogram {
 public:
  explicit Histogram(HistogramUnit unit) : unit_(unit) {}
  void record(std::uint64_t value) {
    buckets_[bucket_of(value)].fetch_add(1, std::memory_order_relaxed);
    sum_.fetch_add(value, std::memory_order_relaxed);
  }
  [[nodiscard]] std::uint64_t count() const;
  [[nodiscard]] std::uint64_t sum() const { return sum_.load(std::memory_order_relaxed); }
  // How many recorded values are below 2^log2.
  [[nodiscard]] std::uint64_t count_below_power(unsigned log2) const;
  // The upper bound of the bucket that holds the value of rank ⌈share × count⌉, 0 < share ≤ 1; 0 when nothing was recorded.
  [[nodiscard]] std::uint64_t quantile(double share) const;
  [[nodiscard]] const HistogramUnit& unit() const PVC_LIFETIMEBOUND { return unit_; }

 private:
  static constexpr unsigned kSubBits = 3;
  static constexpr std::size_t kBuckets = (64 - kSubBits + 1) << kSubBits;
  static std::size_t bucket_of(std::uint64_t value);
  static std::uint64_t upper_bound(std::size_t bucket);

  HistogramUnit unit_;
  std::array<std::atomic<std::uint64_t>, kBuckets> buckets_{};
  std::atomic<std::uint64_t> sum_ = 0;
};

struct Label {
  std::string_view name;
  std::string_view value;
};
using Labels = std::initializer_list<Label>;

class MetricsRegistry {
 public:
  MetricsRegistry() = default;
  MetricsRegistry(const MetricsRegistry&) = delete;
  MetricsRegistry& operator=(const MetricsRegistry&) = delete;

  // The metric of that name and these labels; asked again, the same one. A name has one kind and one help text.
  Counter& counter(std::string_view name, std::string_view help, Labels labels = {});
  Gauge& gauge(std::string_view name, std::string_view help, Labels labels = {});
  Histogram& histogram(std::string_view name, std::string_view help, HistogramUnit unit, Labels labels = {});

  // Everything in Prometheus text format 0.0.4, families by name.
  [[nodiscard]] std::string text() const;

 private:
  enum class Kind : std::uint8_t { counter, gauge, histogram };
  struct Series {
    std::unique_ptr<Counter> counter;
    std::unique_ptr<Gauge> gauge;
    std::unique_ptr<Histogram> histogram;
  };
  struct Family {
    Kind kind{};
    std::string help;
    std::map<std::string, Series, std::less<>> series;  // by label text, `a="x",b="y"`
  };
  Series& series_of(std::string_view name, std::string_view help, Kind kind, Labels labels);
  static void write_family(std::string& out, const std::string& name, const Family& family);

  mutable std::mutex mutex_;
  std::map<std::string, Family, std::less<>> families_;
};

}  // namespace provchain
