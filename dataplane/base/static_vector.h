// A vector of fixed capacity that lives where it is declared: no allocation, trivially copyable
// when its elements are. For the data plane's small tables. Owned by whoever declares it.
#pragma once

#include <array>
#include <cstddef>
#include <span>

#include "dataplane/base/check.h"

namespace penstock {

template <typename T, std::size_t kCapacity>
class StaticVector {
 public:
  static constexpr std::size_t capacity() { return kCapacity; }
  std::size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  bool full() const { return size_ == kCapacity; }

  // Appends a copy; false (and no change) when full.
  [[nodiscard]] bool push_back(const T& value) {
    if (full()) return false;
    items_[size_++] = value;
    return true;
  }
  void pop_back() {
    PENSTOCK_CHECK(size_ > 0);
    --size_;
  }
  // Removes the element at `index` by moving the last one into its place; order is not kept.
  void erase_unordered(std::size_t index) {
    PENSTOCK_CHECK(index < size_);
    items_[index] = items_[size_ - 1];
    --size_;
  }
  // Keeps the first `size` elements.
  void truncate(std::size_t size) {
    PENSTOCK_CHECK(size <= size_);
    size_ = size;
  }
  void clear() { size_ = 0; }

  T& operator[](std::size_t index) {
    PENSTOCK_DCHECK(index < size_);
    return items_[index];
  }
  const T& operator[](std::size_t index) const {
    PENSTOCK_DCHECK(index < size_);
    return items_[index];
  }
  T& back() { return items_[size_ - 1]; }

  T* begin() { return items_.data(); }
  T* end() { return items_.data() + size_; }
  const T* begin() const { return items_.data(); }
  const T* end() const { return items_.data() + size_; }
  std::span<T> span() { return {items_.data(), size_}; }
  std::span<const T> span() const { return {items_.data(), size_}; }

 private:
  std::size_t size_ = 0;  // first: often it is all that is read
  std::array<T, kCapacity> items_{};
};

}  // namespace penstock
