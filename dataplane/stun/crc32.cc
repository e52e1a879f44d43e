#include "dataplane/stun/crc32.h"

#include <array>
#include <cstring>

namespace penstock::stun {
namespace {

constexpr std::uint32_t kPolynomialReflected = 0xEDB88320;

using Table = std::array<std::uint32_t, 256>;

// Tables for four bytes at a time: tables[k][b] is the remainder of byte b followed by k zero
// bytes.
constexpr std::array<Table, 4> make_tables() {
  std::array<Table, 4> tables{};
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

constexpr std::array<Table, 4> kTables = make_tables();

}  // namespace

std::uint32_t crc32(std::span<const std::uint8_t> bytes) {
  std::uint32_t remainder = 0xFFFFFFFF;
  const std::uint8_t* at = bytes.data();
  std::size_t left = bytes.size();
  for (; left >= 4; left -= 4, at += 4) {
    std::uint32_t word;
    std::memcpy(&word, at, sizeof(word));
    remainder ^= word;
    remainder = kTables[3][remainder & 0xFFU] ^ kTables[2][(remainder >> 8) & 0xFFU] ^
                kTables[1][(remainder >> 16) & 0xFFU] ^ kTables[0][remainder >> 24];
  }
  for (; left > 0; --left, ++at)
    remainder = (remainder >> 8) ^ kTables[0][(remainder ^ *at) & 0xFFU];
  return ~remainder;
}

}  // namespace penstock::stun
