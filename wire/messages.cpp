// SPDX-License-Identifier: Apache-2.0
#include "wire/messages.hpp"

#include "base/check.hpp"
#include "wire/registry.hpp"

namespace provchain::wire {

SharedBytes part_of(const SharedBytes& whole, Bytes part) {
  PVC_CHECK(part.data() >= whole.view().data());
  return whole.slice(static_cast<std::size_t>(part.data() - whole.view().data()), part.size());
}

OutMessage one_way(MessageKind kind, SharedBytes payload) {
  PVC_CHECK(info_of(kind).answering != Answering::always);
  OutMessage message;
  message.kind = kind;
  message.payload = std::move(payload);
  return message;
}

OutMessage request(MessageKind kind, std::uint32_t corr, SharedBytes payload) {
  OutMessage message = one_way(kind, std::move(payload));
  message.corr = corr;
  return message;
}

OutMessage answer(MessageKind kind, std::uint32_t corr, SharedBytes payload) {
  PVC_CHECK(info_of(kind).answering != Answering::never);
  OutMessage message;
  message.kind = kind;
  message.response = true;
  message.corr = corr;
  message.payload = std::move(payload);
  return message;
}

}  // namespace provchain::wire
