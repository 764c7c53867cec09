// SPDX-License-Identifier: Apache-2.0
#include "storage/stop_note.hpp"

#include <algorithm>

#include "storage/small_file.hpp"

namespace provchain::storage {
namespace {

constexpr std::string_view kMagic = "provchain-stop 1\n";
constexpr std::string_view kQuarantine = "quarantine ";
constexpr std::string_view kHalt = "halt ";
constexpr std::string_view kCertificate = "certificate ";
// Two notes with two certificates each of the largest set of authorities stay far below this.
constexpr std::size_t kFileBytesMax = 1'048'576;

std::string text_of(const StopNote& note) {
  std::string reason = note.reason;
  std::ranges::replace_if(reason, [](char c) { return c == '\n' || c == '\r'; }, ' ');
  std::string text(note.kind == StopKind::halt ? kHalt : kQuarantine);
  text += reason + "\n";
  for (const ByteVector& certificate : note.certificates) {
    text += kCertificate;
    text += to_hex(certificate) + "\n";
  }
  return text;
}

// Adds what the line says; false when it says nothing we wrote.
bool add_line(std::string_view line, std::vector<StopNote>& notes) {
  const auto take = [&line](std::string_view word) {
    if (!line.starts_with(word)) return false;
    line.remove_prefix(word.size());
    return true;
  };
  if (take(kQuarantine)) {
    notes.push_back({StopKind::quarantine, std::string(line), {}});
    return true;
  }
  if (take(kHalt)) {
    notes.push_back({StopKind::halt, std::string(line), {}});
    return true;
  }
  if (!take(kCertificate) || notes.empty()) return false;
  ByteVector bytes(line.size() / 2);
  if (!from_hex(line, bytes)) return false;
  notes.back().certificates.push_back(std::move(bytes));
  return true;
}

std::filesystem::path file_of(const DataDir& directory) { return directory.path() / "STOPPED"; }

}  // namespace

StorageResult<std::vector<StopNote>> read_stop_notes(const DataDir& directory) {
  std::error_code ignored;
  const std::filesystem::path path = file_of(directory);
  std::vector<StopNote> notes;
  if (!std::filesystem::exists(std::filesystem::symlink_status(path, ignored))) return notes;
  const Error damaged{.code = Errc::corrupt, .where = "data", .detail = path.string()};
  PVC_TRY(const std::string text, read_small_file(path, kFileBytesMax));
  std::string_view rest = text;
  if (!rest.starts_with(kMagic)) return std::unexpected(damaged);
  rest.remove_prefix(kMagic.size());
  while (!rest.empty()) {
    const std::size_t end = rest.find('\n');
    if (end == std::string_view::npos || !add_line(rest.substr(0, end), notes)) return std::unexpected(damaged);
    rest.remove_prefix(end + 1);
  }
  if (notes.empty()) return std::unexpected(damaged);
  return notes;
}

StorageResult<void> add_stop_note(const DataDir& directory, const StopNote& note) {
  PVC_TRY(std::vector<StopNote> notes, read_stop_notes(directory));
  if (std::ranges::find(notes, note.kind, &StopNote::kind) != notes.end()) return {};
  notes.push_back(note);
  std::string text(kMagic);
  for (const StopNote& each : notes) text += text_of(each);
  return write_small_file(file_of(directory), text);
}

}  // namespace provchain::storage
