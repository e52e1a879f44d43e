// The numbers under which the packets of a source are forwarded: the source's own, closed up where
// a packet was left out, so that no receiver takes it for lost. Packets that hold nothing but
// padding are left out; publishers send thousands of them to probe the network. State of one
// stream, on its owner's worker.
//
// Of two packets that are forwarded no two get the same number, whatever their order: only the
// newest packet can be left out, before any packet behind it has a number.
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>

namespace penstock {

// For packets at most `kPackets` behind the newest one.
template <std::size_t kPackets>
class NumberLine {
 public:
  // `sequence`, newer than any packet before it, is left out: the next one gets its number.
  void leave_out(std::uint64_t sequence) {
    const std::uint64_t steps =
        left_out_count_ == 0 ? kWords : sequence / 64 - newest_left_out_ / 64;
    for (std::uint64_t i = 0; i < steps && i < kWords; ++i)
      words_[(sequence / 64 - i) % kWords] = 0;
    words_[sequence / 64 % kWords] |= std::uint64_t{1} << (sequence % 64);
    newest_left_out_ = sequence;
    ++left_out_count_;
  }

  // The number of a packet that is not left out. Called per packet.
  std::uint64_t number_of(std::uint64_t sequence) const {
    if (left_out_count_ == 0) [[likely]]
      return sequence;
    if (sequence > newest_left_out_) return sequence - left_out_count_;
    return sequence - (left_out_count_ - left_out_behind(sequence));
  }

 private:
  // One word more than the packets need, so that words can be recycled whole.
  static constexpr std::size_t kWords = kPackets / 64 + 1;

  // How many of those left out are newer.
  std::uint64_t left_out_behind(std::uint64_t sequence) const {
    std::uint64_t count = 0;
    for (std::uint64_t word = sequence / 64; word <= newest_left_out_ / 64; ++word) {
      std::uint64_t bits = words_[word % kWords];
      if (word == sequence / 64) bits &= ~std::uint64_t{0} << (sequence % 64);
      count += static_cast<std::uint64_t>(std::popcount(bits));
    }
    return count;
  }

  std::uint64_t left_out_count_ = 0;
  std::uint64_t newest_left_out_ = 0;
  std::array<std::uint64_t, kWords> words_{};  // one bit for each packet: left out
};

}  // namespace penstock
