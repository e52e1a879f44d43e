// A bit for each of a source's last `kPackets` sequence numbers, such as "was left out". Whoever
// has it remembers the newest number and clears what it moves over. A value.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <optional>

namespace penstock {

template <std::size_t kPackets>
class SequenceBits {
 public:
  static_assert(kPackets >= 64 && kPackets % 64 == 0);

  void set(std::uint64_t sequence) { words_[word_of(sequence / 64)] |= bit_of(sequence); }
  bool has(std::uint64_t sequence) const {
    return (words_[word_of(sequence / 64)] & bit_of(sequence)) != 0;
  }

  // Of `first` up to and including `last`: they take the places of others, long before them.
  void clear(std::uint64_t first, std::uint64_t last) {
    first = within(first, last);
    for (std::uint64_t word = first / 64; word <= last / 64; ++word)
      words_[word_of(word)] &= ~part_of(word, first, last);
  }

  // How many of `first` up to and including `last` have the bit. What is older than the window has
  // none.
  std::uint64_t count(std::uint64_t first, std::uint64_t last) const {
    first = within(first, last);
    std::uint64_t count = 0;
    for (std::uint64_t word = first / 64; word <= last / 64; ++word)
      count += ones(words_[word_of(word)] & part_of(word, first, last));
    return count;
  }

  // Going down from `last`, the newest number, which of those without the bit comes after `steps`
  // others. Empty if it is older than the window.
  std::optional<std::uint64_t> find_without(std::uint64_t last, std::uint64_t steps) const {
    const std::uint64_t first = within(0, last);
    for (std::uint64_t word = last / 64 + 1; word-- > first / 64;) {
      std::uint64_t without = ~words_[word_of(word)] & part_of(word, first, last);
      if (const std::uint64_t here = ones(without); steps >= here) {
        steps -= here;
        continue;
      }
      for (; steps > 0; --steps) without &= ~std::bit_floor(without);
      return word * 64 + 63 - static_cast<std::uint64_t>(std::countl_zero(without));
    }
    return std::nullopt;
  }

 private:
  static std::size_t word_of(std::uint64_t word) { return word % (kPackets / 64); }
  static std::uint64_t bit_of(std::uint64_t sequence) {
    return std::uint64_t{1} << (sequence % 64);
  }
  static std::uint64_t ones(std::uint64_t bits) {
    return static_cast<std::uint64_t>(std::popcount(bits));
  }
  // Not before the window that ends with `last`.
  static std::uint64_t within(std::uint64_t first, std::uint64_t last) {
    return last < kPackets ? first : std::max(first, last - kPackets + 1);
  }
  // Which bits of the word are of `first` to `last`.
  static std::uint64_t part_of(std::uint64_t word, std::uint64_t first, std::uint64_t last) {
    std::uint64_t part = ~std::uint64_t{0};
    if (word == first / 64) part &= part << (first % 64);
    if (word == last / 64) part &= ~std::uint64_t{0} >> (63 - last % 64);
    return part;
  }

  std::array<std::uint64_t, kPackets / 64> words_{};
};

}  // namespace penstock
