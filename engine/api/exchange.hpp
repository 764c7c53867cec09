// SPDX-License-Identifier: Apache-2.0
// One request and its answer, from the request line to the last byte: a state machine that libmicrohttpd drives through its
// callbacks.
//   created ─ headers ─► receiving ─ whole body ─► handler ─► answered
//                                                     │ ▲
//                                             parked  ▼ │ woken
//                                                   waiting
// Server's thread only; the wait is the one part that others touch, and that lies in Waiters.
#pragma once

#include <microhttpd.h>

#include <memory>
#include <optional>

#include "engine/api/metrics.hpp"
#include "engine/api/router.hpp"
#include "engine/api/waiters.hpp"

namespace provchain::api {

// What all exchanges of a server share.
struct Service {
  const Context& context;
  const std::shared_ptr<Waiters>& waiters;
  Metrics& metrics;
};

class Exchange {
 public:
  // `target` as the request line has it.
  Exchange(const Service& service, std::string_view target);
  ~Exchange();
  Exchange(const Exchange&) = delete;
  Exchange& operator=(const Exchange&) = delete;

  // libmicrohttpd's access handler. MHD_NO closes the connection.
  MHD_Result on_call(MHD_Connection* connection, std::string_view method, const char* data, std::size_t* data_size);

 private:
  enum class Stage : std::uint8_t { created, receiving, waiting, answered };

  MHD_Result on_headers(MHD_Connection* connection, std::string_view method);
  MHD_Result on_data(Bytes data);
  MHD_Result on_complete(MHD_Connection* connection);
  MHD_Result on_woken(MHD_Connection* connection);

  [[nodiscard]] Result<void, Problem> admit(std::string_view method);
  void read_headers(MHD_Connection* connection);
  MHD_Result go_on(MHD_Connection* connection, Handled handled);
  MHD_Result wait(MHD_Connection* connection, PendingPtr pending);
  MHD_Result answer(MHD_Connection* connection, Response response);

  const Service& service_;
  std::string target_;
  Stage stage_ = Stage::created;
  Request request_;
  std::size_t header_bytes_ = 0;
  std::uint64_t body_bytes_max_;
  std::uint64_t body_bytes_ = 0;  // received, kept or not
  std::optional<Problem> refusal_;
  const Route* route_ = nullptr;
  std::optional<WaitId> wait_id_;
  PendingPtr pending_;
  unsigned status_ = 0;
  std::chrono::steady_clock::time_point started_ = std::chrono::steady_clock::now();
};

}  // namespace provchain::api
