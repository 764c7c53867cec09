// SPDX-License-Identifier: Apache-2.0
#include "wire/receive_memory.hpp"

#include <utility>

namespace provchain::wire {

SharedBytes ReceiveMemory::take_slab() {
  if (free_.empty()) return SharedBytes::for_overwrite(slab_bytes);
  SharedBytes slab = std::move(free_.back());
  free_.pop_back();
  return slab;
}

void ReceiveMemory::give_back_slab(SharedBytes slab) {
  if (slab.references() == 1 && slab.size() == slab_bytes && free_.size() < free_slabs_max) free_.push_back(std::move(slab));
}

}  // namespace provchain::wire
