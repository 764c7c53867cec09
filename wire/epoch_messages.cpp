// SPDX-License-Identifier: Apache-2.0
#include "wire/epoch_messages.hpp"

#include "base/check.hpp"
#include "base/limits.hpp"
#include "crypto/format/block_header.hpp"
#include "wire/byte_list.hpp"
#include "wire/layout.hpp"
#include "wire/registry.hpp"

namespace provchain::wire {

using crypto::format::EpochEndView;

namespace {

constexpr std::size_t kStrings = 3;  // of each epoch
constexpr std::size_t kLengthBytes = 4;
// u16 n ‖ n × {key[32], u8 length, name}
constexpr std::size_t kAuthoritiesBytesMax = 2 + limits::authorities_max * (PublicKey::kSize + 1 + 255);

}  // namespace

SharedBytes build_get_epochs(const GetEpochs& request) { return build_run(request.first.value(), request.count); }

Result<GetEpochs, Error> parse_get_epochs(Bytes payload) {
  Reader reader(MessageKind::get_epochs, payload);
  GetEpochs request;
  request.first = Epoch(reader.read_le<std::uint64_t>());
  request.count = reader.read_le<std::uint32_t>();
  reader.require(request.count >= 1 && request.count <= epochs_per_message_max, Errc::bad_count);
  return reader.finish(request);
}

std::size_t epochs_prefix(std::span<const EpochEndView> epochs) {
  const std::size_t bytes_max = info_of(MessageKind::epochs).bytes_max;
  std::size_t bytes = 0;
  std::size_t count = 0;
  for (const EpochEndView& epoch : epochs.first(std::min<std::size_t>(epochs.size(), epochs_per_message_max))) {
    bytes += kStrings * kLengthBytes + epoch.header.size() + epoch.certificate.size() + epoch.next_authorities.size();
    if (count > 0 && bytes > bytes_max) break;
    ++count;
  }
  return count;
}

SharedBytes build_epochs(const std::vector<EpochEndView>& epochs) {
  PVC_CHECK(!epochs.empty() && epochs_prefix(epochs) == epochs.size());
  ByteVector out;
  for (const EpochEndView& epoch : epochs) {
    append_byte_string(out, epoch.header);
    append_byte_string(out, epoch.certificate);
    append_byte_string(out, epoch.next_authorities);
  }
  return SharedBytes::copy_of(out);
}

Result<std::vector<EpochEndView>, Error> parse_epochs(Bytes payload) {
  constexpr MessageKind kind = MessageKind::epochs;
  PVC_TRY(const ByteList list, ByteList::parse(kind, payload, kStrings * epochs_per_message_max, kAuthoritiesBytesMax));
  if (list.empty() || list.size() % kStrings != 0) return std::unexpected(Error{Errc::bad_count, kind, 0});
  std::vector<EpochEndView> epochs;
  epochs.reserve(list.size() / kStrings);
  for (auto item = list.begin(); item != list.end(); ++item) {
    EpochEndView& epoch = epochs.emplace_back();
    epoch.header = *item;
    epoch.certificate = *++item;
    epoch.next_authorities = *++item;
    const bool right = epoch.header.size() == crypto::format::block_header_bytes &&
                       epoch.certificate.size() <= info_of(MessageKind::certificate).bytes_max;
    if (!right) return std::unexpected(Error{Errc::bad_length, kind, static_cast<std::uint32_t>(epochs.size() - 1)});
  }
  return epochs;
}

}  // namespace provchain::wire
