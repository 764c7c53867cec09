// SPDX-License-Identifier: Apache-2.0
// Immutable bytes with an atomic reference count: one serialisation of a message shared by every peer's send queue, a block on
// its way from the network to the pool and the store. Copying or slicing adds a reference; the memory is freed with the last one,
// on whatever thread that is. The storage is 64-aligned, so FlatBuffers and records may be read in place.
#pragma once

#include <atomic>
#include <cstdint>
#include <utility>

#include "base/bytes.hpp"
#include "base/check.hpp"

namespace provchain {

class SharedBytes {
 public:
  SharedBytes() = default;
  SharedBytes(const SharedBytes& other) : block_(other.block_), data_(other.data_), size_(other.size_) {
    if (block_ != nullptr) block_->references.fetch_add(1, std::memory_order_relaxed);
  }
  SharedBytes(SharedBytes&& other) noexcept
      : block_(std::exchange(other.block_, nullptr)),
        data_(std::exchange(other.data_, nullptr)),
        size_(std::exchange(other.size_, 0)) {}
  SharedBytes& operator=(SharedBytes other) noexcept {
    std::swap(block_, other.block_);
    std::swap(data_, other.data_);
    std::swap(size_, other.size_);
    return *this;
  }
  ~SharedBytes() { release(); }

  static SharedBytes copy_of(Bytes bytes);
  // Zeroed bytes that the caller fills through writable() before it hands the object on.
  static SharedBytes of_size(std::size_t size_bytes);
  // Bytes of any content, for a caller that writes every one of them before anybody reads it: a megabyte that is about to be
  // overwritten is not zeroed first. Where a part might stay unwritten, of_size() is right: old memory may hold secrets.
  static SharedBytes for_overwrite(std::size_t size_bytes);

  [[nodiscard]] std::size_t size() const { return size_; }
  [[nodiscard]] bool empty() const { return size_ == 0; }
  // Valid while any SharedBytes of this memory lives.
  [[nodiscard]] Bytes view() const PVC_LIFETIMEBOUND { return {data_, size_}; }
  // A part of these bytes, sharing their memory. The caller has checked the range.
  [[nodiscard]] SharedBytes slice(std::size_t offset, std::size_t count) const;
  // How many objects share the memory now. Only 1 is a lasting answer: nobody else can add a reference then.
  [[nodiscard]] std::uint32_t references() const {
    return block_ == nullptr ? 0 : block_->references.load(std::memory_order_acquire);
  }

  // Only while nobody else shares the memory: a check stops a write to bytes somebody else reads.
  [[nodiscard]] MutBytes writable() PVC_LIFETIMEBOUND;
  // For the one writer of a receive slab that has handed out slices: bytes under a slice must never be written again.
  [[nodiscard]] MutBytes writable_beside_slices() PVC_LIFETIMEBOUND { return {data_, size_}; }

 private:
  struct alignas(64) Block {
    std::atomic<std::uint32_t> references{1};
  };
  void release();

  Block* block_ = nullptr;
  std::uint8_t* data_ = nullptr;
  std::size_t size_ = 0;
};

}  // namespace provchain
