// SPDX-License-Identifier: Apache-2.0
// Its accessors trust the lengths in the bytes, so only the parser that has checked them makes a list of them.
// expect: no matching function for call to
// expect: no matching conversion
#include "wire/byte_list.hpp"

namespace provchain::wire {

std::size_t count_of(Bytes received) {
#ifdef MISUSE
  return ByteList(received).size();
#else
  const auto list = ByteList::parse(MessageKind::certificates, received, 64, 1024);
  return list ? list->size() : 0;
#endif
}

}  // namespace provchain::wire
