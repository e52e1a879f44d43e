#include "dataplane/stun/crc32.h"

#include <gtest/gtest.h>

#include <string_view>
#include <vector>

#include "dataplane/base/prng.h"

namespace penstock::stun {
namespace {

std::uint32_t bitwise_crc32(std::span<const std::uint8_t> bytes) {
  std::uint32_t remainder = 0xFFFFFFFF;
  for (const std::uint8_t byte : bytes) {
    remainder ^= byte;
    for (int bit = 0; bit < 8; ++bit)
      remainder = (remainder & 1U) != 0 ? (remainder >> 1) ^ 0xEDB88320 : remainder >> 1;
  }
  return ~remainder;
}

TEST(Crc32, HasItsCheckValue) {
  const std::string_view text = "123456789";
  EXPECT_EQ(crc32({reinterpret_cast<const std::uint8_t*>(text.data()), text.size()}), 0xCBF43926U);
  EXPECT_EQ(crc32({}), 0U);
}

TEST(Crc32, EqualsTheBitwiseOneForAllLengthsAndOffsets) {
  Prng prng(1);
  std::vector<std::uint8_t> buffer(308);
  for (auto& byte : buffer) byte = static_cast<std::uint8_t>(prng.next_u32());
  for (std::size_t offset = 0; offset < 8; ++offset) {
    for (std::size_t length = 0; length <= 300; ++length) {
      const std::span<const std::uint8_t> bytes(buffer.data() + offset, length);
      ASSERT_EQ(crc32(bytes), bitwise_crc32(bytes)) << offset << " " << length;
    }
  }
}

}  // namespace
}  // namespace penstock::stun
