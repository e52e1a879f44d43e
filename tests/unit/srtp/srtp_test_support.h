// What the SRTP tests share: hexadecimal, keys, RTP packets, and a pair of contexts with an engine.
#pragma once

#include <gtest/gtest.h>

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "dataplane/base/endian.h"
#include "dataplane/base/prng.h"
#include "dataplane/srtp/batch.h"

namespace penstock {

using Bytes = std::vector<std::uint8_t>;
inline constexpr std::uint32_t kSsrc = 0x5501a0b2;

// All that encrypt.
inline constexpr std::array kAllProfiles = {
    SrtpProfile::kAeadAes128Gcm, SrtpProfile::kAeadAes256Gcm, SrtpProfile::kAes128CmSha1_80,
    SrtpProfile::kAes128CmSha1_32};
// Those that this CPU can run: all but kVaes everywhere.
inline const std::vector<SrtpBackend>& all_backends() {
  static const std::vector<SrtpBackend> backends = [] {
    std::vector<SrtpBackend> runnable = {SrtpBackend::kIpsecMb, SrtpBackend::kLibsrtp};
    if (vaes_gcm_is_supported()) runnable.push_back(SrtpBackend::kVaes);
    return runnable;
  }();
  return backends;
}

inline Bytes from_hex(std::string_view text) {
  Bytes bytes;
  int high = -1;
  for (const char c : text) {
    if (c == ' ') continue;
    const int digit = c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10;
    if (high >= 0) bytes.push_back(static_cast<std::uint8_t>(high * 16 + digit));
    high = high >= 0 ? -1 : digit;
  }
  return bytes;
}

template <typename Array>
void copy_hex(std::string_view text, Array& to) {
  const Bytes bytes = from_hex(text);
  ASSERT_LE(bytes.size(), to.size());
  std::copy(bytes.begin(), bytes.end(), to.begin());
}

inline Bytes random_bytes(Prng& prng, std::size_t count) {
  Bytes bytes(count);
  for (auto& byte : bytes) byte = static_cast<std::uint8_t>(prng.next_u32());
  return bytes;
}

inline SrtpMasterKey random_master_key(Prng& prng, SrtpProfile profile) {
  SrtpMasterKey master;
  for (std::size_t i = 0; i < srtp_master_key_bytes(profile); ++i)
    master.key[i] = static_cast<std::uint8_t>(prng.next_u32());
  for (std::size_t i = 0; i < srtp_master_salt_bytes(profile); ++i)
    master.salt[i] = static_cast<std::uint8_t>(prng.next_u32());
  return master;
}

inline constexpr std::uint16_t kHeaderBytes = 12;

inline Bytes rtp_header(std::uint32_t ssrc, std::uint16_t sequence_number) {
  Bytes header(kHeaderBytes);
  header[0] = 0x80;
  header[1] = 96;
  store_be16(&header[2], sequence_number);
  store_be32(&header[4], 0x01020304);
  store_be32(&header[8], ssrc);
  return header;
}

// A sender and a receiver that hold the same key.
class SrtpPair {
 public:
  SrtpPair(SrtpProfile profile, SrtpBackend send_backend, SrtpBackend receive_backend,
           std::uint64_t seed = 1)
      : profile_(profile),
        send_engine_(SrtpEngine::create(send_backend)),
        receive_engine_(SrtpEngine::create(receive_backend)) {
    Prng prng(seed);
    master_ = random_master_key(prng, profile);
    EXPECT_TRUE(sender.init(profile, master_, send_backend));
    EXPECT_TRUE(receiver.init(profile, master_, receive_backend));
  }
  explicit SrtpPair(SrtpProfile profile, SrtpBackend backend = SrtpBackend::kIpsecMb)
      : SrtpPair(profile, backend, backend) {}

  // One protected packet. Its plaintext is plain_payload(index).
  Bytes protect(std::uint32_t ssrc, std::uint64_t index, std::size_t payload_bytes = 40) {
    const Bytes payload = plain_payload(index, payload_bytes);
    Bytes packet = rtp_header(ssrc, static_cast<std::uint16_t>(index));
    packet.resize(kHeaderBytes + payload_bytes + srtp_tag_bytes(profile_) + kSrtpRoomBytes);
    ProtectJob job{.context = &sender,
                   .payload = payload.data(),
                   .packet = packet.data(),
                   .header_bytes = kHeaderBytes,
                   .payload_bytes = static_cast<std::uint16_t>(payload_bytes),
                   .roc = static_cast<std::uint32_t>(index >> 16)};
    send_engine_->protect_rtp({&job, 1});
    EXPECT_EQ(job.result, DropReason::kNone);
    packet.resize(packet.size() - kSrtpRoomBytes);
    return packet;
  }

  // A job over a packet that the caller keeps.
  UnprotectJob job_for(Bytes& packet) {
    return {.context = &receiver,
            .packet = packet.data(),
            .packet_bytes = static_cast<std::uint16_t>(packet.size()),
            .header_bytes = kHeaderBytes};
  }

  // Takes a copy: the caller may offer the packet again.
  DropReason unprotect(Bytes packet) {
    UnprotectJob job = job_for(packet);
    receive_engine_->unprotect_rtp({&job, 1});
    last_index = job.packet_index;
    if (job.result == DropReason::kNone)
      last_payload.assign(packet.begin() + kHeaderBytes, packet.begin() + job.plain_bytes);
    return job.result;
  }

  static Bytes plain_payload(std::uint64_t index, std::size_t payload_bytes) {
    Prng prng(index);
    return random_bytes(prng, payload_bytes);
  }

  SrtpEngine& send_engine() { return *send_engine_; }
  SrtpEngine& receive_engine() { return *receive_engine_; }
  const SrtpMasterKey& master() const { return master_; }

  SrtpSendContext sender;
  SrtpReceiveContext receiver;
  std::uint64_t last_index = 0;  // of the last packet that unprotect() accepted
  Bytes last_payload;

 private:
  SrtpProfile profile_;
  std::unique_ptr<SrtpEngine> send_engine_;
  std::unique_ptr<SrtpEngine> receive_engine_;
  SrtpMasterKey master_;
};

}  // namespace penstock
