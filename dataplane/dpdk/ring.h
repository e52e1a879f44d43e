// Internal header (includes rte_*). A bounded single-producer single-consumer ring of values over
// rte_ring: one thread pushes, one other thread pops, nobody waits. Values are copied in and out.
// Needs no EAL.
#pragma once

#include <rte_ring.h>
#include <rte_ring_elem.h>
#include <rte_ring_peek.h>

#include <cstddef>
#include <span>
#include <type_traits>

#include "dataplane/base/check.h"
#include "dataplane/dpdk/aligned_memory.h"

namespace penstock {

template <typename T>
class SpscRing {
 public:
  static_assert(std::is_trivially_copyable_v<T>);
  static_assert(sizeof(T) % 4 == 0, "rte_ring copies 32-bit words");

  // Holds exactly `capacity` values, at least 1.
  explicit SpscRing(std::size_t capacity) {
    const auto count = static_cast<unsigned>(rte_align32pow2(static_cast<uint32_t>(capacity) + 1));
    const ssize_t header_bytes = rte_ring_get_memsize_elem(sizeof(T), count);
    PENSTOCK_CHECK(capacity > 0 && header_bytes > 0);
    memory_ = allocate_aligned(static_cast<std::size_t>(header_bytes));
    PENSTOCK_CHECK(rte_ring_init(ring(), "penstock", static_cast<unsigned>(capacity),
                                 RING_F_SP_ENQ | RING_F_SC_DEQ | RING_F_EXACT_SZ) == 0);
  }

  std::size_t capacity() const { return rte_ring_get_capacity(ring()); }
  // Exact on the producer's and the consumer's thread in one direction only: a consumer may find
  // more, a producer fewer.
  std::size_t size() const { return rte_ring_count(ring()); }

  // The consumer's thread, while the other one pushes: what was pushed before this is seen.
  bool is_empty() const {
    return __atomic_load_n(&ring()->prod.tail, __ATOMIC_ACQUIRE) == ring()->cons.tail;
  }

  // False when full.
  bool push(const T& value) {
    return rte_ring_sp_enqueue_bulk_elem(ring(), &value, sizeof(T), 1, nullptr) == 1;
  }
  // Pushes the first n and returns n.
  std::size_t push_burst(std::span<const T> values) {
    return rte_ring_sp_enqueue_burst_elem(ring(), values.data(), sizeof(T),
                                          static_cast<unsigned>(values.size()), nullptr);
  }

  // False when empty.
  bool pop(T& value) {
    return rte_ring_sc_dequeue_bulk_elem(ring(), &value, sizeof(T), 1, nullptr) == 1;
  }
  // Pops up to values.size() and returns how many.
  std::size_t pop_burst(std::span<T> values) {
    return rte_ring_sc_dequeue_burst_elem(ring(), values.data(), sizeof(T),
                                          static_cast<unsigned>(values.size()), nullptr);
  }

  // Copies up to values.size() without removing them, gives them to `take`, and removes the first
  // as many as it returns.
  template <typename Take>
  std::size_t consume(std::span<T> values, Take&& take) {
    const unsigned count = rte_ring_dequeue_burst_elem_start(
        ring(), values.data(), sizeof(T), static_cast<unsigned>(values.size()), nullptr);
    if (count == 0) {
      return 0;
    }
    const std::size_t taken = take(values.first(count));
    rte_ring_dequeue_elem_finish(ring(), static_cast<unsigned>(taken));
    return taken;
  }

 private:
  rte_ring* ring() const { return static_cast<rte_ring*>(memory_.get()); }

  AlignedMemory memory_;
};

}  // namespace penstock
