// SPDX-License-Identifier: Apache-2.0
#include "base/shared_bytes.hpp"

#include <new>

namespace provchain {

SharedBytes SharedBytes::for_overwrite(std::size_t size_bytes) {
  SharedBytes bytes;
  void* memory = ::operator new(sizeof(Block) + size_bytes, std::align_val_t{alignof(Block)});
  bytes.block_ = new (memory) Block;
  bytes.data_ = reinterpret_cast<std::uint8_t*>(bytes.block_ + 1);
  bytes.size_ = size_bytes;
  return bytes;
}

SharedBytes SharedBytes::of_size(std::size_t size_bytes) {
  SharedBytes bytes = for_overwrite(size_bytes);
  std::memset(bytes.data_, 0, size_bytes);
  return bytes;
}

SharedBytes SharedBytes::copy_of(Bytes bytes) {
  SharedBytes copy = for_overwrite(bytes.size());
  if (!bytes.empty()) std::memcpy(copy.data_, bytes.data(), bytes.size());
  return copy;
}

SharedBytes SharedBytes::slice(std::size_t offset, std::size_t count) const {
  PVC_CHECK(offset <= size_ && count <= size_ - offset);
  SharedBytes part(*this);
  part.data_ += offset;
  part.size_ = count;
  return part;
}

MutBytes SharedBytes::writable() {
  PVC_CHECK(block_ == nullptr || references() == 1);
  return {data_, size_};
}

void SharedBytes::release() {
  if (block_ == nullptr) return;
  if (block_->references.fetch_sub(1, std::memory_order_acq_rel) == 1) {
    block_->~Block();
    ::operator delete(block_, std::align_val_t{alignof(Block)});
  }
  block_ = nullptr;
}

}  // namespace provchain
