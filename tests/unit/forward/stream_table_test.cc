#include "dataplane/forward/stream_table.h"

#include <gtest/gtest.h>

namespace penstock {
namespace {

StreamHandle stream(std::uint32_t index) { return {index, 1}; }

StreamConfig config(std::string_view mid, std::uint8_t payload_type, std::uint32_t ssrc = 0) {
  StreamConfig result;
  result.mid = Mid::from(mid);
  result.payload_type = payload_type;
  if (ssrc != 0) static_cast<void>(result.signalled_ssrcs.push_back(ssrc));
  return result;
}

TEST(StreamTable, MidDecidesAndTheSsrcIsRemembered) {
  StreamTable table;
  ASSERT_TRUE(table.add(stream(1), config("0", 111)));
  ASSERT_TRUE(table.add(stream(2), config("1", 96)));
  EXPECT_TRUE(table.find(1'000).is_null());
  EXPECT_EQ(table.learn(1'000, "1", 96), stream(2));
  EXPECT_EQ(table.find(1'000), stream(2));
}

TEST(StreamTable, UnknownMidIsNotGuessed) {
  StreamTable table;
  ASSERT_TRUE(table.add(stream(1), config("0", 111, 5)));
  EXPECT_TRUE(table.learn(5, "9", 111).is_null());
}

TEST(StreamTable, SignalledSsrcDecidesWithoutMid) {
  StreamTable table;
  ASSERT_TRUE(table.add(stream(1), config("0", 96, 5)));
  ASSERT_TRUE(table.add(stream(2), config("1", 96, 6)));
  EXPECT_EQ(table.learn(6, "", 96), stream(2));
}

TEST(StreamTable, PayloadTypeDecidesOnlyIfOneStreamHasIt) {
  StreamTable table;
  ASSERT_TRUE(table.add(stream(1), config("0", 111)));
  ASSERT_TRUE(table.add(stream(2), config("1", 96)));
  EXPECT_EQ(table.learn(1, "", 111), stream(1));
  ASSERT_TRUE(table.add(stream(3), config("2", 96)));
  EXPECT_TRUE(table.learn(2, "", 96).is_null());
}

TEST(StreamTable, RemovedStreamTakesItsSsrcsWithIt) {
  StreamTable table;
  ASSERT_TRUE(table.add(stream(1), config("0", 111)));
  ASSERT_EQ(table.learn(7, "0", 111), stream(1));
  table.remove(stream(1));
  EXPECT_TRUE(table.find(7).is_null());
  EXPECT_TRUE(table.entries().empty());
}

TEST(StreamTable, SsrcsAreCapped) {
  StreamTable table;
  ASSERT_TRUE(table.add(stream(1), config("0", 111)));
  for (std::uint32_t ssrc = 1; ssrc <= kSsrcsPerTransportMax; ++ssrc) {
    ASSERT_FALSE(table.learn(ssrc, "0", 111).is_null());
  }
  EXPECT_TRUE(table.learn(100'000, "0", 111).is_null());
}

}  // namespace
}  // namespace penstock
