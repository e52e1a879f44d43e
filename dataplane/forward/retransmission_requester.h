// When to ask a publisher again for packets that did not arrive (NACK, RFC 4585 section 6.2.1), and
// when to give up. A hole is asked for once it is clear that its packets are not just late: after
// kFirstRequestDelay, or when two newer packets have come. Then again after about a round trip,
// each time a little later, kRequestsMax times in all. State of one stream, on its owner's worker;
// time is an argument. Whether a packet has come meanwhile, the caller's window says.
//
// The round trip is measured by what comes: from a packet's only request to its arrival. A
// publisher sends no report from which it could be known otherwise.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "dataplane/base/limits.h"
#include "dataplane/base/static_vector.h"
#include "dataplane/base/time.h"

namespace penstock {

class RetransmissionRequester {
 public:
  static constexpr Duration kFirstRequestDelay = 10 * kMillisecond;
  static constexpr std::uint8_t kRequestsMax = 10;
  static constexpr Duration kIntervalMin = 20 * kMillisecond;
  static constexpr Duration kIntervalMax = 400 * kMillisecond;
  static constexpr Duration kRoundTripUnknown = 100 * kMillisecond;
  // Packets that can be missing at a time, and holes that they can make.
  static constexpr std::uint64_t kMissingMax = 1'000;
  static constexpr std::size_t kHolesMax = 64;

  // `count` packets from `first` on have not come although a newer one has. False if that is more
  // than can be asked for: then nothing is, not even what was missing before, and only a keyframe
  // helps.
  bool on_hole(std::uint64_t first, std::uint64_t count, Timestamp now) {
    if (count > kMissingMax || holes_.full()) {
      holes_.clear();
      return false;
    }
    static_cast<void>(holes_.push_back({.first = first,
                                        .requested_at = now,
                                        .count = static_cast<std::uint16_t>(count),
                                        .requests = 0}));
    return true;
  }

  // A packet came that had been missing.
  void on_arrival(std::uint64_t sequence, Timestamp now) {
    const Hole* hole = find(sequence);
    if (hole == nullptr || hole->requests != 1) return;
    const Duration sample = now - hole->requested_at;
    round_trip_ = round_trip_ == 0 ? sample : (7 * round_trip_ + sample) / 8;
  }

  // What is older than a keyframe's first packet is of no use to anybody any more.
  void forget_before(std::uint64_t sequence) {
    remove_if([&](const Hole& hole) { return hole.first < sequence; });
  }

  bool has_holes() const { return !holes_.empty(); }
  // True if `is_it(std::uint64_t first, std::uint64_t count)` is for one of the holes whose packets
  // may still come by being asked for.
  template <typename IsIt>
  bool any_hole(IsIt&& is_it) const {
    return std::ranges::any_of(holes_,
                               [&](const Hole& hole) { return is_it(hole.first, hole.count); });
  }
  // 0: not known yet.
  Duration round_trip_ns() const { return round_trip_; }

  // Calls `ask(std::uint64_t sequence)` for every packet to ask for now, in ascending order.
  // `has_come(sequence)`: whether it has come since. `newest`: the newest packet of all.
  template <typename HasCome, typename Ask>
  void take_due(std::uint64_t newest, Timestamp now, HasCome&& has_come, Ask&& ask) {
    for (Hole& hole : holes_) {
      trim(hole, has_come);
      // Those that have left the window cannot be taken any more.
      if (newest - hole.first > kMissingMax) hole.count = 0;
      if (hole.count == 0 || !is_due(hole, newest, now)) continue;
      if (hole.requests == kRequestsMax) {
        hole.count = 0;
        continue;
      }
      for (std::uint64_t i = 0; i < hole.count; ++i) {
        if (!has_come(hole.first + i)) ask(hole.first + i);
      }
      hole.requested_at = now;
      ++hole.requests;
    }
    remove_if([](const Hole& hole) { return hole.count == 0; });
  }

 private:
  // Packets that were found missing at once.
  struct Hole {
    std::uint64_t first = 0;
    Timestamp requested_at = 0;  // found missing, before the first request
    std::uint16_t count = 0;
    std::uint8_t requests = 0;
  };

  bool is_due(const Hole& hole, std::uint64_t newest, Timestamp now) const {
    if (hole.requests != 0) return now - hole.requested_at >= interval_after(hole.requests);
    return now - hole.requested_at >= kFirstRequestDelay || newest > hole.first + hole.count;
  }

  Duration interval_after(std::uint8_t requests) const {
    Duration interval = std::max(kIntervalMin, round_trip_ == 0 ? kRoundTripUnknown : round_trip_);
    for (std::uint8_t i = 1; i < requests && interval < kIntervalMax; ++i) interval += interval / 4;
    return std::min(interval, kIntervalMax);
  }

  // Takes from both ends what has come.
  template <typename HasCome>
  static void trim(Hole& hole, HasCome&& has_come) {
    while (hole.count != 0 && has_come(hole.first + hole.count - 1)) --hole.count;
    while (hole.count != 0 && has_come(hole.first)) {
      ++hole.first;
      --hole.count;
    }
  }

  const Hole* find(std::uint64_t sequence) const {
    for (const Hole& hole : holes_) {
      if (sequence >= hole.first && sequence - hole.first < hole.count) return &hole;
    }
    return nullptr;
  }

  template <typename Condition>
  void remove_if(Condition&& condition) {
    std::size_t kept = 0;
    for (std::size_t i = 0; i < holes_.size(); ++i) {
      if (!condition(holes_[i])) holes_[kept++] = holes_[i];
    }
    holes_.truncate(kept);
  }

  StaticVector<Hole, kHolesMax> holes_;
  Duration round_trip_ = 0;
};

}  // namespace penstock
