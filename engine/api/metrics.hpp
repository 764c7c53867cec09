// SPDX-License-Identifier: Apache-2.0
// What the API measures of itself. Server's thread; the gauge is touched by any.
#pragma once

#include <chrono>
#include <map>
#include <string_view>
#include <utility>

#include "base/metrics.hpp"

namespace provchain::api {

class Metrics {
 public:
  explicit Metrics(MetricsRegistry& registry);

  // One request is over. `route` is a pattern of the route table: a path as it was sent would make as many series as there are
  // paths.
  void count(std::string_view route, unsigned status, std::chrono::steady_clock::duration taken);
  [[nodiscard]] Gauge& waiting() PVC_LIFETIMEBOUND { return waiting_; }

 private:
  MetricsRegistry& registry_;
  Gauge& waiting_;
  std::map<std::pair<std::string_view, unsigned>, Counter*> requests_;
  std::map<std::string_view, Histogram*> durations_;
};

}  // namespace provchain::api
