#include "dataplane/base/byte_reader.h"

#include <gtest/gtest.h>

#include <array>

#include "dataplane/base/byte_writer.h"

namespace penstock {
namespace {

TEST(ByteReader, ReadsNetworkOrder) {
  const std::array<std::uint8_t, 7> bytes = {1, 2, 3, 4, 5, 6, 7};
  ByteReader reader(bytes);
  EXPECT_EQ(reader.read_u16(), 0x0102);
  EXPECT_EQ(reader.read_u32(), 0x03040506U);
  EXPECT_EQ(reader.remaining(), 1U);
  EXPECT_TRUE(reader.ok());
}

TEST(ByteReader, IsDeadAfterTheFirstReadPastTheEnd) {
  const std::array<std::uint8_t, 3> bytes = {1, 2, 3};
  ByteReader reader(bytes);
  EXPECT_EQ(reader.read_u32(), 0U);
  EXPECT_FALSE(reader.ok());
  EXPECT_EQ(reader.read_u8(), 0U);
  EXPECT_EQ(reader.remaining(), 0U);
  EXPECT_TRUE(reader.rest().empty());
}

TEST(ByteWriter, WritesWhatByteReaderReads) {
  std::array<std::uint8_t, 18> buffer{};
  ByteWriter writer(buffer);
  writer.write_u8(1);
  writer.write_u16(2);
  writer.write_u24(3);
  writer.write_u32(4);
  writer.write_u64(5);
  ASSERT_TRUE(writer.ok());
  ByteReader reader(buffer);
  EXPECT_EQ(reader.read_u8(), 1U);
  EXPECT_EQ(reader.read_u16(), 2U);
  EXPECT_EQ(reader.read_u24(), 3U);
  EXPECT_EQ(reader.read_u32(), 4U);
  EXPECT_EQ(reader.read_u64(), 5U);
}

TEST(ByteWriter, IsDeadAfterTheFirstWriteThatDoesNotFit) {
  std::array<std::uint8_t, 3> buffer{};
  ByteWriter writer(buffer);
  writer.write_u32(0xFFFFFFFF);
  writer.write_u8(7);
  EXPECT_FALSE(writer.ok());
  EXPECT_EQ(writer.size(), 0U);
  EXPECT_EQ(buffer[0], 0U);
}

}  // namespace
}  // namespace penstock
