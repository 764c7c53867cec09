// SPDX-License-Identifier: Apache-2.0
#include "storage/rdf/iri_resolve.hpp"

#include <algorithm>

#include "storage/rdf/term.hpp"

namespace provchain::storage::rdf {
namespace {

// The five components with their delimiters, so that joining them is concatenation and "empty" differs from "absent".
struct Parts {
  std::string_view scheme;     // "http:"
  std::string_view authority;  // "//host:port"
  std::string_view path;
  std::string_view query;     // "?…"
  std::string_view fragment;  // "#…"
};

std::string_view take_until(std::string_view& text, std::string_view delimiters) {
  const std::size_t end = std::min(text.find_first_of(delimiters), text.size());
  const std::string_view taken = text.substr(0, end);
  text.remove_prefix(end);
  return taken;
}

Parts split(std::string_view text) {
  Parts parts;
  if (is_absolute(text)) {
    const std::size_t scheme_bytes = text.find(':') + 1;
    parts.scheme = text.substr(0, scheme_bytes);
    text.remove_prefix(scheme_bytes);
  }
  if (text.starts_with("//")) {
    std::string_view rest = text.substr(2);
    const std::size_t host_bytes = take_until(rest, "/?#").size();
    parts.authority = text.substr(0, 2 + host_bytes);
    text = rest;
  }
  parts.path = take_until(text, "?#");
  parts.query = take_until(text, "#");
  parts.fragment = text;
  return parts;
}

// RFC 3986 section 5.2.4: each segment goes to the output, but "." goes nowhere and ".." takes one back.
std::string remove_dot_segments(std::string_view path) {
  std::string out;
  while (!path.empty()) {
    if (path.starts_with("../")) {
      path.remove_prefix(3);
    } else if (path.starts_with("./") || path.starts_with("/./")) {
      path.remove_prefix(2);
    } else if (path == "/.") {
      path = "/";
    } else if (path.starts_with("/../") || path == "/..") {
      path = path.size() == 3 ? std::string_view("/") : path.substr(3);
      const std::size_t last = out.rfind('/');
      out.resize(last == std::string::npos ? 0 : last);
    } else if (path == "." || path == "..") {
      break;
    } else {
      const std::size_t end = std::min(path.find('/', 1), path.size());
      out += path.substr(0, end);
      path.remove_prefix(end);
    }
  }
  return out;
}

std::string merge(const Parts& base, std::string_view path) {
  if (!base.authority.empty() && base.path.empty()) return "/" + std::string(path);
  const std::size_t last = base.path.rfind('/');
  return std::string(base.path.substr(0, last == std::string_view::npos ? 0 : last + 1)) + std::string(path);
}

}  // namespace

std::string resolve_iri(std::string_view base_text, std::string_view reference_text) {
  const Parts reference = split(reference_text);
  const Parts base = split(base_text);
  std::string out(reference.scheme.empty() ? base.scheme : reference.scheme);
  std::string_view query = reference.query;
  if (!reference.scheme.empty() || !reference.authority.empty()) {
    out += reference.authority;
    out += remove_dot_segments(reference.path);
  } else {
    out += base.authority;
    if (reference.path.empty()) {
      out += base.path;
      if (query.empty()) query = base.query;
    } else if (reference.path.starts_with("/")) {
      out += remove_dot_segments(reference.path);
    } else {
      out += remove_dot_segments(merge(base, reference.path));
    }
  }
  out += query;
  out += reference.fragment;
  return out;
}

}  // namespace provchain::storage::rdf
