// SPDX-License-Identifier: Apache-2.0
#include "engine/api/mhd_response.hpp"

#include <memory>

namespace provchain::api {
namespace {

constexpr std::size_t kStreamBlockBytes = std::size_t{64} << 10;

struct DestroyResponse {
  void operator()(MHD_Response* response) const { MHD_destroy_response(response); }
};
using ResponsePtr = std::unique_ptr<MHD_Response, DestroyResponse>;

struct Stream {
  BodySource source;
  std::string piece;
  std::size_t sent = 0;
};

ssize_t read_stream(void* closure, std::uint64_t, char* buffer, std::size_t size) {
  auto& stream = *static_cast<Stream*>(closure);
  if (stream.sent == stream.piece.size()) {
    auto next = stream.source();
    if (!next) return MHD_CONTENT_READER_END_WITH_ERROR;
    if (next->empty()) return MHD_CONTENT_READER_END_OF_STREAM;
    stream.piece = *std::move(next);
    stream.sent = 0;
  }
  const std::size_t count = stream.piece.copy(buffer, size, stream.sent);
  stream.sent += count;
  return static_cast<ssize_t>(count);
}

void free_stream(void* closure) { delete static_cast<Stream*>(closure); }
void free_text(void* closure) { delete static_cast<std::string*>(closure); }

ResponsePtr make_response(Response response) {
  if (response.source) {
    auto stream = std::make_unique<Stream>(Stream{std::move(response.source), {}, 0});
    ResponsePtr made(
        MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, kStreamBlockBytes, read_stream, stream.get(), free_stream));
    if (made) static_cast<void>(stream.release());
    return made;
  }
  if (response.body.empty()) return ResponsePtr(MHD_create_response_from_buffer(0, nullptr, MHD_RESPMEM_PERSISTENT));
  auto text = std::make_unique<std::string>(std::move(response.body));
  ResponsePtr made(MHD_create_response_from_buffer_with_free_callback_cls(text->size(), text->data(), free_text, text.get()));
  if (made) static_cast<void>(text.release());
  return made;
}

}  // namespace

MHD_Result queue_response(MHD_Connection* connection, Response response) {
  const unsigned status = response.status;
  const std::string content_type = std::move(response.content_type);
  const auto headers = std::move(response.headers);
  const ResponsePtr made = make_response(std::move(response));
  if (!made) return MHD_NO;
  MHD_add_response_header(made.get(), MHD_HTTP_HEADER_CONTENT_TYPE, content_type.c_str());
  // What a client stored may not be run as something else by a browser.
  MHD_add_response_header(made.get(), "X-Content-Type-Options", "nosniff");
  for (const auto& [name, value] : headers) MHD_add_response_header(made.get(), name.c_str(), value.c_str());
  return MHD_queue_response(connection, status, made.get());
}

}  // namespace provchain::api
