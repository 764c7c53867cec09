// SPDX-License-Identifier: Apache-2.0
// The one door through which bytes become a table. Private to wire's parsers: no other file calls a FlatBuffers accessor on bytes
// from a peer. What the verifier of FlatBuffers 2.0.8 does not do is done here or by the schemas: it checks alignment against the
// buffer's start only, so the start itself is checked; it does not count vectors, so every length has a cap of its own in the
// parser; its limits do not reach nested buffers, so no schema has any.
#pragma once

#include <flatbuffers/flatbuffers.h>

#include "base/result.hpp"
#include "base/shared_bytes.hpp"
#include "wire/error.hpp"

namespace provchain::wire {

inline constexpr flatbuffers::uoffset_t table_depth_max = 3;
inline constexpr flatbuffers::uoffset_t tables_max = 8;
// FlatBuffers offsets are signed 32 bits; far above every cap, so this only keeps the library's own assertion out of a peer's
// reach.
inline constexpr std::size_t table_bytes_max = std::size_t{1} << 30;

// The table, size-prefixed, nothing behind it. Valid as long as `payload`.
template <class Root>
Result<const Root*, Error> verify(MessageKind kind, Bytes payload) {
  if (reinterpret_cast<std::uintptr_t>(payload.data()) % 8 != 0) return std::unexpected(Error{Errc::misaligned, kind, 0});
  if (payload.size() < 8 || payload.size() > table_bytes_max) return std::unexpected(Error{Errc::truncated, kind, 0});
  flatbuffers::Verifier::Options options;
  options.max_depth = table_depth_max;
  options.max_tables = tables_max;
  options.check_nested_flatbuffers = false;
  flatbuffers::Verifier verifier(payload.data(), payload.size(), options);
  if (!verifier.VerifySizePrefixedBuffer<Root>(nullptr)) return std::unexpected(Error{Errc::not_verified, kind, 0});
  return flatbuffers::GetSizePrefixedRoot<Root>(payload.data());
}

// An absent vector reads as empty.
inline Bytes bytes_of(const flatbuffers::Vector<std::uint8_t>* vector) {
  return vector == nullptr ? Bytes{} : Bytes{vector->data(), vector->size()};
}

// The builder's bytes as a payload; the builder is done.
template <class Root>
SharedBytes finish(flatbuffers::FlatBufferBuilder& builder, flatbuffers::Offset<Root> root) {
  builder.FinishSizePrefixed(root);
  return SharedBytes::copy_of(Bytes{builder.GetBufferPointer(), builder.GetSize()});
}

// An absent field for an empty byte string.
inline flatbuffers::Offset<flatbuffers::Vector<std::uint8_t>> vector_of(flatbuffers::FlatBufferBuilder& builder, Bytes bytes) {
  if (bytes.empty()) return 0;
  builder.ForceVectorAlignment(bytes.size(), 1, 8);  // read in place by its own codec
  return builder.CreateVector(bytes.data(), bytes.size());
}

}  // namespace provchain::wire
