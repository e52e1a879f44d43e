// SRTP's transforms on intel-ipsec-mb, or with our own GCM for RTP beside it (vaes_gcm.h): seals
// and opens packets, knows nothing of windows or counters. Out of place when sealing RTP, in place
// or not when opening it, in place otherwise. Owned by one engine; one thread.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <span>

#include "dataplane/srtp/batch.h"
#include "dataplane/srtp/ipsec_mb.h"
#include "dataplane/srtp/rtp_opening.h"
#include "dataplane/srtp/srtcp_layout.h"

namespace penstock {

class IpsecMbBackend {
 public:
  // `uses_vaes`: of contexts with SrtpBackend::kVaes, in the widest vectors that this CPU has.
  // nullptr if it cannot run that.
  static std::unique_ptr<IpsecMbBackend> create(bool uses_vaes);

  // Encrypts and tags at most kSrtpJobsMax jobs, those whose result is kNone. What has no keys
  // (SrtpProfile::kNone) is copied.
  void seal_rtp(std::span<const ProtectJob> jobs);

  // Compares the tags of at most kSrtpJobsMax packets and sets is_authentic. GCM packets come out
  // decrypted, authentic or not.
  void authenticate_rtp(std::span<RtpOpening> openings);
  // Brings back the ciphertext of a packet that was not authentic and was decrypted in place, so
  // that it can be tried again.
  void restore_rtp(const RtpOpening& opening);
  // Decrypts AES-CM packets that were accepted (job result kNone).
  void decrypt_rtp(std::span<const RtpOpening> openings);

  // Encrypts, writes the word of E flag and index, and tags.
  void seal_rtcp(const SrtpSendContext& context, const RtcpOperation& operation);
  // True if the tag is right; the packet is decrypted then, undefined otherwise.
  bool open_rtcp(const SrtpReceiveContext& context, const RtcpOperation& operation);

 private:
  enum class RtpGcm : std::uint8_t { kIpsecMb, kVaes, kVaes512 };

  IpsecMbBackend(std::unique_ptr<IpsecMb> ipsec_mb, RtpGcm rtp_gcm)
      : ipsec_mb_(std::move(ipsec_mb)), rtp_gcm_(rtp_gcm) {}

  void seal_gcm(const ProtectJob& job);
  void decrypt_gcm(const RtpOpening& opening, std::uint8_t* tag);
  void authenticate_gcm(RtpOpening& opening);
  void queue_cm_authentication(const RtpOpening& opening, std::size_t slot);
  void finish_cm_authentication(RtpOpening& opening, std::size_t slot);

  std::unique_ptr<IpsecMb> ipsec_mb_;
  RtpGcm rtp_gcm_;
  std::array<std::array<std::uint8_t, 32>, kSrtpJobsMax> digests_{};
  std::array<std::array<std::uint8_t, 16>, kSrtpJobsMax> tags_{};
};

}  // namespace penstock
