// A vector whose capacity is fixed when it is made, for tables whose size is configuration. Its
// memory is taken then and given back at its end, so that whoever fills it never allocates. Owned
// by whoever declares it.
#pragma once

#include <cstddef>
#include <memory>
#include <span>

#include "dataplane/base/check.h"

namespace penstock {

template <typename T>
class FixedVector {
 public:
  explicit FixedVector(std::size_t capacity)
      : items_(std::make_unique<T[]>(capacity)), capacity_(capacity) {}

  std::size_t capacity() const { return capacity_; }
  std::size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  bool full() const { return size_ == capacity_; }

  // Appends a copy; false (and no change) when full.
  [[nodiscard]] bool push_back(const T& value) {
    if (full()) return false;
    items_[size_++] = value;
    return true;
  }
  // Removes the element at `index` by moving the last one into its place; order is not kept.
  void erase_unordered(std::size_t index) {
    PENSTOCK_CHECK(index < size_);
    items_[index] = items_[size_ - 1];
    --size_;
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

  T* begin() { return items_.get(); }
  T* end() { return items_.get() + size_; }
  const T* begin() const { return items_.get(); }
  const T* end() const { return items_.get() + size_; }
  std::span<const T> span() const { return {items_.get(), size_}; }

 private:
  std::unique_ptr<T[]> items_;
  std::size_t capacity_ = 0;
  std::size_t size_ = 0;
};

}  // namespace penstock
