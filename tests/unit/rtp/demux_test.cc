#include "dataplane/rtp/demux.h"

#include <gtest/gtest.h>

#include <array>

namespace penstock {
namespace {

DatagramKind classify(std::uint8_t first, std::uint8_t second) {
  return classify_datagram(std::array<std::uint8_t, 2>{first, second});
}

TEST(Demux, FirstByteChoosesTheProtocolAsInRfc9443) {
  for (unsigned first = 0; first < 256; ++first) {
    DatagramKind expected = DatagramKind::kUnknown;
    if (first <= 3) expected = DatagramKind::kStun;
    if (first >= 20 && first <= 63) expected = DatagramKind::kDtls;
    if (first >= 128 && first <= 191) expected = DatagramKind::kRtp;
    EXPECT_EQ(classify(static_cast<std::uint8_t>(first), 96), expected) << first;
  }
}

TEST(Demux, SecondByteTellsRtcpFromRtpAsInRfc5761) {
  for (unsigned second = 0; second < 256; ++second) {
    const bool rtcp = second >= 192 && second <= 223;
    EXPECT_EQ(classify(0x80, static_cast<std::uint8_t>(second)),
              rtcp ? DatagramKind::kRtcp : DatagramKind::kRtp)
        << second;
  }
}

TEST(Demux, EmptyDatagramIsUnknown) { EXPECT_EQ(classify_datagram({}), DatagramKind::kUnknown); }

TEST(Demux, OneByteIsEnoughToClassify) {
  EXPECT_EQ(classify_datagram(std::array<std::uint8_t, 1>{0}), DatagramKind::kStun);
  EXPECT_EQ(classify_datagram(std::array<std::uint8_t, 1>{0x80}), DatagramKind::kRtp);
}

}  // namespace
}  // namespace penstock
