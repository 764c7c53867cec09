// SPDX-License-Identifier: Apache-2.0
#include "engine/api/response.hpp"

#include <microhttpd.h>

namespace provchain::api {

Response json_response(const Json& value, unsigned status) {
  Response response;
  response.status = status;
  response.content_type = "application/json";
  response.body = value.dump(-1, ' ', false, Json::error_handler_t::replace);
  response.body.push_back('\n');
  return response;
}

Response text_response(std::string text, unsigned status) {
  Response response;
  response.status = status;
  response.content_type = "text/plain; charset=utf-8";
  response.body = std::move(text);
  return response;
}

std::string_view reason_phrase(unsigned status) { return MHD_get_reason_phrase_for(status); }

}  // namespace provchain::api
