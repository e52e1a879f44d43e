#include "dataplane/stun/crc32.h"

#include <array>
#include <cstring>

namespace penstock::stun {
namespace {

constexpr std::uint32_t kPolynomialReflected = 0xEDB88320;

using Table = std::array<std::uint32_t, 256>;

// Tables for eight bytes at a time: tables[k][b] is the remainder of byte b followed by k zero
// bytes.
constexpr std::array<Table, 8> make_tables() {
  std::array<Table, 8> tables{};
  for (std::uint32_t byte = 0; byte < 256; ++byte) {
    std::uint32_t remainder = byte;
    for (int bit = 0; bit < 8; ++bit)
      remainder = (remainder >> 1) ^ ((remainder & 1U) != 0 ? kPolynomialReflected : 0);
    tables[0][byte] = remainder;
  }
  for (std::size_t k = 1; k < tables.size(); ++k) {
    for (std::size_t byte = 0; byte < 256; ++byte) {
      const std::uint32_t before = tables[k - 1][byte];
      tables[k][byte] = (before >> 8) ^ tables[0][before & 0xFFU];
    }
  }
  return tables;
}

constexpr std::array<Table, 8> kTables = make_tables();

}  // namespace

std::uint32_t crc32(std::span<const std::uint8_t> bytes) {
  std::uint64_t remainder = 0xFFFFFFFF;
  const std::uint8_t* at = bytes.data();
  std::size_t left = bytes.size();
  for (; left >= 8; left -= 8, at += 8) {
    std::uint64_t word;
    std::memcpy(&word, at, sizeof(word));
    word ^= remainder;
    remainder = 0;
    for (std::size_t k = 0; k < kTables.size(); ++k, word >>= 8)
      remainder ^= kTables[kTables.size() - 1 - k][word & 0xFFU];
  }
  for (; left > 0; --left, ++at)
    remainder = (remainder >> 8) ^ kTables[0][(remainder ^ *at) & 0xFFU];
  return ~static_cast<std::uint32_t>(remainder);
}

}  // namespace penstock::stun
