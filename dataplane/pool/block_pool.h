// Blocks of memory of one size, all taken at start: for tables whose size is configuration, so that
// nothing grows while objects come and go. Made, taken from and given back to on the control
// thread; outlives its blocks.
#pragma once

#include <cstddef>
#include <new>
#include <type_traits>
#include <utility>
#include <vector>

#include "dataplane/base/check.h"
#include "dataplane/base/round_up.h"
#include "dataplane/pool/pool_memory.h"

namespace penstock {

class BlockPool {
 public:
  BlockPool(std::size_t block_bytes, std::size_t count, const PoolMemory& memory)
      : block_bytes_(round_up(block_bytes, PoolMemory::kAlignment)),
        count_(count),
        memory_(memory) {
    if (block_bytes_ * count_ == 0) return;
    blocks_ = static_cast<std::byte*>(memory_.allocate(block_bytes_ * count_, memory_.numa_node));
    free_.reserve(count);
    for (std::size_t i = count; i > 0; --i) free_.push_back(blocks_ + (i - 1) * block_bytes_);
  }
  BlockPool(const BlockPool&) = delete;
  BlockPool& operator=(const BlockPool&) = delete;
  ~BlockPool() {
    if (blocks_ != nullptr) memory_.release(blocks_, block_bytes_ * count_);
  }

  std::size_t free() const { return free_.size(); }
  std::size_t block_bytes() const { return block_bytes_; }

 private:
  friend class MemoryBlock;

  std::size_t block_bytes_;
  std::size_t count_;
  PoolMemory memory_;
  std::byte* blocks_ = nullptr;
  std::vector<std::byte*> free_;  // room for all is set aside
};

// A block, cut into arrays one after the other. It goes back to its pool when this ends, and so
// must outlive the arrays' users.
class MemoryBlock {
 public:
  // The pool must have a block.
  explicit MemoryBlock(BlockPool& pool) : pool_(&pool) {
    PENSTOCK_CHECK(pool.free() > 0);
    block_ = pool.free_.back();
    pool.free_.pop_back();
  }
  MemoryBlock(MemoryBlock&& other) noexcept
      : pool_(std::exchange(other.pool_, nullptr)), block_(other.block_), used_(other.used_) {}
  MemoryBlock& operator=(MemoryBlock&&) = delete;
  ~MemoryBlock() {
    if (pool_ != nullptr) pool_->free_.push_back(block_);
  }

  // What an array takes of a block.
  template <typename T>
  static constexpr std::size_t bytes(std::size_t count) {
    return round_up(count * sizeof(T), kAlignment);
  }

  // `count` values, each as T{arguments...} has it.
  template <typename T, typename... Arguments>
  T* take(std::size_t count, const Arguments&... arguments) {
    static_assert(std::is_trivially_destructible_v<T> && alignof(T) <= kAlignment);
    if (count == 0) return nullptr;
    PENSTOCK_CHECK(used_ + bytes<T>(count) <= pool_->block_bytes());
    std::byte* at = block_ + used_;
    used_ += bytes<T>(count);
    for (std::size_t i = 0; i < count; ++i) new (at + i * sizeof(T)) T{arguments...};
    return std::launder(reinterpret_cast<T*>(at));
  }

 private:
  static constexpr std::size_t kAlignment = 16;

  BlockPool* pool_ = nullptr;
  std::byte* block_ = nullptr;
  std::size_t used_ = 0;
};

}  // namespace penstock
