// SPDX-License-Identifier: Apache-2.0
#include "tools/cli/http.hpp"

#include <curl/curl.h>

#include <array>
#include <cstdlib>

#include "tools/cli/outcome.hpp"

namespace provchain::cli {
namespace {

constexpr std::size_t kAnswerBytesMax = 1'024UL << 20;

std::size_t take_body(char* data, std::size_t size, std::size_t count, void* out) {
  auto& body = static_cast<Response*>(out)->body;
  if (body.size() + size * count > kAnswerBytesMax) return 0;
  body.append(data, size * count);
  return size * count;
}

std::size_t take_header(char* data, std::size_t size, std::size_t count, void* out) {
  const std::string_view line(data, size * count);
  constexpr std::string_view name = "retry-after:";
  if (line.size() > name.size()) {
    std::string lower(line.substr(0, name.size()));
    for (char& c : lower) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    if (lower == name) static_cast<Response*>(out)->retry_after_seconds = std::strtoull(data + name.size(), nullptr, 10);
  }
  return size * count;
}

}  // namespace

Client::Client(std::string base_url) : base_url_(std::move(base_url)), handle_(curl_easy_init()) {
  if (handle_ == nullptr) fail(Exit::unreachable, "libcurl cannot be used");
  while (base_url_.ends_with('/')) base_url_.pop_back();
  if (!base_url_.starts_with("http://") && !base_url_.starts_with("https://"))
    fail(Exit::usage, "--api " + base_url_ + ": expected http://host:port");
}

Client::~Client() { curl_easy_cleanup(handle_); }

Response Client::perform(const std::string& path, long timeout_seconds) {
  Response response;
  const std::string url = base_url_ + path;
  curl_easy_setopt(handle_, CURLOPT_URL, url.c_str());
  curl_easy_setopt(handle_, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(handle_, CURLOPT_NOPROXY, "localhost,127.0.0.1,::1");  // a proxy's loopback is not ours
  curl_easy_setopt(handle_, CURLOPT_CONNECTTIMEOUT, 5L);
  curl_easy_setopt(handle_, CURLOPT_TIMEOUT, timeout_seconds);
  curl_easy_setopt(handle_, CURLOPT_TCP_NODELAY, 1L);
  curl_easy_setopt(handle_, CURLOPT_WRITEFUNCTION, take_body);
  curl_easy_setopt(handle_, CURLOPT_WRITEDATA, &response);
  curl_easy_setopt(handle_, CURLOPT_HEADERFUNCTION, take_header);
  curl_easy_setopt(handle_, CURLOPT_HEADERDATA, &response);
  const CURLcode code = curl_easy_perform(handle_);
  if (code != CURLE_OK) fail(Exit::unreachable, base_url_ + ": " + curl_easy_strerror(code) + "; is the node running?");
  curl_easy_getinfo(handle_, CURLINFO_RESPONSE_CODE, &response.status);
  const char* type = nullptr;
  curl_easy_getinfo(handle_, CURLINFO_CONTENT_TYPE, &type);
  if (type != nullptr) response.content_type = type;
  return response;
}

Response Client::get(const std::string& path, long timeout_seconds) {
  curl_easy_setopt(handle_, CURLOPT_HTTPGET, 1L);
  curl_easy_setopt(handle_, CURLOPT_HTTPHEADER, nullptr);
  return perform(path, timeout_seconds);
}

Response Client::post(const std::string& path, Bytes body, const std::string& content_type, long timeout_seconds) {
  curl_slist* headers = curl_slist_append(nullptr, ("Content-Type: " + content_type).c_str());
  headers = curl_slist_append(headers, "Expect:");  // no 100-continue: it costs a round trip for each transaction
  curl_easy_setopt(handle_, CURLOPT_POST, 1L);
  curl_easy_setopt(handle_, CURLOPT_POSTFIELDS, reinterpret_cast<const char*>(body.data()));
  curl_easy_setopt(handle_, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(body.size()));
  curl_easy_setopt(handle_, CURLOPT_HTTPHEADER, headers);
  struct FreeHeaders {
    curl_slist* list;
    ~FreeHeaders() { curl_slist_free_all(list); }
  } const guard{headers};
  return perform(path, timeout_seconds);
}

nlohmann::json Client::get_json(const std::string& path, long timeout_seconds) {
  const Response response = get(path, timeout_seconds);
  if (!response.ok()) fail(Exit::negative, problem_line(response));
  return parse_json(response.body);
}

std::string percent_encode(std::string_view text) {
  static constexpr char kDigits[] = "0123456789ABCDEF";
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (std::isalnum(byte) != 0 || c == '-' || c == '.' || c == '_' || c == '~') {
      out.push_back(c);
    } else {
      out.push_back('%');
      out.push_back(kDigits[byte >> 4]);
      out.push_back(kDigits[byte & 15]);
    }
  }
  return out;
}

std::string problem_line(const Response& response) {
  const auto problem = nlohmann::json::parse(response.body, nullptr, false);
  if (!problem.is_object() || !problem.contains("code"))
    return "the node answered with status " + std::to_string(response.status);
  return problem.value("code", "") + ": " + problem.value("detail", problem.value("title", ""));
}

std::string problem_code(const Response& response) {
  const auto problem = nlohmann::json::parse(response.body, nullptr, false);
  return problem.is_object() ? problem.value("code", "") : "";
}

nlohmann::json parse_json(const std::string& text) {
  auto value = nlohmann::json::parse(text, nullptr, false);
  if (value.is_discarded()) fail(Exit::negative, "the node's answer is not JSON");
  return value;
}

}  // namespace provchain::cli
