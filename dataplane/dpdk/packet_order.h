// Internal header. What orders the threads that use a packet's memory one after the other: the
// mempool, which takes a packet from one lcore and gives it to another. Its code is in DPDK's
// libraries, where ThreadSanitizer cannot see it, so we tell it: whoever gives a packet away (to
// the pool, or to a port that will) is before whoever gets it next. Without ThreadSanitizer all of
// it is nothing.
#pragma once

#include <rte_mbuf.h>

#include <span>

#ifdef __SANITIZE_THREAD__
#include <sanitizer/tsan_interface.h>
#endif

namespace penstock {

// Before the packet is given back or to a port.
inline void packet_given(rte_mbuf* packet) noexcept {
#ifdef __SANITIZE_THREAD__
  __tsan_release(packet);
#else
  static_cast<void>(packet);
#endif
}

// After it came from the pool or from a port, before anything of it is read or written.
inline void packet_taken(rte_mbuf* packet) noexcept {
#ifdef __SANITIZE_THREAD__
  __tsan_acquire(packet);
#else
  static_cast<void>(packet);
#endif
}

inline void packets_given(std::span<rte_mbuf* const> packets) noexcept {
  for (rte_mbuf* packet : packets) packet_given(packet);
}
inline void packets_taken(std::span<rte_mbuf* const> packets) noexcept {
  for (rte_mbuf* packet : packets) packet_taken(packet);
}

}  // namespace penstock
