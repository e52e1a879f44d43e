// Packets as printed in the RFCs. They start from session keys.
#include "dataplane/srtp/ipsec_mb.h"
#include "tests/unit/srtp/srtp_test_support.h"

namespace penstock {
namespace {

constexpr std::string_view kGcmKey =
    "000102030405060708090a0b0c0d0e0f 101112131415161718191a1b1c1d1e1f";
constexpr std::string_view kGcmSalt = "517569642070726f2071756f";  // Quid pro quo
constexpr std::uint32_t kSrtcpIndex = 0x5d4;

SrtpSessionKeys gcm_keys() {
  SrtpSessionKeys keys;
  for (SrtpProtocolKeys* protocol : {&keys.rtp, &keys.rtcp}) {
    copy_hex(kGcmKey, protocol->cipher_key);
    copy_hex(kGcmSalt, protocol->salt);
  }
  return keys;
}

// All backends that take session keys.
std::vector<SrtpBackend> session_key_backends() {
  std::vector<SrtpBackend> backends = all_backends();
  std::erase(backends, SrtpBackend::kLibsrtp);
  return backends;
}

class RfcVectors : public ::testing::TestWithParam<SrtpBackend> {
 protected:
  RfcVectors() : engine_(SrtpEngine::create(GetParam())) {}

  Bytes protect(SrtpSendContext& context, const Bytes& plain, std::size_t tag_bytes) {
    Bytes packet(plain.begin(), plain.begin() + kHeaderBytes);
    packet.resize(plain.size() + tag_bytes + kSrtpRoomBytes);
    ProtectJob job{.context = &context,
                   .payload = plain.data() + kHeaderBytes,
                   .packet = packet.data(),
                   .header_bytes = kHeaderBytes,
                   .payload_bytes = static_cast<std::uint16_t>(plain.size() - kHeaderBytes)};
    engine_->protect_rtp({&job, 1});
    EXPECT_EQ(job.result, DropReason::kNone);
    packet.resize(plain.size() + tag_bytes);
    return packet;
  }

  void check_gcm_rtp(SrtpProfile profile, const Bytes& expected) {
    const Bytes plain = from_hex(
        "8040f17b 8041f8d3 5501a0b2 47616c6c 69612065 7374206f 6d6e6973 20646976 69736120 696e2070"
        "61727465 73207472 6573");  // Gallia est omnis divisa in partes tres
    SrtpSendContext sender;
    sender.init_from_session_keys(profile, gcm_keys(), GetParam());
    EXPECT_EQ(protect(sender, plain, 16), expected);

    SrtpReceiveContext receiver;
    receiver.init_from_session_keys(profile, gcm_keys(), GetParam());
    Bytes packet = expected;
    UnprotectJob job{.context = &receiver,
                     .packet = packet.data(),
                     .packet_bytes = static_cast<std::uint16_t>(packet.size()),
                     .header_bytes = kHeaderBytes};
    engine_->unprotect_rtp({&job, 1});
    ASSERT_EQ(job.result, DropReason::kNone);
    packet.resize(job.plain_bytes);
    EXPECT_EQ(packet, plain);
  }

  // The packet that sections 17.1 to 17.4 work on; the one printed before them is a different one.
  const Bytes rtcp_plain_ = from_hex(
      "81c8000d 4d617273 4e545031 4e545032 52545020 0000042a 0000e930 4c756e61"
      "deadbeef deadbeef deadbeef deadbeef deadbeef");

  void check_gcm_rtcp(SrtpProfile profile, const Bytes& expected) {
    SrtpSendContext sender;
    sender.init_from_session_keys(profile, gcm_keys(), GetParam());
    sender.skip_ahead(0, kSrtcpIndex);
    Bytes buffer = rtcp_plain_;
    buffer.resize(rtcp_plain_.size() + kSrtcpOverheadBytesMax);
    const auto sealed = engine_->protect_rtcp(sender, buffer, rtcp_plain_.size());
    ASSERT_EQ(sealed.reason, DropReason::kNone);
    buffer.resize(sealed.bytes);
    EXPECT_EQ(buffer, expected);

    SrtpReceiveContext receiver;
    receiver.init_from_session_keys(profile, gcm_keys(), GetParam());
    Bytes packet = expected;
    const auto opened = engine_->unprotect_rtcp(receiver, packet);
    ASSERT_EQ(opened.reason, DropReason::kNone);
    packet.resize(opened.bytes);
    EXPECT_EQ(packet, rtcp_plain_);
  }

  std::unique_ptr<SrtpEngine> engine_;
};

// SSRC, ROC and SEQ are zero there, so a payload of zeros comes out as the key stream.
INSTANTIATE_TEST_SUITE_P(All, RfcVectors, ::testing::ValuesIn(session_key_backends()));

TEST_P(RfcVectors, Rfc3711AppendixB2KeyStream) {
  SrtpSessionKeys keys;
  copy_hex("2B7E151628AED2A6ABF7158809CF4F3C", keys.rtp.cipher_key);
  copy_hex("F0F1F2F3F4F5F6F7F8F9FAFBFCFD", keys.rtp.salt);
  SrtpSendContext sender;
  sender.init_from_session_keys(SrtpProfile::kAes128CmSha1_80, keys, GetParam());
  Bytes plain(kHeaderBytes + 48);
  plain[0] = 0x80;
  const Bytes packet = protect(sender, plain, 10);
  EXPECT_EQ(Bytes(packet.begin() + kHeaderBytes, packet.begin() + kHeaderBytes + 48),
            from_hex("E03EAD0935C95E80E166B16DD92B4EB4 D23513162B02D0F72A43A2FE4A5F97AB"
                     "41E95B3BB0A2E8DD477901E4FCA894C0"));
}

// The other half of B.2: blocks 0xFEFF to 0xFF01, further than an RTP packet can reach.
TEST_P(RfcVectors, Rfc3711AppendixB2EndOfKeyStream) {
  SrtpProtocolKeys keys;
  copy_hex("2B7E151628AED2A6ABF7158809CF4F3C", keys.cipher_key);
  SrtpKeySchedule schedule;
  expand_keys(SrtpProfile::kAes128CmSha1_80, keys, schedule);
  Bytes text(0xFF02 * 16);
  const auto ipsec_mb = IpsecMb::create();
  std::uint8_t* iv = ipsec_mb->queue_ctr(
      schedule.cm, {.from = text.data(), .to = text.data(), .bytes = text.size()});
  const Bytes counter = from_hex("F0F1F2F3F4F5F6F7F8F9FAFBFCFD0000");
  std::copy(counter.begin(), counter.end(), iv);
  ipsec_mb->run_ctr();
  EXPECT_EQ(Bytes(text.end() - 48, text.end()),
            from_hex("EC8CDF7398607CB0F2D21675EA9EA1E4 362B7C3C6773516318A077D7FC5073AE"
                     "6A2CC3787889374FBEB4C81B17BA6C44"));
}

TEST_P(RfcVectors, Rfc7714Section16Aes128) {
  check_gcm_rtp(SrtpProfile::kAeadAes128Gcm,
                from_hex("8040f17b 8041f8d3 5501a0b2 f24de3a3 fb34de6c acba861c 9d7e4bca be633bd5"
                         "0d294e6f 42a5f47a 51c7d19b 36de3adf 8833899d 7f27beb1 6a9152cf 765ee439"
                         "0cce"));
}

TEST_P(RfcVectors, Rfc7714Section16Aes256) {
  check_gcm_rtp(SrtpProfile::kAeadAes256Gcm,
                from_hex("8040f17b 8041f8d3 5501a0b2 32b1de78 a822fe12 ef9f78fa 332e33aa b1801238"
                         "9a58e2f3 b50b2a02 76ffae0f 1ba63799 b87b7aa3 db36dfff d6b0f9bb 7878d7a7"
                         "6c13"));
}

TEST_P(RfcVectors, Rfc7714Section17Aes128) {
  check_gcm_rtcp(SrtpProfile::kAeadAes128Gcm,
                 from_hex("81c8000d 4d617273 63e94885 dcdab67c a727d766 2f6b7e99 7ff5c0f7 6c06f32d"
                          "c676a5f1 730d6fda 4ce09b46 86303ded 0bb9275b c84aa458 96cf4d2f c5abf872"
                          "45d9eade 800005d4"));
}

TEST_P(RfcVectors, Rfc7714Section17Aes256) {
  check_gcm_rtcp(SrtpProfile::kAeadAes256Gcm,
                 from_hex("81c8000d 4d617273 d50ae4d1 f5ce5d30 4ba297e4 7d470c28 2c3ece5d bffe0a50"
                          "a2eaa5c1 110555be 8415f658 c61de047 6f1b6fad 1d1eb30c 4446839f 57ff6f6c"
                          "b26ac3be 800005d4"));
}

// Section 17.3: tagged but not encrypted, and the tag is right. We always encrypt, so does a peer.
TEST_P(RfcVectors, Rfc7714Section17WithoutEncryptionIsRefused) {
  SrtpReceiveContext receiver;
  receiver.init_from_session_keys(SrtpProfile::kAeadAes128Gcm, gcm_keys(), GetParam());
  Bytes packet = rtcp_plain_;
  const Bytes rest = from_hex("841dd968 3dd78ec9 2ae58790 125f62b3 000005d4");
  packet.insert(packet.end(), rest.begin(), rest.end());
  EXPECT_EQ(engine_->unprotect_rtcp(receiver, packet).reason, DropReason::kSrtcpUnencrypted);
  EXPECT_EQ(receiver.rtp_sources().size(), 0u);
}

}  // namespace
}  // namespace penstock
