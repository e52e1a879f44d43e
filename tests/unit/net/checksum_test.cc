#include "dataplane/net/checksum.h"

#include <gtest/gtest.h>

#include <array>
#include <vector>

#include "dataplane/base/prng.h"
#include "tests/unit/net/test_frame.h"

namespace penstock {
namespace {

using test::ip;
using test::naive_checksum;
using test::naive_sum;

TEST(Checksum, IsThatOfTheExampleInRfc1071) {
  const std::array<std::uint8_t, 8> bytes = {0x00, 0x01, 0xF2, 0x03, 0xF4, 0xF5, 0xF6, 0xF7};
  EXPECT_EQ(ones_complement_sum(bytes), 0xDDF2U);
  EXPECT_EQ(internet_checksum(bytes), 0x220D);
}

TEST(Checksum, EqualsTheNaiveOneForAllLengthsAndOffsets) {
  Prng prng(1);
  std::vector<std::uint8_t> buffer(1'516);
  for (auto& byte : buffer) byte = static_cast<std::uint8_t>(prng.next_u32());
  for (std::size_t offset = 0; offset < 16; ++offset) {
    for (std::size_t length = 0; length <= 1'500; ++length) {
      const std::span<const std::uint8_t> bytes(buffer.data() + offset, length);
      ASSERT_EQ(internet_checksum(bytes), naive_checksum(naive_sum(bytes)))
          << "offset " << offset << " length " << length;
    }
  }
}

TEST(Checksum, KeepsAllCarries) {
  for (std::size_t length = 0; length <= 1'500; ++length) {
    const std::vector<std::uint8_t> ones(length, 0xFF);
    ASSERT_EQ(internet_checksum(ones), naive_checksum(naive_sum(ones))) << length;
  }
}

TEST(Checksum, FoldsWhateverFitsTheSum) {
  EXPECT_EQ(fold_checksum(0), 0);
  EXPECT_EQ(fold_checksum(0xFFFF), 0xFFFF);
  EXPECT_EQ(fold_checksum(0x10000), 1);
  EXPECT_EQ(fold_checksum(0xFFFF'FFFF'FFFF'FFFF), 0xFFFF);
  EXPECT_EQ(fold_checksum(0xFFFF'FFFF'0000'0001), 1U);
}

TEST(Checksum, SumsThePseudoHeaderOfItsFamily) {
  const std::array<std::uint8_t, 12> v4 = {192, 0, 2, 1, 198, 51, 100, 2, 0, 17, 0, 100};
  EXPECT_EQ(fold_checksum(pseudo_header_sum(ip("192.0.2.1"), ip("198.51.100.2"), 17, 100)),
            naive_sum(v4));
  const IpAddress a = ip("2001:db8::1");
  const IpAddress b = ip("2001:db8::ffff:2");
  EXPECT_EQ(fold_checksum(pseudo_header_sum(a, b, 58, 1'000)),
            fold_checksum(naive_sum(a.bytes) + naive_sum(b.bytes) + 58 + 1'000));
}

}  // namespace
}  // namespace penstock
