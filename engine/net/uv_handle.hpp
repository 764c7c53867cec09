// SPDX-License-Identifier: Apache-2.0
// Owners of libuv handles. libuv keeps a pointer to a handle from its init call until its close callback, so a handle never
// moves, is closed exactly once, and its memory goes in the close callback: the destructor here starts that, the loop finishes
// it. Used for handles without requests (timer, prepare, check, async, listener); a connection, whose write requests complete
// after uv_close, owns its handle itself.
//
// Threads: everything belongs to the loop's thread, or to the thread that set the loop up before it runs.
#pragma once

#include <uv.h>

#include <utility>

#include "base/check.hpp"

namespace provchain::net {

template <class Handle>
class UvHandle {
 public:
  // `init` is the uv_*_init call; it must not fail, which holds for the kinds that need no system resource, and for async on a
  // fresh loop.
  template <class Init>
  UvHandle(void* owner, Init&& init) : handle_(new Handle) {
    const int code = std::forward<Init>(init)(handle_);
    PVC_CHECK(code == 0);
    handle_->data = owner;
  }
  ~UvHandle() { close(); }
  UvHandle(const UvHandle&) = delete;
  UvHandle& operator=(const UvHandle&) = delete;

  // Valid until close(). No callback of the handle comes after close().
  [[nodiscard]] Handle* get() const { return handle_; }
  void close() {
    if (handle_ == nullptr) return;
    uv_close(reinterpret_cast<uv_handle_t*>(std::exchange(handle_, nullptr)),
             [](uv_handle_t* closed) { delete reinterpret_cast<Handle*>(closed); });
  }

 private:
  Handle* handle_;
};

}  // namespace provchain::net
