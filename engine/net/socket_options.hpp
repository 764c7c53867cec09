// SPDX-License-Identifier: Apache-2.0
// What every peer socket is set to.
#pragma once

#include <uv.h>

namespace provchain::net {

// No delay for small records; a short kernel queue, because what is in it cannot be overtaken by a vote; and an end for data that
// nobody acknowledges. A kernel that knows one of them not is still good enough, so failures are ignored.
void prepare_socket(uv_tcp_t& socket);

}  // namespace provchain::net
