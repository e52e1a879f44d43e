// Order and extension of the numbers that wrap: RTP sequence numbers (16 bits) and timestamps (32
// bits), RFC 3550 appendix A.1 and RFC 1982. Values owned by whoever tracks a stream, one thread.
#pragma once

#include <concepts>
#include <cstdint>
#include <limits>
#include <type_traits>

namespace penstock {

// How far `a` is after `b` on the circle, negative if before; at half a circle, negative.
template <std::unsigned_integral Number>
constexpr std::make_signed_t<Number> wrapping_difference(Number a, Number b) {
  return static_cast<std::make_signed_t<Number>>(static_cast<Number>(a - b));
}

// Extends wrapping numbers to 64 bits, whose low bits always are the number itself. The first
// number gets one full cycle added, so that packets that were sent before it and arrive after it
// (even from the other side of a wrap) still get a smaller, positive value. Each number is placed
// within half a cycle of the newest one so far.
template <std::unsigned_integral Number>
class Unwrapper {
 public:
  // The extended value of `number`; remembers it if it is the newest so far.
  std::uint64_t unwrap(Number number) {
    const std::uint64_t extended = peek(number);
    if (extended > newest_) newest_ = extended;
    return extended;
  }
  // As unwrap(), but changes nothing: for packets that are not authenticated yet.
  std::uint64_t peek(Number number) const {
    if (!started()) return kCycle + number;
    const auto step = wrapping_difference(number, static_cast<Number>(newest_));
    return newest_ + static_cast<std::uint64_t>(static_cast<std::int64_t>(step));
  }
  bool started() const { return newest_ != 0; }
  // The largest value returned by unwrap(); 0 before the first.
  std::uint64_t newest() const { return newest_; }
  void reset() { newest_ = 0; }

 private:
  static constexpr std::uint64_t kCycle = std::uint64_t{std::numeric_limits<Number>::max()} + 1;
  std::uint64_t newest_ = 0;
};

using SequenceUnwrapper = Unwrapper<std::uint16_t>;
using TimestampUnwrapper = Unwrapper<std::uint32_t>;

}  // namespace penstock
