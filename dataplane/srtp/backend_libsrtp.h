// SRTP's transforms on libsrtp2: the portable path, one packet at a time. Our own contexts keep
// windows, ROCs and limits, and tell libsrtp the index, so that both backends behave alike; what
// libsrtp keeps of that is never the stricter one. Owned by one engine; one thread.
#pragma once

#include <cstdint>
#include <memory>
#include <span>

#include "dataplane/srtp/batch.h"
#include "dataplane/srtp/rtp_opening.h"
#include "dataplane/srtp/srtcp_layout.h"

namespace penstock {

enum class LibsrtpDirection : std::uint8_t { kSend, kReceive };

// A session without any SSRC yet. nullptr if the library fails. `master` has to outlive it.
srtp_ctx_t_* create_libsrtp_session(SrtpProfile profile, SrtpMasterKey& master,
                                    LibsrtpDirection direction);
// Wipes and frees it.
void destroy_libsrtp_session(srtp_ctx_t_* session);

// Gives back what the library keeps of an SSRC.
void forget_libsrtp_ssrc(srtp_ctx_t_* session, std::uint32_t ssrc);

class LibsrtpBackend {
 public:
  // nullptr if the library cannot be initialised.
  static std::unique_ptr<LibsrtpBackend> create();

  // Copies the payload behind the header and protects it there. Sets job.result.
  void seal_rtp(ProtectJob& job);
  // Sets is_authentic; if so, the packet is decrypted, and untouched otherwise.
  void open_rtp(RtpOpening& opening);

  // libsrtp counts SRTCP indexes by itself, for each SSRC; ours in `operation` is not used.
  DropReason seal_rtcp(const SrtpSendContext& context, const RtcpOperation& operation);
  bool open_rtcp(const SrtpReceiveContext& context, const RtcpOperation& operation);

 private:
  static constexpr std::size_t kPacketBytesMax = 65'536;

  explicit LibsrtpBackend(std::unique_ptr<std::uint8_t[]> scratch) : scratch_(std::move(scratch)) {}

  // libsrtp may decrypt before it knows that the tag is wrong, hence works on a copy.
  std::unique_ptr<std::uint8_t[]> scratch_;
};

}  // namespace penstock
