// SPDX-License-Identifier: Apache-2.0
#include "engine/api/exchange.hpp"

#include <charconv>
#include <utility>

#include "engine/api/access.hpp"
#include "engine/api/mhd_response.hpp"

namespace provchain::api {
namespace {

constexpr std::size_t kHeaderBytesMax = std::size_t{16} << 10;
constexpr std::string_view kOtherRoute = "other";
// How much of a body that is not wanted is read and thrown away before the answer: a connection that is closed on unread bytes is
// reset, and its client might never see why. Whoever sends more than that has to live with it.
constexpr std::uint64_t kDiscardedBytesMax = 64 * std::uint64_t{1'048'576};

std::optional<std::string> header_of(MHD_Connection* connection, const char* name) {
  const char* value = MHD_lookup_connection_value(connection, MHD_HEADER_KIND, name);
  return value == nullptr ? std::nullopt : std::optional<std::string>(value);
}

MHD_Result add_header_bytes(void* sum, MHD_ValueKind, const char* name, const char* value) {
  *static_cast<std::size_t*>(sum) += std::string_view(name).size() + (value == nullptr ? 0 : std::string_view(value).size()) + 4;
  return MHD_YES;
}

Problem too_large(std::uint64_t most) { return {413, "too_large", "a body may have at most " + std::to_string(most) + " bytes"}; }

}  // namespace

Exchange::Exchange(const Service& service, std::string_view target)
    : service_(service), target_(target), body_bytes_max_(service.context.options.body_bytes_max) {}

Exchange::~Exchange() {
  if (wait_id_) service_.waiters->forget(*wait_id_);
  if (status_ != 0)
    service_.metrics.count(route_ == nullptr ? kOtherRoute : route_->pattern, status_,
                           std::chrono::steady_clock::now() - started_);
}

MHD_Result Exchange::on_call(MHD_Connection* connection, std::string_view method, const char* data, std::size_t* data_size) {
  switch (stage_) {
    case Stage::created:
      return on_headers(connection, method);
    case Stage::receiving: {
      if (*data_size == 0) return on_complete(connection);
      const std::size_t size = std::exchange(*data_size, 0);
      return on_data({reinterpret_cast<const std::uint8_t*>(data), size});
    }
    case Stage::waiting:
      return on_woken(connection);
    case Stage::answered:
      return MHD_NO;
  }
  PVC_UNREACHABLE();
}

void Exchange::read_headers(MHD_Connection* connection) {
  header_bytes_ = target_.size();
  MHD_get_connection_values(connection, MHD_HEADER_KIND, add_header_bytes, &header_bytes_);
  request_.host = header_of(connection, MHD_HTTP_HEADER_HOST).value_or("");
  request_.origin = header_of(connection, MHD_HTTP_HEADER_ORIGIN);
  request_.authorization = header_of(connection, MHD_HTTP_HEADER_AUTHORIZATION);
  request_.content_type = header_of(connection, MHD_HTTP_HEADER_CONTENT_TYPE).value_or("");
}

// Everything that can be said before the body.
Result<void, Problem> Exchange::admit(std::string_view method) {
  if (header_bytes_ > kHeaderBytesMax)
    return std::unexpected(Problem(431, "headers_too_large", "at most " + std::to_string(kHeaderBytesMax) + " bytes of header"));
  PVC_TRY_VOID(check_sender(request_, service_.context.options.host));
  const std::string_view target = target_;
  const std::size_t question = std::min(target.find('?'), target.size());
  request_.method = method_of(method);
  request_.path = target.substr(0, question);
  PVC_TRY(Match match, find_route(request_.method, request_.path));
  route_ = match.route;
  request_.argument = std::move(match.argument);
  PVC_TRY(request_.query, QueryParams::parse(target.substr(std::min(question + 1, target.size()))));
  PVC_TRY_VOID(check_parameters(*route_, request_));
  if (route_->body_gate != nullptr) {
    PVC_TRY(body_bytes_max_, route_->body_gate(service_.context, request_));
  }
  return {};
}

MHD_Result Exchange::on_headers(MHD_Connection* connection, std::string_view method) {
  stage_ = Stage::receiving;
  read_headers(connection);
  if (auto admitted = admit(method); !admitted) refusal_.emplace(std::move(admitted.error()));
  const std::string length = header_of(connection, MHD_HTTP_HEADER_CONTENT_LENGTH).value_or("0");
  std::uint64_t declared = 0;
  const auto [end, error] = std::from_chars(length.data(), length.data() + length.size(), declared);
  const bool is_too_large = error == std::errc::result_out_of_range || declared > body_bytes_max_;
  if (is_too_large && !refusal_) refusal_.emplace(too_large(body_bytes_max_));
  if (!refusal_) return MHD_YES;
  // A client that asks before it sends hears the answer at once; so does one that threatens to send for ever.
  const bool asks_first = header_of(connection, MHD_HTTP_HEADER_EXPECT).has_value();
  if (asks_first || error == std::errc::result_out_of_range || declared > kDiscardedBytesMax)
    return answer(connection, to_response(*refusal_));
  return MHD_YES;
}

MHD_Result Exchange::on_data(Bytes data) {
  body_bytes_ += data.size();
  if (body_bytes_ > body_bytes_max_ + kDiscardedBytesMax) return MHD_NO;  // chunks without end
  if (body_bytes_ > body_bytes_max_ && !refusal_) refusal_.emplace(too_large(body_bytes_max_));
  if (refusal_)
    request_.body = {};
  else if (route_->body_gate != nullptr)
    request_.body.append(as_text(data));
  return MHD_YES;
}

MHD_Result Exchange::on_complete(MHD_Connection* connection) {
  if (refusal_) return answer(connection, to_response(*refusal_));
  return go_on(connection, run_route(service_.context, *route_, request_));
}

MHD_Result Exchange::on_woken(MHD_Connection* connection) {
  const Woken woken = service_.waiters->take(*std::exchange(wait_id_, std::nullopt));
  if (woken.wake == Wake::client_gone) return MHD_NO;
  if (woken.wake == Wake::stopping) return answer(connection, to_response(stopping()));
  const PendingPtr pending = std::move(pending_);
  return go_on(connection, pending->then(woken));
}

MHD_Result Exchange::go_on(MHD_Connection* connection, Handled handled) {
  if (!handled) return answer(connection, to_response(handled.error()));
  if (auto* response = std::get_if<Response>(&*handled)) return answer(connection, std::move(*response));
  return wait(connection, std::get<PendingPtr>(std::move(*handled)));
}

MHD_Result Exchange::wait(MHD_Connection* connection, PendingPtr pending) {
  stage_ = Stage::waiting;
  pending_ = std::move(pending);
  wait_id_ = service_.waiters->add(pending_->goal, pending_->deadline, connection);
  if (pending_->ask) {
    auto reply = [waiters = service_.waiters, id = *wait_id_](const TxId&, const TxState& state) { waiters->answer(id, state); };
    if (!pending_->ask(std::move(reply))) service_.waiters->give_up(*wait_id_);
  }
  if (service_.waiters->park(*wait_id_)) return MHD_YES;
  return on_woken(connection);
}

MHD_Result Exchange::answer(MHD_Connection* connection, Response response) {
  stage_ = Stage::answered;
  status_ = response.status;
  request_.body = {};
  return queue_response(connection, std::move(response));
}

}  // namespace provchain::api
