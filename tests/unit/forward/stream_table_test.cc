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

// Video with RTX, as browsers offer it.
StreamConfig repaired(std::string_view mid, std::uint32_t ssrc = 0, std::uint32_t rtx_ssrc = 0) {
  StreamConfig result = config(mid, 96, ssrc);
  result.codec = Codec::kVp8;
  result.rtx_payload_type = 97;
  if (rtx_ssrc != 0) static_cast<void>(result.repaired_ssrcs.push_back({ssrc, rtx_ssrc}));
  return result;
}

class StreamTableTest : public testing::Test {
 protected:
  // The stream that a packet belongs to; null if none.
  StreamHandle learn(std::uint32_t ssrc, std::string_view mid, std::uint8_t payload_type,
                     std::string_view rid = {}, std::string_view repaired_rid = {}) {
    const auto* learned = table.learn({.ssrc = ssrc,
                                       .payload_type = payload_type,
                                       .mid = mid,
                                       .rid = rid,
                                       .repaired_rid = repaired_rid});
    return learned == nullptr ? StreamHandle{} : learned->stream;
  }
  bool is_rtx(std::uint32_t ssrc) { return table.find(ssrc)->is_rtx; }

  StreamTable table{kStreamsPerTransport};
};

TEST_F(StreamTableTest, MidDecidesAndTheSsrcIsRemembered) {
  ASSERT_TRUE(table.add(stream(1), config("0", 111)));
  ASSERT_TRUE(table.add(stream(2), config("1", 96)));
  EXPECT_EQ(table.find(1'000), nullptr);
  EXPECT_EQ(learn(1'000, "1", 96), stream(2));
  EXPECT_EQ(table.find(1'000)->stream, stream(2));
  EXPECT_FALSE(is_rtx(1'000));
}

TEST_F(StreamTableTest, UnknownMidIsNotGuessed) {
  ASSERT_TRUE(table.add(stream(1), config("0", 111, 5)));
  EXPECT_TRUE(learn(5, "9", 111).is_null());
}

TEST_F(StreamTableTest, SignalledSsrcDecidesWithoutMid) {
  ASSERT_TRUE(table.add(stream(1), config("0", 96, 5)));
  ASSERT_TRUE(table.add(stream(2), config("1", 96, 6)));
  EXPECT_EQ(learn(6, "", 96), stream(2));
}

TEST_F(StreamTableTest, PayloadTypeDecidesOnlyIfOneStreamHasIt) {
  ASSERT_TRUE(table.add(stream(1), config("0", 111)));
  ASSERT_TRUE(table.add(stream(2), config("1", 96)));
  EXPECT_EQ(learn(1, "", 111), stream(1));
  ASSERT_TRUE(table.add(stream(3), config("2", 96)));
  EXPECT_TRUE(learn(2, "", 96).is_null());
}

TEST_F(StreamTableTest, RtxIsKnownByItsPayloadType) {
  ASSERT_TRUE(table.add(stream(1), config("0", 111)));
  ASSERT_TRUE(table.add(stream(2), repaired("1")));
  EXPECT_EQ(learn(9, "", 97), stream(2));
  EXPECT_TRUE(is_rtx(9));
  EXPECT_EQ(learn(10, "1", 97), stream(2)) << "with a MID, too";
  EXPECT_TRUE(is_rtx(10));
  EXPECT_EQ(learn(11, "0", 97), stream(1)) << "what is RTX elsewhere is not here";
  EXPECT_FALSE(is_rtx(11));
  EXPECT_EQ(table.find(9)->repaired_ssrc, 0U) << "which SSRC it repairs is not known from this";
}

TEST_F(StreamTableTest, SignalledRtxSsrcsSayWhatTheyRepair) {
  ASSERT_TRUE(table.add(stream(1), repaired("0", 5, 6)));
  ASSERT_TRUE(table.add(stream(2), repaired("1", 7, 8)));
  EXPECT_EQ(learn(8, "", 97), stream(2));
  EXPECT_TRUE(is_rtx(8));
  EXPECT_EQ(table.find(8)->repaired_ssrc, 7U);
  EXPECT_EQ(learn(6, "0", 97), stream(1));
  EXPECT_EQ(table.find(6)->repaired_ssrc, 5U);
}

TEST_F(StreamTableTest, TheRidSaysWhichEncodingItIs) {
  StreamConfig simulcast = repaired("0");
  for (const char* rid : {"h", "l"}) ASSERT_TRUE(simulcast.rids.push_back(Mid::from(rid)));
  ASSERT_TRUE(table.add(stream(1), simulcast));
  EXPECT_EQ(learn(3, "0", 96, "h"), stream(1));
  EXPECT_EQ(table.find(3)->encoding, 0);
  EXPECT_EQ(learn(4, "0", 97, "", "l"), stream(1));
  EXPECT_TRUE(is_rtx(4));
  EXPECT_EQ(table.find(4)->encoding, 1);
  EXPECT_TRUE(learn(1, "0", 96, "m").is_null()) << "not one of those that were agreed on";
  EXPECT_TRUE(learn(2, "0", 97, "", "m").is_null());
  EXPECT_TRUE(learn(5, "0", 96).is_null()) << "it may be of either";
}

TEST_F(StreamTableTest, OfOneEncodingWhoDoesNotSayItsRidIsBelieved) {
  StreamConfig simulcast = repaired("0");
  ASSERT_TRUE(simulcast.rids.push_back(Mid::from("h")));
  ASSERT_TRUE(table.add(stream(1), simulcast));
  EXPECT_EQ(learn(5, "0", 96), stream(1));
  EXPECT_TRUE(learn(1, "0", 96, "l").is_null());
}

TEST_F(StreamTableTest, WithoutRidsTheSignalledSsrcsAreTheEncodings) {
  StreamConfig simulcast = repaired("0");
  for (const std::uint32_t ssrc : {10U, 20U, 30U}) {
    ASSERT_TRUE(simulcast.signalled_ssrcs.push_back(ssrc));
    ASSERT_TRUE(simulcast.repaired_ssrcs.push_back({ssrc, ssrc + 1}));
  }
  ASSERT_EQ(simulcast.encoding_count(), 3U);
  ASSERT_TRUE(table.add(stream(1), simulcast));
  EXPECT_EQ(learn(20, "0", 96), stream(1));
  EXPECT_EQ(table.find(20)->encoding, 1);
  EXPECT_EQ(learn(31, "0", 97), stream(1));
  EXPECT_EQ(table.find(31)->encoding, 2);
  EXPECT_EQ(table.find(31)->repaired_ssrc, 30U);
  EXPECT_TRUE(learn(40, "0", 96).is_null());
}

TEST_F(StreamTableTest, AnotherTrackOfTheMLineIsNotTaken) {
  StreamConfig plan_b = repaired("0", 10, 11);
  for (const std::uint32_t ssrc : {20U, 21U}) ASSERT_TRUE(plan_b.other_ssrcs.push_back(ssrc));
  ASSERT_TRUE(table.add(stream(1), plan_b));
  EXPECT_TRUE(learn(20, "0", 96).is_null());
  EXPECT_TRUE(learn(21, "", 97).is_null());
  EXPECT_EQ(learn(10, "0", 96), stream(1));
}

TEST_F(StreamTableTest, RemovedStreamTakesItsSsrcsWithIt) {
  ASSERT_TRUE(table.add(stream(1), repaired("0")));
  ASSERT_EQ(learn(7, "0", 96), stream(1));
  ASSERT_EQ(learn(8, "0", 97), stream(1));
  table.remove(stream(1));
  EXPECT_EQ(table.find(7), nullptr);
  EXPECT_EQ(table.find(8), nullptr);
  EXPECT_TRUE(table.entries().empty());
}

TEST_F(StreamTableTest, AnSsrcTooManyTakesThePlaceOfTheOneUnusedLongest) {
  ASSERT_TRUE(table.add(stream(1), config("0", 111)));
  for (std::uint32_t ssrc = 1; ssrc <= StreamTable::ssrcs_max(kStreamsPerTransport); ++ssrc) {
    ASSERT_FALSE(learn(ssrc, "0", 111).is_null());
  }
  ASSERT_NE(table.find(1), nullptr) << "used just now";
  EXPECT_FALSE(learn(100'000, "0", 111).is_null());
  EXPECT_NE(table.find(1), nullptr);
  EXPECT_EQ(table.find(2), nullptr);
}

TEST_F(StreamTableTest, AStreamThatChangesForgetsSsrcsThatSignallingNamesNoLonger) {
  StreamConfig named = config("0", 111);
  ASSERT_TRUE(named.signalled_ssrcs.push_back(7));
  ASSERT_TRUE(table.add(stream(1), named));
  ASSERT_FALSE(learn(7, "0", 111).is_null());
  ASSERT_FALSE(learn(8, "0", 111).is_null()) << "which it never named";
  StreamConfig changed = config("0", 112);
  ASSERT_TRUE(changed.signalled_ssrcs.push_back(9));
  table.update(stream(1), changed);
  EXPECT_EQ(table.find(7), nullptr);
  EXPECT_NE(table.find(8), nullptr) << "a browser says its mid only at first";
  EXPECT_EQ(learn(9, "", 112), stream(1));
}

}  // namespace
}  // namespace penstock
