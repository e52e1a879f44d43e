// The session descriptions of a WebRTC client: the offer of a publisher, what an answer to it says,
// and the answer of a subscriber. Text and values; stateless.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "controlplane/sdp/session_description.h"
#include "dataplane/rtp/media_types.h"

namespace penstock::test {

// What our descriptions say about our end.
struct LocalTransport {
  std::string ufrag, pwd;
  std::string fingerprint;       // "sha-256 AB:CD..."
  std::string candidate;         // "candidate:..."; empty: none is given
  std::uint64_t session_id = 1;  // o=
  std::uint64_t session_version = 1;
};

// One m-line of a publisher. Of data channels only kind and mid count.
struct OfferedStream {
  MediaKind kind = MediaKind::kAudio;
  std::string mid{};          // empty: its place, "0", "1", ...
  Codec codec = Codec::kVp8;  // of video: VP8 or H.264
  bool is_sent = true;        // false: inactive
  bool is_stopped = false;    // port 0
  std::uint32_t ssrc = 0;
  bool has_nack = false;       // sends again what it is asked for: video as RTX
  std::uint32_t rtx_ssrc = 0;  // 0: not named, although used
  // Encodings, told apart by rid and with no SSRC named, as browsers offer them.
  std::vector<std::string> rids{};
};
inline constexpr std::uint8_t kPublishedRtxPayloadType = 124;

// In one BUNDLE group.
std::string write_publish_offer(const LocalTransport& local,
                                std::span<const OfferedStream> streams);

// One m-line of an offer to receive.
struct PlayedLine {
  MediaKind kind = MediaKind::kAudio;
  std::string mid{};
  std::vector<std::string> codecs{};  // as in a=rtpmap; empty: "opus/48000/2", or "VP8/90000"
};
// In one BUNDLE group, recvonly, with RTX for what is video, and numbers of its own.
std::string write_play_offer(const LocalTransport& local, std::span<const PlayedLine> lines,
                             bool has_transport_cc);

struct AnsweredStream {
  bool is_accepted = false;
  std::uint8_t payload_type = 0;
  std::uint8_t rtx_payload_type = 0;  // 0: no RTX
};
// One for each m-line of the answer.
std::vector<AnsweredStream> read_publish_answer(const sdp::SessionDescription& answer);

// Takes everything that is offered, with the first payload type of each m-line; or all but the
// first m-line. `feedback_extension`: the URI of one more header extension that it takes.
std::string write_subscription_answer(const LocalTransport& local,
                                      const sdp::SessionDescription& offer, bool is_dtls_client,
                                      bool rejects_first = false,
                                      std::string_view feedback_extension = {});

inline constexpr std::string_view kTransportCcUri =
    "http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01";
inline constexpr std::string_view kAbsSendTimeUri =
    "http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time";

// The header extensions that a client knows, with the ids that the description has for them.
void merge_extensions(const sdp::SessionDescription& description, ExtensionMap& map);

}  // namespace penstock::test
