// When media was captured, as receivers are told it.
#include "dataplane/base/endian.h"
#include "dataplane/rtp/header_extension.h"
#include "tests/unit/worker/rtcp_parts.h"
#include "tests/unit/worker/worker_fixture.h"

namespace penstock {
namespace {

constexpr NtpTime kCaptured = 0xE1234567'89ABCDEF;
constexpr std::uint64_t kOffset = std::uint64_t{3} << 32;  // 3 s

class CaptureTimeTest : public WorkerTest {
 protected:
  CaptureTimeTest()
      : publisher(add_connected_peer()),
        receiver(add_connected_peer()),
        stream(add_stream(publisher)) {
    subscribe(receiver, stream);
  }

  static std::vector<std::uint8_t> element(NtpTime captured, std::optional<std::uint64_t> offset) {
    std::vector<std::uint8_t> bytes(offset ? 16 : 8);
    store_be64(bytes.data(), captured);
    if (offset) store_be64(bytes.data() + 8, *offset);
    return bytes;
  }
  // What the receiver gets of it.
  std::vector<std::uint8_t> sent(const std::vector<std::uint8_t>& value) {
    receive_rtp(publisher, {.sequence = ++sequence,
                            .mid = "v",
                            .elements = {{HeaderExtension::kAbsCaptureTime, value}}});
    run();
    const auto media = take_media(receiver);
    if (media.size() != 1) return {};
    const auto header = parse_rtp_header(media[0]);
    const auto bytes = parse_extensions(media[0], *header, test_extensions())
                           .bytes(media[0], HeaderExtension::kAbsCaptureTime);
    return {bytes.begin(), bytes.end()};
  }
  void report(NtpTime ntp) {
    receive(publisher, srtcp(publisher, sender_report(TestRtp{}.ssrc, ntp, 1'000)));
    run();
  }
  NtpTime our_clock() const { return ntp_difference_from_ns(now); }

  TestPeer& publisher;
  TestPeer& receiver;
  StreamHandle stream;
  std::uint64_t sequence = TestRtp{}.sequence;
};

TEST_F(CaptureTimeTest, WithoutAnOffsetItIsPassedOn) {
  EXPECT_EQ(sent(element(kCaptured, {})), element(kCaptured, {}));
}

TEST_F(CaptureTimeTest, AnOffsetFromAnUnknownClockIsLeftOut) {
  EXPECT_EQ(sent(element(kCaptured, kOffset)), element(kCaptured, {}));
}

TEST_F(CaptureTimeTest, AnOffsetCountsFromOurClock) {
  sent(element(kCaptured, {}));
  // The publisher's is 10 s ahead: the capturing one is 13 s ahead of ours.
  report(our_clock() + (std::uint64_t{10} << 32));
  EXPECT_EQ(sent(element(kCaptured, kOffset)),
            element(kCaptured, kOffset + (std::uint64_t{10} << 32)));
}

TEST_F(CaptureTimeTest, AnOffsetMayBeNegative) {
  sent(element(kCaptured, {}));
  report(our_clock() - (std::uint64_t{10} << 32));
  EXPECT_EQ(sent(element(kCaptured, 0)), element(kCaptured, -(std::uint64_t{10} << 32)));
}

TEST_F(CaptureTimeTest, WhatHasAnotherSizeIsNotPassedOn) {
  EXPECT_TRUE(sent(std::vector<std::uint8_t>(9)).empty());
}

}  // namespace
}  // namespace penstock
