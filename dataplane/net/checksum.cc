#include "dataplane/net/checksum.h"

#include <array>
#include <cstring>

namespace penstock {
namespace {

std::uint64_t load_native(const std::uint8_t* from) {
  std::uint64_t word;
  std::memcpy(&word, from, sizeof(word));
  return word;
}

// Ones'-complement addition: the carry comes back in at the bottom.
std::uint64_t add_with_carry(std::uint64_t a, std::uint64_t b) {
  const std::uint64_t sum = a + b;
  return sum + (sum < a ? 1U : 0U);
}

}  // namespace

// The sum does not depend on the byte order it is taken in, but for a swap at the end (RFC 1071
// section 2), nor on the width of the words. So whole native 64-bit words are added; in four
// chains, because each addition waits for the carry of the one before.
std::uint32_t ones_complement_sum(std::span<const std::uint8_t> bytes) {
  const std::uint8_t* at = bytes.data();
  std::size_t left = bytes.size();
  std::array<std::uint64_t, 4> chains{};
  for (; left >= 32; left -= 32, at += 32) {
    for (std::size_t i = 0; i < 4; ++i)
      chains[i] = add_with_carry(chains[i], load_native(at + 8 * i));
  }
  std::uint64_t sum =
      add_with_carry(add_with_carry(chains[0], chains[1]), add_with_carry(chains[2], chains[3]));
  for (; left >= 8; left -= 8, at += 8) sum = add_with_carry(sum, load_native(at));
  if (left > 0) {
    std::uint64_t word = 0;
    std::memcpy(&word, at, left);
    sum = add_with_carry(sum, word);
  }
  return __builtin_bswap16(fold_checksum(sum));
}

std::uint16_t internet_checksum(std::span<const std::uint8_t> bytes) {
  return static_cast<std::uint16_t>(~ones_complement_sum(bytes));
}

std::uint64_t pseudo_header_sum(const IpAddress& source, const IpAddress& destination,
                                std::uint8_t protocol, std::uint32_t upper_layer_bytes) {
  const std::size_t skip = source.is_v4() ? 12 : 0;
  return std::uint64_t{ones_complement_sum(std::span(source.bytes).subspan(skip))} +
         ones_complement_sum(std::span(destination.bytes).subspan(skip)) + protocol +
         upper_layer_bytes;
}

}  // namespace penstock
