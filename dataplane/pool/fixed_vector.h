// A vector whose capacity is fixed when it is made, for tables whose size is configuration: whoever
// fills it never allocates. Its memory is a part of a block of a pool's, or its own. Owned by
// whoever declares it.
#pragma once

#include <cstddef>
#include <memory>
#include <span>

#include "dataplane/base/check.h"
#include "dataplane/pool/block_pool.h"

namespace penstock {

template <typename T>
class FixedVector {
 public:
  // Of its own memory.
  explicit FixedVector(std::size_t capacity)
      : own_(std::make_unique<T[]>(capacity)), items_(own_.get()), capacity_(capacity) {}
  // Of the block's, which outlives it.
  FixedVector(std::size_t capacity, MemoryBlock& block)
      : items_(block.take<T>(capacity)), capacity_(capacity) {}
  FixedVector(const FixedVector&) = delete;
  FixedVector& operator=(const FixedVector&) = delete;

  // What one takes of a block.
  static constexpr std::size_t bytes(std::size_t capacity) {
    return MemoryBlock::bytes<T>(capacity);
  }

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
  const T* data() const { return items_; }
  T& back() { return items_[size_ - 1]; }

  T* begin() { return items_; }
  T* end() { return items_ + size_; }
  const T* begin() const { return items_; }
  const T* end() const { return items_ + size_; }
  std::span<const T> span() const { return {items_, size_}; }

 private:
  std::unique_ptr<T[]> own_;
  T* items_ = nullptr;
  std::size_t capacity_ = 0;
  std::size_t size_ = 0;
};

}  // namespace penstock
