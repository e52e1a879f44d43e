// Internal header (includes rte_*). How long packets take through a worker: from when they were due
// at its port to when the copy for their last receiver is given to the queue. Marks packets in
// words of the mbuf that nobody else uses here. Belongs to one worker; the histograms are read when
// it has no traffic.
#pragma once

#include <rte_mbuf.h>

#include <array>
#include <atomic>
#include <bit>
#include <cstring>
#include <span>
#include <vector>

#include "dataplane/base/histogram.h"
#include "dataplane/rtp/media_types.h"

namespace penstock::bench {

class LatencyProbe {
 public:
  static constexpr Duration kPreempted = 100 * kMicrosecond;

  // Any thread, while no packet is on its way: from now on packets are marked. Before, the worker
  // has its packets as in the server, where nobody writes into each copy's second cache line.
  void start() { is_on_.store(true, std::memory_order_release); }
  bool is_on() const { return is_on_.load(std::memory_order_relaxed); }

  // The others, only if it is on. A packet from the port.
  void arrived(rte_mbuf* packet, Timestamp due, MediaKind kind) {
    mark_of(packet) = {.due = due, .kind = kind, .is_last = false};
  }

  // The media of `packet` lies at `bytes` from now on.
  void stored(const rte_mbuf* packet, const std::uint8_t* bytes) {
    stored_[place_of(bytes)] = {bytes, mark_of(packet)};
  }

  // `copy` is for one more receiver of the media at `bytes`.
  void copied(const std::uint8_t* bytes, rte_mbuf* copy) {
    if (bytes == source_) mark_of(last_copy_).is_last = false;
    source_ = bytes;
    last_copy_ = copy;
    const Stored& stored = stored_[place_of(bytes)];
    mark_of(copy) = stored.mark;
    mark_of(copy).is_last = stored.bytes == bytes;  // else others have taken its place here
  }

  // Copies are on their way out. A step of a worker takes microseconds: when more time than
  // kPreempted has passed since the last call or the iteration's begin, the CPU was somebody
  // else's, and what waited through that is counted apart.
  void transmitted(std::span<rte_mbuf* const> burst, Timestamp now) {
    source_ = nullptr;  // what is transmitted is not looked at again
    see(now);
    for (const rte_mbuf* packet : burst) {
      const Mark mark = mark_of(packet);
      if (!mark.is_last) continue;
      if (mark.due <= preempted_at_) {
        ++preempted_;
      } else {
        latencies_[static_cast<std::size_t>(mark.kind)].record(now - mark.due);
      }
    }
  }

  // The worker looks for packets: it has the CPU.
  void looked(Timestamp now) {
    see(now);
    if (!must_clear_.load(std::memory_order_relaxed)) return;
    must_clear_.store(false, std::memory_order_relaxed);
    latencies_ = {};
    preempted_ = 0;
  }

  // It took all packets that were due, or a full burst of them. Until the first, what the worker
  // finds is what has piled up while it was away.
  void looked_through(bool is_all, Timestamp now) {
    if (is_behind_) preempted_at_ = now;
    if (is_all) is_behind_ = false;
  }

  // Packets that waited while the worker did not have its CPU, or behind such packets.
  std::uint64_t preempted() const { return preempted_; }

  const Histogram& latencies(MediaKind kind) const {
    return latencies_[static_cast<std::size_t>(kind)];
  }
  // Any thread: what was recorded is forgotten when the worker next looks for packets.
  void clear() { must_clear_.store(true, std::memory_order_relaxed); }

 private:
  void see(Timestamp now) {
    if (now - seen_at_ > kPreempted) {
      preempted_at_ = now;
      is_behind_ = true;
    }
    seen_at_ = now;
  }

  struct Mark {
    Timestamp due = 0;
    MediaKind kind{};
    bool is_last = false;
  };
  static_assert(sizeof(Mark) <= sizeof(rte_mbuf::dynfield1));

  // By where it lies: more than wait for their turn.
  struct Stored {
    const std::uint8_t* bytes = nullptr;
    Mark mark;
  };
  static constexpr std::size_t kStoredMax = 8'192;
  static std::size_t place_of(const std::uint8_t* bytes) {
    return reinterpret_cast<std::uintptr_t>(bytes) / 64 % kStoredMax;
  }

  static Mark& mark_of(rte_mbuf* packet) { return *reinterpret_cast<Mark*>(packet->dynfield1 + 1); }
  static const Mark& mark_of(const rte_mbuf* packet) {
    return *reinterpret_cast<const Mark*>(packet->dynfield1 + 1);
  }

  std::vector<Stored> stored_{kStoredMax};
  const std::uint8_t* source_ = nullptr;
  rte_mbuf* last_copy_ = nullptr;
  Timestamp seen_at_ = 0;
  Timestamp preempted_at_ = 0;  // what was due before waited while the worker was away
  bool is_behind_ = false;
  std::atomic<bool> is_on_ = false;
  std::atomic<bool> must_clear_ = false;
  std::uint64_t preempted_ = 0;
  std::array<Histogram, 2> latencies_;
};

}  // namespace penstock::bench
