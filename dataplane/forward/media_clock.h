// The relation of a stream's RTP timestamps to our monotonic clock, from the publisher's sender
// reports: what sender reports to its receivers are made of, so that audio and video of one
// publisher stay in sync (RFC 3550 section 6.4.1).
//
// SenderClock (one per publisher's transport, on its worker) turns the publisher's NTP times into
// ours: a median of recent offsets, so that one delayed report moves nothing. MediaClock (one per
// stream) publishes {captured_at, rtp_timestamp} from the publisher's worker to all others: a
// sequence lock of atomics, one writer, wait-free for the writer.
#pragma once

#include <algorithm>
#include <array>
#include <atomic>
#include <cstdint>
#include <optional>

#include "dataplane/base/time.h"

namespace penstock {

class SenderClock {
 public:
  // A sender report with this NTP time arrived. Returns when, on our clock, the publisher made it.
  Timestamp to_local(NtpTime ntp, Timestamp arrival) {
    const auto fraction_ns =
        static_cast<std::int64_t>(((ntp & 0xFFFFFFFFULL) * 1'000'000'000ULL) >> 32);
    const std::int64_t sender_ns = static_cast<std::int64_t>(ntp >> 32) * kSecond + fraction_ns;
    offsets_[count_++ % offsets_.size()] = arrival - sender_ns;
    std::array<Duration, kSamples> sorted = offsets_;
    const std::size_t used = std::min<std::size_t>(count_, kSamples);
    std::sort(sorted.begin(), sorted.begin() + static_cast<std::ptrdiff_t>(used));
    return sender_ns + sorted[used / 2];
  }

 private:
  static constexpr std::size_t kSamples = 7;
  std::array<Duration, kSamples> offsets_{};
  std::size_t count_ = 0;
};

class MediaClock {
 public:
  struct Reading {
    Timestamp captured_at = 0;
    std::uint32_t rtp_timestamp = 0;
  };

  // Publisher's worker only. Every store is a release, so that none passes the ones before it.
  void publish(const Reading& reading) {
    const std::uint32_t version = version_.load(std::memory_order_relaxed);
    version_.store(version + 1, std::memory_order_release);
    captured_at_.store(reading.captured_at, std::memory_order_release);
    rtp_timestamp_.store(reading.rtp_timestamp, std::memory_order_release);
    version_.store(version + 2, std::memory_order_release);
  }

  // Any worker; nullopt before the first report, or while one is being written.
  std::optional<Reading> read() const {
    const std::uint32_t before = version_.load(std::memory_order_acquire);
    const Reading reading{captured_at_.load(std::memory_order_acquire),
                          rtp_timestamp_.load(std::memory_order_acquire)};
    const std::uint32_t after = version_.load(std::memory_order_acquire);
    if (before == 0 || before != after || before % 2 != 0) return std::nullopt;
    return reading;
  }

 private:
  std::atomic<std::uint32_t> version_{0};
  std::atomic<Timestamp> captured_at_{0};
  std::atomic<std::uint32_t> rtp_timestamp_{0};
};

// The RTP timestamp that belongs to `at`, given one known pair.
inline std::uint32_t rtp_timestamp_at(const MediaClock::Reading& reading, Timestamp at,
                                      std::uint32_t clock_hz) {
  const std::int64_t ticks = (at - reading.captured_at) / kMicrosecond * clock_hz / 1'000'000;
  return reading.rtp_timestamp + static_cast<std::uint32_t>(ticks);
}

}  // namespace penstock
