// The relation of a stream's RTP timestamps to our monotonic clock, from the publisher's sender
// reports: what sender reports to its receivers are made of, so that audio and video of one
// publisher stay in sync (RFC 3550 section 6.4.1).
//
// SenderClock (one per publisher's transport, on its worker) turns the publisher's NTP times into
// ours: a median of recent offsets, so that one delayed report moves nothing. A publisher's clock
// may step, by years: the step counts once a second report confirms it, and then nothing of the
// clock before it does. MediaClock (one per stream) publishes {captured_at, rtp_timestamp, source}
// from the publisher's worker to all others: a sequence lock of atomics, one writer, wait-free for
// the writer.
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
  // More than reports are delayed by: the clock was set, or the report stood in a queue.
  static constexpr Duration kStep = kSecond;

  // A sender report with this NTP time arrived. Returns when, on our clock, the publisher made it:
  // within kStep of the arrival. Empty if the report contradicts those before it and no other has
  // confirmed it yet, or is of a sender that has no clock (RFC 3550 section 6.4.1: zero).
  std::optional<Timestamp> to_local(NtpTime ntp, Timestamp arrival) {
    if (ntp == 0) return std::nullopt;
    const auto fraction_ns =
        static_cast<std::int64_t>(((ntp & 0xFFFFFFFFULL) * 1'000'000'000ULL) >> 32);
    const std::int64_t sender_ns = static_cast<std::int64_t>(ntp >> 32) * kSecond + fraction_ns;
    const Duration offset = arrival - sender_ns;
    if (count_ != 0 && !is_near(offset, median())) {
      const bool is_confirmed = contradicting_ && is_near(offset, *contradicting_);
      contradicting_ = offset;
      if (!is_confirmed) return std::nullopt;
      contradicting_.reset();
      count_ = 0;
    }
    offsets_[count_++ % offsets_.size()] = offset;
    return sender_ns + median();
  }

 private:
  static constexpr std::size_t kSamples = 7;

  static bool is_near(Duration one, Duration other) {
    return one - other < kStep && other - one < kStep;
  }
  Duration median() const {
    std::array<Duration, kSamples> sorted = offsets_;
    const std::size_t used = std::min<std::size_t>(count_, kSamples);
    std::sort(sorted.begin(), sorted.begin() + static_cast<std::ptrdiff_t>(used));
    return sorted[used / 2];
  }

  std::array<Duration, kSamples> offsets_{};
  std::size_t count_ = 0;
  std::optional<Duration> contradicting_;  // the offset of the last report that did not fit
};

class MediaClock {
 public:
  struct Reading {
    Timestamp captured_at = 0;
    std::uint32_t rtp_timestamp = 0;
    std::uint32_t source = 0;  // whose timestamps they are (PacketMetadata::source)
  };

  // Publisher's worker only. Every store is a release, so that none passes the ones before it.
  void publish(const Reading& reading) {
    const std::uint32_t version = version_.load(std::memory_order_relaxed);
    version_.store(version + 1, std::memory_order_release);
    captured_at_.store(reading.captured_at, std::memory_order_release);
    rtp_timestamp_.store(reading.rtp_timestamp, std::memory_order_release);
    source_.store(reading.source, std::memory_order_release);
    version_.store(version + 2, std::memory_order_release);
  }

  // Any worker; nullopt before the first report, or while one is being written.
  std::optional<Reading> read() const {
    const std::uint32_t before = version_.load(std::memory_order_acquire);
    const Reading reading{captured_at_.load(std::memory_order_acquire),
                          rtp_timestamp_.load(std::memory_order_acquire),
                          source_.load(std::memory_order_acquire)};
    const std::uint32_t after = version_.load(std::memory_order_acquire);
    if (before == 0 || before != after || before % 2 != 0) return std::nullopt;
    return reading;
  }

 private:
  std::atomic<std::uint32_t> version_{0};
  std::atomic<Timestamp> captured_at_{0};
  std::atomic<std::uint32_t> rtp_timestamp_{0};
  std::atomic<std::uint32_t> source_{0};
};

// The RTP timestamp that belongs to `at`, given one known pair.
inline std::uint32_t rtp_timestamp_at(const MediaClock::Reading& reading, Timestamp at,
                                      std::uint32_t clock_hz) {
  // In two parts, because the product of nanoseconds and clock rate has no room.
  const Duration elapsed_ns = at - reading.captured_at;
  const std::int64_t ticks =
      elapsed_ns / kSecond * clock_hz + elapsed_ns % kSecond * clock_hz / kSecond;
  return reading.rtp_timestamp + static_cast<std::uint32_t>(ticks);
}

}  // namespace penstock
