// Where a worker puts what it records, and a writer takes it from (docs/adr/0032): a ring of bytes,
// records one behind the other, first in, first out. One worker adds, one thread drains; neither
// waits for the other, takes a lock or makes a system call. Where there is no room, nothing is
// added.
//
// Little memory is used while the writer keeps up: a worker that finds it empty begins again at the
// ring's beginning, which is in the caches, and says where it has left off. Nothing is in between,
// so that this takes no room.
//
// Made and destroyed on the control thread; outlives the worker and the writer.
#pragma once

#include <algorithm>
#include <atomic>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>

#include "dataplane/base/check.h"
#include "dataplane/base/round_up.h"
#include "dataplane/base/time.h"
#include "dataplane/pool/pool_memory.h"

namespace penstock {

// What a recording is called on both sides: the bits of its subscription's handle, which no other
// ever has.
using RecordingId = std::uint64_t;

enum class RecordKind : std::uint8_t {
  kPacket,  // one of RTP
  kClock,   // which time an RTP timestamp is: ClockRecord
  kData,    // a message of a data channel
  kSkip,    // nothing: up to the ring's end
};

struct RecordHeader {
  std::uint32_t record_bytes = 0;  // of the ring, this header included
  std::uint16_t bytes = 0;         // that follow
  RecordKind kind = RecordKind::kSkip;
  bool is_keyframe_start = false;
  RecordingId recording = 0;
  Timestamp at = 0;
  std::uint32_t lost = 0;  // of the recording, for want of room, since its start
  std::uint8_t layer = 0;  // of a packet: the rank of its encoding, or its spatial layer
  std::uint8_t reserved[3] = {};
};
static_assert(sizeof(RecordHeader) == 32);

// The publisher has sent what has this timestamp in the file at this time on our clock.
struct ClockRecord {
  Timestamp captured_at = 0;
  std::uint32_t rtp_timestamp = 0;
  std::uint32_t reserved = 0;
};

class RecordingArena {
 public:
  static constexpr std::size_t kBytesMin = 64 * 1'024;
  // What comes first in the ring is used again, as soon as it has been read, once so much is full.
  static constexpr std::size_t kNearBytes = 256 * 1'024;

  // `bytes`: a power of two. The memory is touched here.
  explicit RecordingArena(std::size_t bytes, const PoolMemory& memory = PoolMemory::heap())
      : capacity_(bytes), from_(memory) {
    PENSTOCK_CHECK(std::has_single_bit(bytes) && bytes >= kBytesMin);
    memory_ = static_cast<std::byte*>(memory.allocate(bytes, memory.numa_node));
    std::memset(memory_, 0, bytes);
  }
  ~RecordingArena() { from_.release(memory_, capacity_); }
  RecordingArena(const RecordingArena&) = delete;
  RecordingArena& operator=(const RecordingArena&) = delete;

  std::size_t bytes() const { return capacity_; }

  // --- The worker
  // A place for at most so many bytes, of which commit() says how many they are; null: there is no
  // room. What was reserved and is not committed is reserved again.
  std::uint8_t* reserve(std::size_t bytes_max) {
    const std::size_t record_bytes = record_bytes_for(bytes_max);
    if (offset() >= kNearBytes && is_empty()) begin_again();
    const std::size_t skipped =
        offset() + record_bytes > capacity_ ? static_cast<std::size_t>(capacity_ - offset()) : 0;
    const std::uint64_t end = head_ + skipped + record_bytes;
    if (end - free_below() > capacity_) [[unlikely]] {
      seen_tail_ = tail_.load(std::memory_order_acquire);
      if (end - free_below() > capacity_) return nullptr;
    }
    if (skipped != 0) [[unlikely]]
      skip(skipped);
    return reinterpret_cast<std::uint8_t*>(memory_ + offset()) + sizeof(RecordHeader);
  }
  // What was reserved last holds `header.bytes`, and may be read. `record_bytes` is filled in.
  void commit(RecordHeader header) {
    header.record_bytes = static_cast<std::uint32_t>(record_bytes_for(header.bytes));
    std::memcpy(memory_ + offset(), &header, sizeof(header));
    head_ += header.record_bytes;
    head_shown_.store(head_, std::memory_order_release);
  }

  // --- The writer
  // Calls `visit(const RecordHeader&, std::span<const std::uint8_t>)` for each record, in order,
  // until it says false, which leaves that record there, or all that was there at the beginning is
  // read. True if all is.
  template <typename Visit>
  bool drain(Visit&& visit) {
    const std::uint64_t head = head_shown_.load(std::memory_order_acquire);
    std::uint64_t tail = tail_.load(std::memory_order_relaxed);
    std::uint64_t given_back = tail;
    bool goes_on = true;
    while (goes_on && tail != head) {
      if (tail == left_off_at_.load(std::memory_order_relaxed)) {
        tail = begun_at_.load(std::memory_order_relaxed);
        continue;
      }
      RecordHeader header;
      std::memcpy(&header, memory_ + (tail & mask()), sizeof(header));
      if (header.kind != RecordKind::kSkip) {
        const auto* bytes = reinterpret_cast<const std::uint8_t*>(memory_ + (tail & mask()));
        goes_on = visit(header, std::span(bytes + sizeof(header), header.bytes));
      }
      if (goes_on) tail += header.record_bytes;
      if (tail - given_back < kGiveBackBytes && goes_on && tail != head) continue;
      tail_.store(tail, std::memory_order_release);
      given_back = tail;
    }
    return tail == head;
  }
  // As far as anybody can tell from outside: how much waits.
  std::size_t used_bytes() const {
    const std::uint64_t head = head_shown_.load(std::memory_order_acquire);
    const std::uint64_t tail = tail_.load(std::memory_order_acquire);
    const bool is_behind = tail == left_off_at_.load(std::memory_order_relaxed);
    const std::uint64_t from = is_behind ? begun_at_.load(std::memory_order_relaxed) : tail;
    return head > from ? static_cast<std::size_t>(head - from) : 0;
  }

 private:
  static constexpr std::size_t kGiveBackBytes = 64 * 1'024;

  static std::size_t record_bytes_for(std::size_t bytes) {
    return round_up(sizeof(RecordHeader) + bytes, sizeof(RecordHeader));
  }
  std::uint64_t mask() const { return capacity_ - 1; }
  std::uint64_t offset() const { return head_ & mask(); }
  bool is_empty() const { return tail_.load(std::memory_order_acquire) == head_; }
  // Of the worker: up to where the writer has read, as far as was seen.
  std::uint64_t free_below() const {
    return seen_tail_ == left_off_at_.load(std::memory_order_relaxed)
               ? begun_at_.load(std::memory_order_relaxed)
               : seen_tail_;
  }

  // The writer goes on at the ring's beginning, too, when it gets here. It has been here last time.
  void begin_again() {
    const std::uint64_t from = head_;
    head_ = (head_ | mask()) + 1;
    begun_at_.store(head_, std::memory_order_relaxed);
    left_off_at_.store(from, std::memory_order_relaxed);
    seen_tail_ = from;
  }
  // Up to the ring's end. Records are multiples of a header, so that there is room for one.
  void skip(std::size_t bytes) {
    const RecordHeader header{.record_bytes = static_cast<std::uint32_t>(bytes)};
    std::memcpy(memory_ + offset(), &header, sizeof(header));
    head_ += bytes;
    head_shown_.store(head_, std::memory_order_release);
  }

  const std::uint64_t capacity_;
  const PoolMemory from_;
  std::byte* memory_ = nullptr;

  // Of the worker.
  std::uint64_t head_ = 0;
  std::uint64_t seen_tail_ = 0;
  // To the writer; the others are there before what comes behind them is shown.
  alignas(64) std::atomic<std::uint64_t> head_shown_{0};
  std::atomic<std::uint64_t> left_off_at_{UINT64_MAX};
  std::atomic<std::uint64_t> begun_at_{0};
  // Of the writer.
  alignas(64) std::atomic<std::uint64_t> tail_{0};
};

}  // namespace penstock
