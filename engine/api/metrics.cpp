// SPDX-License-Identifier: Apache-2.0
#include "engine/api/metrics.hpp"

#include <string>

namespace provchain::api {

Metrics::Metrics(MetricsRegistry& registry)
    : registry_(registry),
      waiting_(registry.gauge("provchain_api_waiting_requests", "Requests that wait for a reply, a height or a transaction.")) {}

void Metrics::count(std::string_view route, unsigned status, std::chrono::steady_clock::duration taken) {
  Counter*& requests = requests_[{route, status}];
  if (requests == nullptr)
    requests = &registry_.counter("provchain_api_requests_total", "Answered requests by route and status.",
                                  {{"route", route}, {"status", std::to_string(status)}});
  requests->add();
  Histogram*& durations = durations_[route];
  if (durations == nullptr)
    durations = &registry_.histogram("provchain_api_request_duration_seconds",
                                     "From a request's first line to the end of its answer, waits included.", kMicroseconds,
                                     {{"route", route}});
  durations->record(static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::microseconds>(taken).count()));
}

}  // namespace provchain::api
