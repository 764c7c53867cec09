// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

namespace provchain::node {

// As in CMakeLists.txt's project() line, whence the build passes it.
inline constexpr std::string_view version = PVC_VERSION;

}  // namespace provchain::node
