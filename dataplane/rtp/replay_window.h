// A sliding window over packet indexes (RFC 3711 section 3.3.2): has this index been accepted
// before? Asking and remembering are apart, because nothing may be remembered of a packet before
// its tag is verified. A value; lives in a receive context, where it finds replayed packets, and in
// a stream's reception, where it finds retransmissions of what came before.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace penstock {

// Remembers the last `kPackets` indexes up to the highest one committed.
template <std::size_t kPackets>
class ReplayWindow {
 public:
  static_assert(kPackets >= 64 && kPackets % 64 == 0);  // RFC 3711: at least 64

  // True if a packet with this index may be accepted: above all seen so far, or inside the window
  // and not seen. Changes nothing.
  bool check(std::uint64_t index) const {
    if (is_empty_ || index > highest_) return true;
    if (highest_ - index >= kPackets) return false;
    return (words_[word_of(index)] & bit_of(index)) == 0;
  }

  // Remembers an index for which check() is true, and whose packet is authenticated.
  void commit(std::uint64_t index) {
    if (is_empty_ || index > highest_) advance(index);
    words_[word_of(index)] |= bit_of(index);
  }

  // From now on all up to `highest` counts as seen, of which no more is known.
  void resume(std::uint64_t highest) {
    highest_ = highest;
    is_empty_ = false;
    words_.fill(~std::uint64_t{0});
  }

  bool is_empty() const { return is_empty_; }
  // The highest index committed; zero when empty.
  std::uint64_t highest() const { return highest_; }

 private:
  // One word more than the window needs, so that words can be recycled whole (RFC 6479).
  static constexpr std::size_t kWords = kPackets / 64 + 1;

  static std::size_t word_of(std::uint64_t index) { return (index / 64) % kWords; }
  static std::uint64_t bit_of(std::uint64_t index) { return std::uint64_t{1} << (index % 64); }

  void advance(std::uint64_t index) {
    const std::uint64_t steps = is_empty_ ? kWords : index / 64 - highest_ / 64;
    for (std::uint64_t i = 0; i < steps && i < kWords; ++i) words_[word_of(index - 64 * i)] = 0;
    highest_ = index;
    is_empty_ = false;
  }

  std::uint64_t highest_ = 0;
  bool is_empty_ = true;
  std::array<std::uint64_t, kWords> words_{};
};

}  // namespace penstock
