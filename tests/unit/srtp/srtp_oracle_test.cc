// libsrtp as the oracle: what we protect must be byte for byte what libsrtp makes of the same
// packet, and what libsrtp protects must come out as it went in.
#include <srtp2/srtp.h>

#include "dataplane/srtp/packet_index.h"
#include "tests/support/scale.h"
#include "tests/unit/srtp/srtp_test_support.h"

namespace penstock {
namespace {

constexpr std::size_t kPacketsPerProfile = 1'000'000;  // half in either direction
constexpr std::size_t kPayloadBytesMax = 1'500;
constexpr std::size_t kBatch = 32;
constexpr std::uint32_t kSsrcs = 4;
constexpr std::size_t kRtcpPackets = 20'000;

// libsrtp used directly, with the key of the test.
class Oracle {
 public:
  Oracle(SrtpProfile profile, const SrtpMasterKey& master, srtp_ssrc_type_t direction) {
    srtp_init();
    std::array<unsigned char, SRTP_MAX_KEY_LEN> key{};
    const std::size_t key_bytes = srtp_master_key_bytes(profile);
    std::copy_n(master.key.begin(), key_bytes, key.begin());
    std::copy(master.salt.begin(), master.salt.end(),
              key.begin() + static_cast<std::ptrdiff_t>(key_bytes));
    srtp_policy_t policy{};
    // The short tag is RTP's alone.
    for (srtp_crypto_policy_t* crypto : {&policy.rtp, &policy.rtcp}) {
      const bool is_short = profile == SrtpProfile::kAes128CmSha1_32 && crypto == &policy.rtp;
      if (profile == SrtpProfile::kAeadAes128Gcm) {
        srtp_crypto_policy_set_aes_gcm_128_16_auth(crypto);
      } else if (profile == SrtpProfile::kAeadAes256Gcm) {
        srtp_crypto_policy_set_aes_gcm_256_16_auth(crypto);
      } else if (is_short) {
        srtp_crypto_policy_set_aes_cm_128_hmac_sha1_32(crypto);
      } else {
        srtp_crypto_policy_set_aes_cm_128_hmac_sha1_80(crypto);
      }
    }
    policy.ssrc.type = direction;
    policy.key = key.data();
    policy.window_size = 1'024;
    EXPECT_EQ(srtp_create(&session_, &policy), srtp_err_status_ok);
  }
  ~Oracle() { srtp_dealloc(session_); }

  // Both return the new size, or 0.
  std::size_t protect(std::uint8_t* packet, std::size_t bytes) {
    int size = static_cast<int>(bytes);
    return srtp_protect(session_, packet, &size) == srtp_err_status_ok
               ? static_cast<std::size_t>(size)
               : 0;
  }
  std::size_t protect_rtcp(std::uint8_t* packet, std::size_t bytes) {
    int size = static_cast<int>(bytes);
    return srtp_protect_rtcp(session_, packet, &size) == srtp_err_status_ok
               ? static_cast<std::size_t>(size)
               : 0;
  }

 private:
  srtp_t session_ = nullptr;
};

struct Setup {
  SrtpProfile profile;
  SrtpBackend backend;
};

// Our own GCM has nothing to do with the profile that is not GCM.
std::vector<Setup> all_setups() {
  std::vector<Setup> setups;
  for (const SrtpBackend backend : all_backends()) {
    if (backend == SrtpBackend::kLibsrtp) continue;
    for (const SrtpProfile profile : kAllProfiles) {
      if (backend == SrtpBackend::kVaes && is_cm(profile)) continue;
      setups.push_back({profile, backend});
    }
  }
  return setups;
}

class SrtpOracle : public ::testing::TestWithParam<Setup> {
 protected:
  SrtpOracle()
      : prng_(42),
        master_(random_master_key(prng_, GetParam().profile)),
        oracle_(GetParam().profile, master_, ssrc_any_outbound),
        engine_(SrtpEngine::create(GetParam().backend)),
        noise_(random_bytes(prng_, 65'536)),
        next_index_(kSsrcs, 1'000) {
    sender_.init(GetParam().profile, master_, GetParam().backend);
    receiver_.init(GetParam().profile, master_, GetParam().backend);
  }

  struct Packet {
    alignas(16) std::array<std::uint8_t, kPayloadBytesMax + 200> bytes;
    std::uint16_t header_bytes;
    std::uint16_t payload_bytes;
    std::uint64_t index;
    const std::uint8_t* payload;

    std::size_t plain_bytes() const { return std::size_t{header_bytes} + payload_bytes; }
  };

  // A random header, with CSRCs and an extension at times, and a payload of 1 to 1,500 bytes that
  // points into noise. The sequence numbers of each SSRC ascend, with gaps, and wrap many times.
  void next_packet(Packet& packet) {
    const auto ssrc = static_cast<std::uint32_t>(prng_.below(kSsrcs));
    packet.index = next_index_[ssrc];
    next_index_[ssrc] += prng_.chance(1, 64) ? 1 + prng_.below(400) : 1;
    const std::uint64_t shape = prng_.next_u64();
    const auto csrcs = static_cast<std::size_t>(shape % 8 == 0 ? 3 : 0);
    const auto extension_words = static_cast<std::size_t>(shape % 16 < 8 ? shape / 16 % 8 : 0);
    std::size_t header_bytes = kHeaderBytes + csrcs * 4;
    packet.bytes[0] = static_cast<std::uint8_t>(0x80 | csrcs | (extension_words != 0 ? 0x10 : 0));
    packet.bytes[1] = static_cast<std::uint8_t>(shape >> 8);
    store_be16(&packet.bytes[2], static_cast<std::uint16_t>(packet.index));
    store_be32(&packet.bytes[4], static_cast<std::uint32_t>(shape >> 16));
    store_be32(&packet.bytes[8], 0x10000 + ssrc);
    std::copy_n(&noise_[shape % 60'000], csrcs * 4, &packet.bytes[kHeaderBytes]);
    if (extension_words != 0) {
      store_be16(&packet.bytes[header_bytes], 0xBEDE);
      store_be16(&packet.bytes[header_bytes + 2], static_cast<std::uint16_t>(extension_words));
      std::copy_n(&noise_[shape % 50'000], extension_words * 4, &packet.bytes[header_bytes + 4]);
      header_bytes += 4 + extension_words * 4;
    }
    packet.header_bytes = static_cast<std::uint16_t>(header_bytes);
    packet.payload_bytes = static_cast<std::uint16_t>(1 + prng_.below(kPayloadBytesMax));
    packet.payload = &noise_[prng_.below(noise_.size() - kPayloadBytesMax)];
  }

  // Lets libsrtp protect a copy.
  std::size_t protect_by_oracle(const Packet& packet, Packet& out) {
    std::copy_n(packet.bytes.begin(), packet.header_bytes, out.bytes.begin());
    std::copy_n(packet.payload, packet.payload_bytes, &out.bytes[packet.header_bytes]);
    return oracle_.protect(out.bytes.data(), packet.plain_bytes());
  }

  Prng prng_;
  SrtpMasterKey master_;
  Oracle oracle_;
  std::unique_ptr<SrtpEngine> engine_;
  SrtpSendContext sender_;
  SrtpReceiveContext receiver_;
  Bytes noise_;
  std::vector<std::uint64_t> next_index_;  // of each SSRC
  std::array<Packet, kBatch> packets_;
  std::array<Packet, kBatch> expected_;
};
INSTANTIATE_TEST_SUITE_P(All, SrtpOracle, ::testing::ValuesIn(all_setups()));

TEST_P(SrtpOracle, WeProtectAsLibsrtpDoes) {
  std::array<ProtectJob, kBatch> jobs;
  for (std::size_t done = 0; done < test::scaled(kPacketsPerProfile / 2); done += kBatch) {
    for (std::size_t i = 0; i < kBatch; ++i) {
      next_packet(packets_[i]);
      jobs[i] = {.context = &sender_,
                 .payload = packets_[i].payload,
                 .packet = packets_[i].bytes.data(),
                 .header_bytes = packets_[i].header_bytes,
                 .payload_bytes = packets_[i].payload_bytes,
                 .roc = roc_of(packets_[i].index)};
    }
    engine_->protect_rtp(jobs);
    for (std::size_t i = 0; i < kBatch; ++i) {
      const std::size_t bytes = protect_by_oracle(packets_[i], expected_[i]);
      ASSERT_EQ(jobs[i].result, DropReason::kNone);
      ASSERT_EQ(bytes, packets_[i].plain_bytes() + srtp_tag_bytes(GetParam().profile));
      ASSERT_EQ(std::memcmp(packets_[i].bytes.data(), expected_[i].bytes.data(), bytes), 0)
          << "packet " << done + i << " of " << packets_[i].payload_bytes << " bytes";
    }
  }
}

TEST_P(SrtpOracle, WeUnprotectWhatLibsrtpProtected) {
  std::array<UnprotectJob, kBatch> jobs;
  for (std::size_t done = 0; done < test::scaled(kPacketsPerProfile / 2); done += kBatch) {
    for (std::size_t i = 0; i < kBatch; ++i) {
      next_packet(packets_[i]);
      const std::size_t bytes = protect_by_oracle(packets_[i], expected_[i]);
      ASSERT_NE(bytes, 0u);
      jobs[i] = {.context = &receiver_,
                 .packet = expected_[i].bytes.data(),
                 .packet_bytes = static_cast<std::uint16_t>(bytes),
                 .header_bytes = packets_[i].header_bytes};
    }
    engine_->unprotect_rtp(jobs);
    for (std::size_t i = 0; i < kBatch; ++i) {
      const Packet& packet = packets_[i];
      ASSERT_EQ(jobs[i].result, DropReason::kNone) << "packet " << done + i;
      ASSERT_EQ(jobs[i].packet_index, packet.index);
      ASSERT_EQ(jobs[i].plain_bytes, packet.plain_bytes());
      const std::uint8_t* out = jobs[i].packet;
      ASSERT_EQ(std::memcmp(out, packet.bytes.data(), packet.header_bytes), 0);
      ASSERT_EQ(std::memcmp(out + packet.header_bytes, packet.payload, packet.payload_bytes), 0);
    }
  }
}

TEST_P(SrtpOracle, RtcpIsTheSameBothWays) {
  sender_.skip_ahead(0, 1);  // libsrtp counts from one
  for (std::size_t i = 0; i < kRtcpPackets; ++i) {
    const std::size_t bytes = 8 + prng_.below(300) * 4;
    Bytes plain(&noise_[i], &noise_[i] + bytes);
    plain[0] = 0x81;
    plain[1] = 201;
    store_be32(&plain[4], 0x10000);
    Bytes ours = plain;
    ours.resize(bytes + 40);
    Bytes theirs = ours;
    const auto result = engine_->protect_rtcp(sender_, ours, bytes);
    ASSERT_EQ(result.reason, DropReason::kNone);
    ASSERT_EQ(oracle_.protect_rtcp(theirs.data(), bytes), result.bytes);
    ours.resize(result.bytes);
    theirs.resize(result.bytes);
    ASSERT_EQ(ours, theirs) << i;

    const auto opened = engine_->unprotect_rtcp(receiver_, theirs);
    ASSERT_EQ(opened.reason, DropReason::kNone);
    theirs.resize(opened.bytes);
    ASSERT_EQ(theirs, plain);
  }
}

}  // namespace
}  // namespace penstock
