// CRC32c of SCTP packets: the published value, and that only the checksum field does not count.
#include "controlplane/sctp/crc32c.h"

#include <gtest/gtest.h>

#include <vector>

namespace penstock {
namespace {

// RFC 3720 appendix B.4: 32 bytes of zeros have aa 36 91 8a. (With the field of a packet among
// them, which counts as zero.)
TEST(Crc32c, OfZerosIsThePublishedOne) {
  std::vector<std::uint8_t> packet(32, 0);
  packet[9] = 77;
  write_sctp_checksum(packet);
  EXPECT_EQ(packet[8], 0xAA);
  EXPECT_EQ(packet[9], 0x36);
  EXPECT_EQ(packet[10], 0x91);
  EXPECT_EQ(packet[11], 0x8A);
  EXPECT_TRUE(has_valid_sctp_checksum(packet));
}

TEST(Crc32c, EveryBitCounts) {
  for (std::size_t size = 12; size < 40; ++size) {
    std::vector<std::uint8_t> packet(size);
    for (std::size_t i = 0; i < size; ++i) packet[i] = static_cast<std::uint8_t>(i * 7);
    write_sctp_checksum(packet);
    for (std::size_t bit = 0; bit < size * 8; ++bit) {
      std::vector<std::uint8_t> changed = packet;
      changed[bit / 8] = static_cast<std::uint8_t>(changed[bit / 8] ^ (1U << (bit % 8)));
      EXPECT_FALSE(has_valid_sctp_checksum(changed));
    }
  }
}

}  // namespace
}  // namespace penstock
