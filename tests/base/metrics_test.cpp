// SPDX-License-Identifier: Apache-2.0
#include "base/metrics.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <thread>
#include <vector>

namespace provchain {
namespace {

TEST(MetricsRegistry, WritesFamiliesInPrometheusTextFormat) {
  MetricsRegistry registry;
  registry.counter("provchain_messages_total", "Messages seen.", {{"class", "p0"}, {"way", "in"}}).add(3);
  registry.counter("provchain_messages_total", "Messages seen.", {{"class", "p1"}, {"way", "in"}}).add();
  registry.gauge("provchain_connections", "Open connections.").set(-2);
  EXPECT_EQ(registry.text(),
            "# HELP provchain_connections Open connections.\n"
            "# TYPE provchain_connections gauge\n"
            "provchain_connections -2\n"
            "# HELP provchain_messages_total Messages seen.\n"
            "# TYPE provchain_messages_total counter\n"
            "provchain_messages_total{class=\"p0\",way=\"in\"} 3\n"
            "provchain_messages_total{class=\"p1\",way=\"in\"} 1\n");
}

TEST(MetricsRegistry, WritesCumulativeBucketsInBaseUnits) {
  MetricsRegistry registry;
  Histogram& delay = registry.histogram("provchain_delay_seconds", "A delay.", HistogramUnit{1e-6, 1, 3});
  for (const std::uint64_t us : {1U, 2U, 5U, 1000U}) delay.record(us);
  EXPECT_EQ(registry.text(),
            "# HELP provchain_delay_seconds A delay.\n"
            "# TYPE provchain_delay_seconds histogram\n"
            "provchain_delay_seconds_bucket{le=\"2e-06\"} 1\n"
            "provchain_delay_seconds_bucket{le=\"4e-06\"} 2\n"
            "provchain_delay_seconds_bucket{le=\"8e-06\"} 3\n"
            "provchain_delay_seconds_bucket{le=\"+Inf\"} 4\n"
            "provchain_delay_seconds_sum 0.001008\n"
            "provchain_delay_seconds_count 4\n");
}

TEST(MetricsRegistry, EscapesLabelValues) {
  MetricsRegistry registry;
  registry.counter("provchain_odd_total", "Odd.", {{"name", "a\"b\\c\nd"}}).add();
  EXPECT_NE(registry.text().find("{name=\"a\\\"b\\\\c\\nd\"} 1"), std::string::npos);
}

TEST(MetricsRegistry, GivesTheSameObjectForTheSameNameAndLabels) {
  MetricsRegistry registry;
  EXPECT_EQ(&registry.counter("provchain_a_total", "A.", {{"x", "1"}}),
            &registry.counter("provchain_a_total", "A.", {{"x", "1"}}));
  EXPECT_NE(&registry.counter("provchain_a_total", "A.", {{"x", "1"}}),
            &registry.counter("provchain_a_total", "A.", {{"x", "2"}}));
}

TEST(Histogram, QuantilesAreWithinAnEighthOfTheSortedSample) {
  std::mt19937_64 random(1);
  Histogram histogram(kMicroseconds);
  std::vector<std::uint64_t> sample;
  for (int i = 0; i < 20'000; ++i) {
    const std::uint64_t value = random() >> (random() % 64);
    sample.push_back(value);
    histogram.record(value);
  }
  std::sort(sample.begin(), sample.end());
  for (const double share : {0.001, 0.1, 0.5, 0.9, 0.99, 1.0}) {
    const auto rank = std::max<std::size_t>(1, static_cast<std::size_t>(share * static_cast<double>(sample.size())));
    const std::uint64_t exact = sample[rank - 1];
    const std::uint64_t estimate = histogram.quantile(share);
    EXPECT_GE(estimate, exact) << share;
    EXPECT_LE(estimate - exact, exact / 8) << share;
  }
}

TEST(Histogram, RecordsFromManyThreads) {
  Histogram histogram(kSizeBytes);
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t)
    threads.emplace_back([&histogram] {
      for (std::uint64_t i = 0; i < 10'000; ++i) histogram.record(i);
    });
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(histogram.count(), 40'000U);
  EXPECT_EQ(histogram.sum(), 4U * 9'999 * 10'000 / 2);
}

}  // namespace
}  // namespace provchain
