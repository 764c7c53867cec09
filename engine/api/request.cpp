// SPDX-License-Identifier: Apache-2.0
#include "engine/api/request.hpp"

namespace provchain::api {

Method method_of(std::string_view name) {
  if (name == "GET") return Method::get;
  if (name == "HEAD") return Method::head;
  if (name == "POST") return Method::post;
  return Method::other;
}

}  // namespace provchain::api
