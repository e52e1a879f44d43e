// SRTCP (RFC 3711 section 3.4, RFC 7714 section 9).
#include "dataplane/srtp/srtcp_layout.h"
#include "tests/unit/srtp/srtp_test_support.h"

namespace penstock {
namespace {

Bytes receiver_report(std::uint32_t ssrc, std::size_t bytes) {
  Bytes packet = SrtpPair::plain_payload(bytes, bytes);
  packet[0] = 0x81;
  packet[1] = 201;
  store_be16(&packet[2], static_cast<std::uint16_t>(bytes / 4 - 1));
  store_be32(&packet[4], ssrc);
  return packet;
}

class SrtpRtcp
    : public ::testing::TestWithParam<std::tuple<SrtpProfile, SrtpBackend, SrtpBackend>> {
 protected:
  SrtpRtcp() : pair_(std::get<0>(GetParam()), std::get<1>(GetParam()), std::get<2>(GetParam())) {}

  Bytes protect(const Bytes& plain) {
    Bytes buffer = plain;
    buffer.resize(plain.size() + kSrtcpOverheadBytesMax);
    const auto result = pair_.send_engine().protect_rtcp(pair_.sender, buffer, plain.size());
    EXPECT_EQ(result.reason, DropReason::kNone);
    buffer.resize(result.bytes);
    return buffer;
  }

  DropReason unprotect(Bytes packet) {
    const auto result = pair_.receive_engine().unprotect_rtcp(pair_.receiver, packet);
    packet.resize(result.bytes);
    last_plain_ = packet;
    return result.reason;
  }

  std::size_t overhead_bytes() const { return 4 + srtcp_tag_bytes(std::get<0>(GetParam())); }

  SrtpPair pair_;
  Bytes last_plain_;
};
INSTANTIATE_TEST_SUITE_P(All, SrtpRtcp,
                         ::testing::Combine(::testing::ValuesIn(kAllProfiles),
                                            ::testing::ValuesIn(all_backends()),
                                            ::testing::ValuesIn(all_backends())));

TEST_P(SrtpRtcp, WhatWasProtectedComesOutAgain) {
  for (std::size_t bytes = 8; bytes <= 1'200; bytes += 4) {
    const Bytes plain = receiver_report(kSsrc, bytes);
    const Bytes packet = protect(plain);
    ASSERT_EQ(packet.size(), bytes + overhead_bytes());
    if (bytes >= 24) {
      EXPECT_FALSE(std::equal(plain.begin() + 8, plain.end(), packet.begin() + 8));
    }
    ASSERT_EQ(unprotect(packet), DropReason::kNone) << bytes;
    EXPECT_EQ(last_plain_, plain);
  }
}

TEST_P(SrtpRtcp, AnyChangedByteIsNoticed) {
  const Bytes genuine = protect(receiver_report(kSsrc, 32));
  for (std::size_t at = 0; at < genuine.size(); ++at) {
    Bytes forged = genuine;
    forged[at] ^= 0x10;
    EXPECT_EQ(unprotect(forged), DropReason::kSrtpAuthFailed) << at;
  }
  EXPECT_EQ(pair_.receiver.rtcp_sources().size(), 0u);
  EXPECT_EQ(unprotect(genuine), DropReason::kNone);
}

TEST_P(SrtpRtcp, TheEncryptedFlagMustBeSet) {
  Bytes packet = protect(receiver_report(kSsrc, 32));
  const auto layout =
      SrtcpLayout::from_plain(std::get<0>(GetParam()), packet.size() - overhead_bytes());
  packet[layout.word_at] ^= 0x80;
  EXPECT_EQ(unprotect(packet), DropReason::kSrtcpUnencrypted);
}

TEST_P(SrtpRtcp, EveryTruncationIsRefused) {
  const Bytes genuine = protect(receiver_report(kSsrc, 1'500 - overhead_bytes()));
  for (std::size_t bytes = 0; bytes < genuine.size(); ++bytes) {
    const Bytes packet(genuine.begin(), genuine.begin() + static_cast<std::ptrdiff_t>(bytes));
    const DropReason reason = unprotect(packet);
    if (bytes < 8 + overhead_bytes()) {
      ASSERT_EQ(reason, DropReason::kSrtpTooShort) << bytes;
    } else {
      ASSERT_TRUE(reason == DropReason::kSrtpAuthFailed || reason == DropReason::kSrtcpUnencrypted)
          << bytes;
    }
  }
  EXPECT_EQ(unprotect(genuine), DropReason::kNone);
}

TEST_P(SrtpRtcp, ReplaysAreAcceptedOnce) {
  const Bytes old = protect(receiver_report(kSsrc, 32));
  ASSERT_EQ(unprotect(old), DropReason::kNone);
  for (int sent = 0; sent < 300; ++sent) {
    if (sent == 0 || sent == 63 || sent == 127 || sent == 128 || sent == 299) {
      EXPECT_EQ(unprotect(old), DropReason::kSrtpReplay) << "+" << sent;
    }
    ASSERT_EQ(unprotect(protect(receiver_report(kSsrc, 32))), DropReason::kNone);
  }
}

TEST_P(SrtpRtcp, ComesInAnyOrderWithin128) {
  std::vector<Bytes> packets;
  for (int i = 0; i < 128; ++i) packets.push_back(protect(receiver_report(kSsrc, 16)));
  for (auto packet = packets.rbegin(); packet != packets.rend(); ++packet)
    ASSERT_EQ(unprotect(*packet), DropReason::kNone);
}

TEST_P(SrtpRtcp, RtpAndRtcpOfAnSsrcHaveWindowsOfTheirOwn) {
  ASSERT_EQ(unprotect(protect(receiver_report(kSsrc, 32))), DropReason::kNone);
  for (std::uint64_t index = 0; index < 4; ++index)
    EXPECT_EQ(pair_.unprotect(pair_.protect(kSsrc, index)), DropReason::kNone);
  EXPECT_EQ(unprotect(protect(receiver_report(kSsrc, 32))), DropReason::kNone);
  EXPECT_EQ(pair_.receiver.rtcp_sources().size(), 1u);
}

// An SSRC that we know from RTCP only has no ROC yet.
TEST_P(SrtpRtcp, RtpMayFollowInRoc1) {
  ASSERT_EQ(unprotect(protect(receiver_report(kSsrc, 32))), DropReason::kNone);
  EXPECT_EQ(pair_.unprotect(pair_.protect(kSsrc, 65'536 + 5)), DropReason::kNone);
  EXPECT_EQ(pair_.unprotect(pair_.protect(kSsrc, 65'535)), DropReason::kNone);
}

TEST_P(SrtpRtcp, AnSsrcTooManyTakesThePlaceOfTheOneUnusedLongestWhichCannotBeReplayed) {
  const Bytes first = protect(receiver_report(1, 16));
  ASSERT_EQ(unprotect(first), DropReason::kNone);
  for (std::uint32_t ssrc = 2; ssrc <= SrtpReceiveContext::kSsrcs; ++ssrc)
    ASSERT_EQ(unprotect(protect(receiver_report(ssrc, 16))), DropReason::kNone) << ssrc;
  EXPECT_EQ(unprotect(protect(receiver_report(99, 16))), DropReason::kNone);
  EXPECT_EQ(pair_.receiver.rtcp_sources().find(1), nullptr);
  EXPECT_EQ(unprotect(first), DropReason::kSrtpReplay);
  EXPECT_EQ(unprotect(protect(receiver_report(1, 16))), DropReason::kNone);
}

// A receiver of many m-lines, with an SSRC for each: there are fewer windows than these.
TEST_P(SrtpRtcp, SsrcsThatUseTheWindowsInTurnCannotBeReplayed) {
  constexpr std::uint32_t kCount = 128;
  SrtpReceiveContext receiver({.rtp_max = 0, .rtcp_max = kCount});
  ASSERT_TRUE(receiver.init(std::get<0>(GetParam()), pair_.master(), std::get<2>(GetParam())));
  const auto receive = [&](Bytes packet) {
    return pair_.receive_engine().unprotect_rtcp(receiver, packet).reason;
  };
  std::vector<Bytes> sent;
  for (int turn = 0; turn < 3; ++turn) {
    for (std::uint32_t ssrc = 1; ssrc <= kCount; ++ssrc) {
      sent.push_back(protect(receiver_report(ssrc, 16)));
      ASSERT_EQ(receive(sent.back()), DropReason::kNone) << ssrc;
    }
  }
  EXPECT_LT(receiver.rtcp_sources().size(), kCount);
  for (const Bytes& packet : sent) ASSERT_EQ(receive(packet), DropReason::kSrtpReplay);
}

TEST_P(SrtpRtcp, TheIndexStopsAtItsLimit) {
  pair_.sender.skip_ahead(0, kSrtcpIndexLimit - 5);
  for (int i = 0; i < 5; ++i)
    ASSERT_EQ(unprotect(protect(receiver_report(kSsrc, 16))), DropReason::kNone);
  Bytes buffer = receiver_report(kSsrc, 16);
  buffer.resize(16 + kSrtcpOverheadBytesMax);
  const Bytes before = buffer;
  for (int i = 0; i < 3; ++i) {
    const auto result = pair_.send_engine().protect_rtcp(pair_.sender, buffer, 16);
    EXPECT_EQ(result.reason, DropReason::kSrtpIndexExhausted);
    EXPECT_EQ(result.bytes, 0u);
    EXPECT_EQ(buffer, before);
  }
}

TEST_P(SrtpRtcp, NeedsAHeaderAndRoom) {
  Bytes buffer = receiver_report(kSsrc, 32);
  const auto protect_in = [this](std::span<std::uint8_t> span, std::size_t plain_bytes) {
    return pair_.send_engine().protect_rtcp(pair_.sender, span, plain_bytes).reason;
  };
  EXPECT_EQ(protect_in(buffer, 7), DropReason::kRtcpInvalid);
  EXPECT_EQ(protect_in(buffer, 0), DropReason::kRtcpInvalid);
  EXPECT_EQ(protect_in(buffer, 32), DropReason::kRtcpInvalid);
  EXPECT_EQ(protect_in(buffer, ~std::size_t{0}), DropReason::kRtcpInvalid);
  EXPECT_EQ(protect_in(buffer, 12), DropReason::kNone);
}

TEST_P(SrtpRtcp, WithoutKeysThereIsNothing) {
  Bytes packet = protect(receiver_report(kSsrc, 16));
  pair_.sender.clear();
  pair_.receiver.clear();
  EXPECT_EQ(unprotect(packet), DropReason::kSrtpNoKeys);
  EXPECT_EQ(pair_.send_engine().protect_rtcp(pair_.sender, packet, 8).reason,
            DropReason::kSrtpNoKeys);
}

// Fast path only: libsrtp counts for each SSRC by itself, and from one.
TEST(SrtpRtcpIndex, IsOneSequenceFromZeroForAllSsrcs) {
  SrtpPair pair(SrtpProfile::kAeadAes128Gcm);
  for (std::uint32_t i = 0; i < 10; ++i) {
    Bytes buffer = receiver_report(i % 3, 16);
    buffer.resize(16 + kSrtcpOverheadBytesMax);
    const auto result = pair.send_engine().protect_rtcp(pair.sender, buffer, 16);
    EXPECT_EQ(load_be32(&buffer[result.bytes - 4]), kSrtcpEncryptedFlag | i);
  }
}

}  // namespace
}  // namespace penstock
