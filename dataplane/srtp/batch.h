// SRTP and SRTCP over batches of packets (RFC 3711, RFC 7714): the one entrance to the library for
// the worker. Jobs are values on the caller's stack; each gets its own result, and no job can
// affect another. A batch may mix contexts and profiles.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

#include "dataplane/base/drop_reason.h"
#include "dataplane/srtp/backend.h"
#include "dataplane/srtp/contexts.h"

namespace penstock {

// Jobs that are in flight at once; longer batches are cut into pieces of this size.
inline constexpr std::size_t kSrtpJobsMax = 64;
// Bytes that must be writable behind the tag of a packet that is being protected.
inline constexpr std::size_t kSrtpRoomBytes = 64;
// Bytes of a payload that are one receiver's own, at most: an RTX header, a payload descriptor.
inline constexpr std::size_t kSrtpPrefixBytesMax = 64;
// What protecting adds to an RTCP packet at most: E flag and index, and the tag.
inline constexpr std::size_t kSrtcpOverheadBytesMax = 4 + 16;

// Protects one RTP packet out of place; with SrtpProfile::kNone that is a copy. The result is
// packet[0, header_bytes + prefix_bytes + payload_bytes + tag), tag being srtp_tag_bytes(profile).
struct ProtectJob {
  SrtpSendContext* context = nullptr;
  // Plaintext, only read, and shared by as many jobs as there are receivers.
  const std::uint8_t* payload = nullptr;
  // What this receiver gets in front of it; may be gone once the job is done.
  const std::uint8_t* prefix = nullptr;
  // Target, with kSrtpRoomBytes of room behind the tag. The RTP header is already written at
  // packet[0, header_bytes); SSRC and sequence number are read from it. Must not overlap `payload`.
  std::uint8_t* packet = nullptr;
  std::uint16_t header_bytes = 0;  // with CSRCs and extension; at least 12
  std::uint16_t payload_bytes = 0;
  std::uint16_t prefix_bytes = 0;  // at most kSrtpPrefixBytesMax
  // The upper bits of our extended output sequence number. {SSRC, roc, sequence number} must never
  // come twice under one context with different bytes: with GCM that would give away the key.
  std::uint32_t roc = 0;
  // Out: kNone, kSrtpNoKeys, kSrtpIndexExhausted; kSequenceTooOld from libsrtp if the index lies
  // more than 32,000 behind the highest.
  DropReason result = DropReason::kNone;

  std::size_t text_bytes() const { return std::size_t{prefix_bytes} + payload_bytes; }
  // Puts prefix and payload together where their ciphertext goes. Returns the place.
  std::uint8_t* write_text() const;
};

// Authenticates and decrypts one RTP packet.
struct UnprotectJob {
  SrtpReceiveContext* context = nullptr;
  std::uint8_t* packet = nullptr;
  std::uint16_t packet_bytes = 0;
  std::uint16_t header_bytes = 0;  // with CSRCs and extension, from the parser; at least 12
  // Where the plaintext of the payload goes: as many bytes as there are between header and tag, and
  // not over `packet`, which stays as it is. Null: in place.
  std::uint8_t* payload = nullptr;
  // Out: kNone, kSrtpNoKeys, kSrtpTooShort, kSrtpReplay, kSrtpAuthFailed, kSrtpTooManySsrcs. Unless
  // kNone, the bytes of the payload are undefined and must not be used.
  DropReason result = DropReason::kNone;
  std::uint16_t plain_bytes = 0;   // out: header and payload, that is packet_bytes without the tag
  std::uint64_t packet_index = 0;  // out: ROC and sequence number

  std::uint8_t* plain_payload() const {
    return payload != nullptr ? payload : packet + header_bytes;
  }
};

class IpsecMbBackend;
class LibsrtpBackend;

// The cipher machinery of one worker thread, which owns it and alone calls it. Works on contexts
// that were initialised with the same backend.
class SrtpEngine {
 public:
  // nullptr if the backend's library cannot be initialised.
  static std::unique_ptr<SrtpEngine> create(SrtpBackend backend);
  SrtpEngine(const SrtpEngine&) = delete;
  SrtpEngine& operator=(const SrtpEngine&) = delete;
  ~SrtpEngine();

  void protect_rtp(std::span<ProtectJob> jobs);

  // Replay check, then tag, then decryption; window, ROC and table of SSRCs move only for packets
  // whose tag is right (RFC 3711 section 3.3), in the order of the jobs. Of two copies of a packet
  // in a batch, the first is accepted.
  void unprotect_rtp(std::span<UnprotectJob> jobs);

  struct RtcpResult {
    DropReason reason = DropReason::kNone;
    std::size_t bytes = 0;  // size of the whole packet after the operation; 0 unless kNone
  };
  // Encrypts and tags (but for SrtpProfile::kNone) the compound RTCP packet buffer[0, plain_bytes)
  // in place; the buffer has kSrtcpOverheadBytesMax bytes more. kRtcpInvalid if it has not, or if
  // there is no RTCP header; kSrtpNoKeys; kSrtpIndexExhausted.
  RtcpResult protect_rtcp(SrtpSendContext& context, std::span<std::uint8_t> buffer,
                          std::size_t plain_bytes);
  // Authenticates and decrypts in place. Packets with the E flag clear are refused
  // (kSrtcpUnencrypted). Otherwise as for RTP.
  RtcpResult unprotect_rtcp(SrtpReceiveContext& context, std::span<std::uint8_t> packet);

 private:
  explicit SrtpEngine(SrtpBackend backend);

  SrtpBackend backend_;
  std::unique_ptr<IpsecMbBackend> ipsec_mb_;  // exactly one of the two is there
  std::unique_ptr<LibsrtpBackend> libsrtp_;
};

}  // namespace penstock
