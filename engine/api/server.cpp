// SPDX-License-Identifier: Apache-2.0
#include "engine/api/server.hpp"

#include <microhttpd.h>
#include <unistd.h>

#include <cerrno>
#include <condition_variable>
#include <cstring>
#include <mutex>

#include "engine/api/exchange.hpp"
#include "engine/api/listener.hpp"

namespace provchain::api {
namespace {

// Header, and the window through which a body is received. libmicrohttpd answers 431 by itself to what does not fit.
constexpr std::size_t kConnectionMemoryBytes = std::size_t{64} << 10;
// How long stop() lets the answers to waiting requests go out.
constexpr std::chrono::seconds kGoodbye{2};

}  // namespace

struct Server::Impl {
  Impl(ServerOptions options_in, Backend backend_in)
      : options(std::move(options_in)),
        backend(std::move(backend_in)),
        metrics(*backend.metrics),
        waiters(std::make_shared<Waiters>(backend, metrics.waiting())) {}

  [[nodiscard]] bool start(int listen_fd);
  void stop();
  void end_exchange(Exchange* exchange);

  static void* on_target(void* closure, const char* target, MHD_Connection* connection);
  static MHD_Result on_call(void* closure, MHD_Connection* connection, const char* url, const char* method, const char* version,
                            const char* data, std::size_t* data_size, void** exchange);
  static void on_completed(void* closure, MHD_Connection* connection, void** exchange, MHD_RequestTerminationCode code);

  const ServerOptions options;
  const Backend backend;
  const Context context{options, backend};
  Metrics metrics;
  std::shared_ptr<Waiters> waiters;  // shared with the replies that are still to come, see waiters.hpp
  const Service service{context, waiters, metrics};
  MHD_Daemon* daemon = nullptr;
  std::uint16_t port = 0;
  std::mutex mutex;
  std::condition_variable ended;
  std::size_t open = 0;
};

bool Server::Impl::start(int listen_fd) {
  const unsigned flags = MHD_USE_EPOLL_INTERNAL_THREAD | MHD_ALLOW_SUSPEND_RESUME;
  daemon = MHD_start_daemon(flags, 0, nullptr, nullptr, on_call, this,                                       //
                            MHD_OPTION_LISTEN_SOCKET, listen_fd,                                             //
                            MHD_OPTION_URI_LOG_CALLBACK, on_target, this,                                    //
                            MHD_OPTION_NOTIFY_COMPLETED, on_completed, this,                                 //
                            MHD_OPTION_CONNECTION_LIMIT, static_cast<unsigned>(options.connections_max),     //
                            MHD_OPTION_CONNECTION_TIMEOUT, static_cast<unsigned>(options.idle_seconds_max),  //
                            MHD_OPTION_CONNECTION_MEMORY_LIMIT, kConnectionMemoryBytes,                      //
                            MHD_OPTION_END);
  if (daemon == nullptr) return false;
  waiters->start();
  return true;
}

void Server::Impl::stop() {
  waiters->stop();
  if (daemon == nullptr) return;
  {
    std::unique_lock lock(mutex);
    ended.wait_for(lock, kGoodbye, [this] { return open == 0; });
  }
  MHD_stop_daemon(std::exchange(daemon, nullptr));
}

void* Server::Impl::on_target(void* closure, const char* target, MHD_Connection*) {
  auto& self = *static_cast<Impl*>(closure);
  {
    const std::lock_guard lock(self.mutex);
    ++self.open;
  }
  return new Exchange(self.service, target);
}

MHD_Result Server::Impl::on_call(void*, MHD_Connection* connection, const char*, const char* method, const char*,
                                 const char* data, std::size_t* data_size, void** exchange) {
  return static_cast<Exchange*>(*exchange)->on_call(connection, method, data, data_size);
}

void Server::Impl::on_completed(void* closure, MHD_Connection*, void** exchange, MHD_RequestTerminationCode) {
  static_cast<Impl*>(closure)->end_exchange(static_cast<Exchange*>(std::exchange(*exchange, nullptr)));
}

void Server::Impl::end_exchange(Exchange* exchange) {
  if (exchange == nullptr) return;
  delete exchange;
  const std::lock_guard lock(mutex);
  --open;
  ended.notify_all();
}

Server::Server(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Server::~Server() { stop(); }

Result<std::unique_ptr<Server>, ServerError> Server::start(ServerOptions options, Backend backend) {
  PVC_TRY(const Listener listener, listen_on(options.host, options.port));
  auto impl = std::make_unique<Impl>(std::move(options), std::move(backend));
  impl->port = listener.port;
  if (!impl->start(listener.fd)) {
    ::close(listener.fd);
    return std::unexpected(ServerError{"api: cannot start the HTTP server on port " + std::to_string(listener.port)});
  }
  return std::unique_ptr<Server>(new Server(std::move(impl)));
}

std::uint16_t Server::port() const { return impl_->port; }
void Server::on_progress() { impl_->waiters->on_progress(); }
void Server::stop() { impl_->stop(); }

}  // namespace provchain::api
