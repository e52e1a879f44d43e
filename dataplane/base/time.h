// Time as a value. Nothing below `Worker::run_once(now)` or a control-plane `handle_*(now, ...)`
// reads a clock: `now` is always an argument, which is what lets the whole server run in virtual
// time. Owned by nobody, usable from any thread.
#pragma once

#include <cstdint>
#include <limits>

namespace penstock {

// A point on the monotonic clock, in nanoseconds since an arbitrary start. Signed, so that
// differences are safe to take in either order.
using Timestamp = std::int64_t;

// A length of time in nanoseconds.
using Duration = std::int64_t;

inline constexpr Timestamp kNever = std::numeric_limits<Timestamp>::max();

inline constexpr Duration kMicrosecond = 1'000;
inline constexpr Duration kMillisecond = 1'000'000;
inline constexpr Duration kSecond = 1'000'000'000;

// A wall-clock instant in 64-bit NTP format (RFC 3550 section 4): seconds since 1900 in the upper
// 32 bits, fractions of a second in the lower ones.
using NtpTime = std::uint64_t;

// Seconds between the NTP epoch (1900) and the Unix epoch (1970).
inline constexpr std::uint64_t kNtpUnixOffsetSeconds = 2'208'988'800ULL;

// Converts nanoseconds since the Unix epoch to NTP format. Wraps in 2036, as NTP does.
constexpr NtpTime ntp_from_unix_ns(std::uint64_t unix_ns) {
  const std::uint64_t seconds = unix_ns / 1'000'000'000ULL + kNtpUnixOffsetSeconds;
  const std::uint64_t fraction = ((unix_ns % 1'000'000'000ULL) << 32) / 1'000'000'000ULL;
  return (seconds << 32) | fraction;
}

// Converts a difference of two NTP times to nanoseconds (modulo 2^64 arithmetic, then signed).
constexpr Duration ns_from_ntp_difference(std::uint64_t difference) {
  const auto seconds = static_cast<std::int32_t>(difference >> 32);
  const auto fraction =
      static_cast<std::int64_t>(((difference & 0xFFFFFFFFULL) * 1'000'000'000ULL) >> 32);
  return static_cast<Duration>(seconds) * kSecond + fraction;
}

// Converts a duration to a difference of NTP times.
constexpr std::uint64_t ntp_difference_from_ns(Duration ns) {
  const std::int64_t seconds = ns >= 0 ? ns / kSecond : -((-ns + kSecond - 1) / kSecond);
  const auto rest_ns = static_cast<std::uint64_t>(ns - seconds * kSecond);
  return (static_cast<std::uint64_t>(seconds) << 32) + (rest_ns << 32) / 1'000'000'000ULL;
}

// The middle 32 bits of an NTP time, as used in LSR, DLSR and RTT arithmetic (RFC 3550
// section 6.4.1).
constexpr std::uint32_t compact_ntp(NtpTime ntp) { return static_cast<std::uint32_t>(ntp >> 16); }

}  // namespace penstock
