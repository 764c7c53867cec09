// SPDX-License-Identifier: Apache-2.0
// Walks items that lie one after the other and delimit themselves. Layout::front(rest) is the whole of the first item in `rest`;
// the bytes have been checked to be a sequence of such items.
#pragma once

#include <cstddef>
#include <iterator>

#include "base/bytes.hpp"

namespace provchain::wire {

template <class Layout>
class PackedIterator {
 public:
  using value_type = Bytes;
  using difference_type = std::ptrdiff_t;

  PackedIterator() = default;
  explicit PackedIterator(Bytes rest) : rest_(rest) {}

  // Valid as long as the bytes walked over.
  Bytes operator*() const { return Layout::content(Layout::front(rest_)); }
  PackedIterator& operator++() {
    rest_ = rest_.subspan(Layout::front(rest_).size());
    return *this;
  }
  PackedIterator operator++(int) {
    PackedIterator before = *this;
    ++*this;
    return before;
  }
  // Of two iterators of one sequence.
  bool operator==(const PackedIterator& other) const { return rest_.size() == other.rest_.size(); }

 private:
  Bytes rest_;
};

}  // namespace provchain::wire
