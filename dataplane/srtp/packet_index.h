// The 48-bit packet index of SRTP, ROC * 65,536 + SEQ, guessed from the 16 bits on the wire
// (RFC 3711 section 3.3.1 and appendix A). Pure functions.
#pragma once

#include <cstdint>

namespace penstock {

constexpr std::uint64_t packet_index(std::uint32_t roc, std::uint16_t sequence_number) {
  return (static_cast<std::uint64_t>(roc) << 16) | sequence_number;
}
constexpr std::uint32_t roc_of(std::uint64_t index) {
  return static_cast<std::uint32_t>(index >> 16);
}

// The index nearest to `highest` among those with ROC - 1, ROC and ROC + 1. There is nothing below
// ROC 0 and nothing above ROC 2^32 - 1; at either end the ROC stays.
constexpr std::uint64_t estimate_packet_index(std::uint64_t highest,
                                              std::uint16_t sequence_number) {
  const std::uint32_t roc = roc_of(highest);
  const auto last = static_cast<std::uint16_t>(highest);
  if (last < 32'768) {
    const bool before_wrap = sequence_number > last && sequence_number - last > 32'768;
    return packet_index(before_wrap && roc != 0 ? roc - 1 : roc, sequence_number);
  }
  const bool after_wrap = last - 32'768 > sequence_number;
  return packet_index(after_wrap && roc != 0xFFFF'FFFF ? roc + 1 : roc, sequence_number);
}

}  // namespace penstock
