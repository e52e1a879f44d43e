// The profile without keys: what is protected is a copy, what is unprotected is taken as it is.
#include "tests/unit/srtp/srtp_test_support.h"

namespace penstock {
namespace {

class PlainRtp : public ::testing::TestWithParam<SrtpBackend> {
 protected:
  SrtpPair pair{SrtpProfile::kNone, GetParam()};
};
INSTANTIATE_TEST_SUITE_P(All, PlainRtp, ::testing::ValuesIn(all_backends()));

TEST_P(PlainRtp, PacketsGoAsTheyAre) {
  for (std::size_t bytes = 0; bytes < 1'400; bytes += 7) {
    Bytes expected = rtp_header(kSsrc, static_cast<std::uint16_t>(bytes));
    const Bytes payload = SrtpPair::plain_payload(bytes, bytes);
    expected.insert(expected.end(), payload.begin(), payload.end());
    EXPECT_EQ(pair.protect(kSsrc, bytes, bytes), expected);
  }
}

TEST_P(PlainRtp, WhatAReceiverHasOfItsOwnGoesInFront) {
  const Bytes payload = {3, 4, 5};
  const Bytes prefix = {1, 2};
  Bytes packet = rtp_header(kSsrc, 1);
  packet.resize(kHeaderBytes + 5 + kSrtpRoomBytes);
  ProtectJob job{.context = &pair.sender,
                 .payload = payload.data(),
                 .prefix = prefix.data(),
                 .packet = packet.data(),
                 .header_bytes = kHeaderBytes,
                 .payload_bytes = 3,
                 .prefix_bytes = 2};
  pair.send_engine().protect_rtp({&job, 1});
  ASSERT_EQ(job.result, DropReason::kNone);
  for (std::uint8_t i = 0; i < 5; ++i) EXPECT_EQ(packet[kHeaderBytes + i], i + 1);
}

TEST_P(PlainRtp, PacketsAreTakenAsTheyAreAndOnce) {
  for (const bool is_in_place : {true, false}) {
    Bytes packet = pair.protect(kSsrc, is_in_place ? 7 : 8, 40);
    Bytes elsewhere(40);
    UnprotectJob job = pair.job_for(packet);
    if (!is_in_place) job.payload = elsewhere.data();
    pair.receive_engine().unprotect_rtp({&job, 1});
    ASSERT_EQ(job.result, DropReason::kNone);
    EXPECT_EQ(job.plain_bytes, packet.size());
    const Bytes payload(job.plain_payload(), job.plain_payload() + 40);
    EXPECT_EQ(payload, SrtpPair::plain_payload(is_in_place ? 7 : 8, 40));
    pair.receive_engine().unprotect_rtp({&job, 1});
    EXPECT_EQ(job.result, DropReason::kSrtpReplay);
  }
}

TEST_P(PlainRtp, RtcpIsLeftAlone) {
  Bytes rtcp = {0x80, 201, 0, 1, 1, 2, 3, 4};
  const Bytes before = rtcp;
  rtcp.resize(rtcp.size() + kSrtcpOverheadBytesMax);
  const auto sealed = pair.send_engine().protect_rtcp(pair.sender, rtcp, before.size());
  ASSERT_EQ(sealed.reason, DropReason::kNone);
  rtcp.resize(sealed.bytes);
  EXPECT_EQ(rtcp, before);
  const auto opened = pair.receive_engine().unprotect_rtcp(pair.receiver, rtcp);
  EXPECT_EQ(opened.reason, DropReason::kNone);
  EXPECT_EQ(opened.bytes, before.size());
  EXPECT_EQ(rtcp, before);
  Bytes stub(7);
  EXPECT_EQ(pair.receive_engine().unprotect_rtcp(pair.receiver, stub).reason,
            DropReason::kSrtpTooShort);
}

}  // namespace
}  // namespace penstock
