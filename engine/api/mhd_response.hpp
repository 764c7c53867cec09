// SPDX-License-Identifier: Apache-2.0
// From our Response to libmicrohttpd's. Server's thread.
#pragma once

#include <microhttpd.h>

#include "engine/api/response.hpp"

namespace provchain::api {

// MHD_NO when there is no memory for it: the connection is then closed.
[[nodiscard]] MHD_Result queue_response(MHD_Connection* connection, Response response);

}  // namespace provchain::api
