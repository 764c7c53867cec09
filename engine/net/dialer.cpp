// SPDX-License-Identifier: Apache-2.0
#include "engine/net/dialer.hpp"

#include <cstring>

#include "engine/net/address.hpp"
#include "engine/net/reactor.hpp"

namespace provchain::net {
namespace {

// A name with more addresses than this is tried at its first ones; the next dial asks the resolver again, which rotates them.
constexpr std::size_t kAddressesMax = 4;

}  // namespace

struct Dialer::Lookup {
  uv_getaddrinfo_t request{};
  Dialer* dialer = nullptr;
  std::unique_ptr<DialAttempt> attempt;
};

void Dialer::dial(std::uint32_t number, const std::string& host, std::uint16_t port, std::optional<NodeId> expected) {
  auto attempt = std::make_unique<DialAttempt>();
  attempt->number = number;
  attempt->expected = expected;
  if (const auto literal = parse_address(host, port)) {
    attempt->addresses.push_back(*literal);
    try_next(std::move(attempt), CloseReason::resolve_failed);
    return;
  }
  auto lookup = std::make_unique<Lookup>();
  lookup->dialer = this;
  lookup->attempt = std::move(attempt);
  lookup->request.data = lookup.get();
  addrinfo hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  const int code = uv_getaddrinfo(
      reactor_.loop(), &lookup->request,
      [](uv_getaddrinfo_t* request, int status, addrinfo* found) {
        std::unique_ptr<Lookup> done(static_cast<Lookup*>(request->data));
        Dialer* dialer = done->dialer;
        dialer->on_resolved(std::move(done), status, found);
      },
      host.c_str(), std::to_string(port).c_str(), &hints);
  if (code != 0) {
    try_next(std::move(lookup->attempt), CloseReason::resolve_failed);
    return;
  }
  lookups_.insert(lookup.release());
}

void Dialer::on_resolved(std::unique_ptr<Lookup> lookup, int status, addrinfo* found) {
  lookups_.erase(lookup.get());
  if (status == 0) {
    auto& addresses = lookup->attempt->addresses;
    for (const addrinfo* entry = found; entry != nullptr && addresses.size() < kAddressesMax; entry = entry->ai_next) {
      sockaddr_storage address{};
      if (entry->ai_addrlen > sizeof address) continue;
      std::memcpy(&address, entry->ai_addr, entry->ai_addrlen);
      addresses.push_back(address);
    }
  }
  uv_freeaddrinfo(found);
  try_next(std::move(lookup->attempt), CloseReason::resolve_failed);
}

void Dialer::try_next(std::unique_ptr<DialAttempt> attempt, CloseReason last_failure) {
  if (attempt->next_address == attempt->addresses.size()) {
    reactor_.report_dial_failed(attempt->number, last_failure);
    return;
  }
  const sockaddr_storage address = attempt->addresses[attempt->next_address++];
  reactor_.connect(address, std::move(attempt));
}

void Dialer::cancel_all() {
  for (Lookup* lookup : lookups_) uv_cancel(reinterpret_cast<uv_req_t*>(&lookup->request));
}

}  // namespace provchain::net
