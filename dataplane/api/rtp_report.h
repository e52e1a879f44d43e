// What is known of the RTP of one m-line in one direction, and how a worker says so: it writes the
// words of a PublishedRtpReport about once a second, with its RTCP reports; the control thread
// reads them whenever it likes. One writer and no lock: the words of one reading may be of two
// writings that follow each other.
#pragma once

#include <atomic>
#include <cstdint>

#include "dataplane/base/limits.h"
#include "dataplane/base/static_vector.h"
#include "dataplane/base/time.h"

namespace penstock {

struct RtpReport {
  std::uint32_t ssrc = 0;  // 0: nothing has been said yet
  std::uint64_t packets = 0;
  std::uint64_t payload_bytes = 0;  // without what is sent again
  // RFC 3550 section 6.4.1, in the words of whoever receives: us, or the peer in its last report.
  std::int64_t packets_lost = 0;   // negative: duplicates outnumber losses
  std::uint8_t fraction_lost = 0;  // in 1/256, between the last two reports
  std::uint32_t jitter = 0;        // in units of the RTP timestamp

  bool operator==(const RtpReport&) const = default;
};

// Of a stream that comes in: one for each encoding of which something has come.
using StreamReports = StaticVector<RtpReport, kEncodingsMax>;

// A word with one writer.
template <typename T>
class Published {
 public:
  void set(T value) { value_.store(value, std::memory_order_relaxed); }
  T get() const { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<T> value_{};
};

// How loud a packet of audio is, by its level in -dBov (RFC 6464): 0 is silence.
inline constexpr std::uint8_t kLoudnessMax = 127;
constexpr std::uint8_t loudness_of(std::uint8_t level) {
  return level < kLoudnessMax ? kLoudnessMax - level : 0;
}

// The last that was heard in a stream of audio, by the levels of its packets (RFC 6464).
struct HeardAudio {
  std::uint8_t loudness = 0;  // peaks being forgotten slowly
  Timestamp at = 0;           // 0: nothing, or without levels

  bool operator==(const HeardAudio&) const = default;
};

class PublishedHeardAudio {
 public:
  void set(const HeardAudio& heard) {
    word_.set(static_cast<std::uint64_t>(heard.at) << 8 | heard.loudness);
  }
  HeardAudio get() const {
    const std::uint64_t word = word_.get();
    return {static_cast<std::uint8_t>(word), static_cast<Timestamp>(word >> 8)};
  }

 private:
  Published<std::uint64_t> word_;
};

// The levels of the last packets of audio, and how many there were: in a word, so that whoever
// looks now and then finds each packet once, if that is at least every kCount packets.
class RecentLevels {
 public:
  static constexpr unsigned kCount = 8;

  static RecentLevels from_bits(std::uint64_t bits) {
    RecentLevels levels;
    levels.bits_ = bits;
    return levels;
  }
  std::uint64_t bits() const { return bits_; }

  void add(std::uint8_t loudness) {
    const std::uint64_t levels = (bits_ << kLevelBits | (loudness & kLoudnessMax)) & kLevelsMask;
    bits_ = ((bits_ & ~kLevelsMask) + kOnePacket) | levels;
  }
  // Modulo 256.
  std::uint8_t count() const { return static_cast<std::uint8_t>(bits_ / kOnePacket); }
  // Calls `visit(loudness)` for the packets after the first `count`, in order; of more than kCount
  // the last ones.
  template <typename Visit>
  void for_each_after(std::uint8_t count, Visit&& visit) const {
    const unsigned came = static_cast<std::uint8_t>(this->count() - count);
    for (unsigned left = came < kCount ? came : kCount; left > 0; --left)
      visit(static_cast<std::uint8_t>(bits_ >> (left - 1) * kLevelBits & kLoudnessMax));
  }

  bool operator==(const RecentLevels&) const = default;

 private:
  static constexpr unsigned kLevelBits = 7;
  static constexpr std::uint64_t kOnePacket = 1ULL << kCount * kLevelBits;
  static constexpr std::uint64_t kLevelsMask = kOnePacket - 1;

  std::uint64_t bits_ = 0;
};

class PublishedRtpReport {
 public:
  void set(const RtpReport& report) {
    ssrc_.set(report.ssrc);
    packets_.set(report.packets);
    payload_bytes_.set(report.payload_bytes);
    packets_lost_.set(report.packets_lost);
    fraction_lost_.set(report.fraction_lost);
    jitter_.set(report.jitter);
  }
  RtpReport get() const {
    return {.ssrc = ssrc_.get(),
            .packets = packets_.get(),
            .payload_bytes = payload_bytes_.get(),
            .packets_lost = packets_lost_.get(),
            .fraction_lost = fraction_lost_.get(),
            .jitter = jitter_.get()};
  }

 private:
  Published<std::uint32_t> ssrc_;
  Published<std::uint64_t> packets_;
  Published<std::uint64_t> payload_bytes_;
  Published<std::int64_t> packets_lost_;
  Published<std::uint8_t> fraction_lost_;
  Published<std::uint32_t> jitter_;
};

}  // namespace penstock
