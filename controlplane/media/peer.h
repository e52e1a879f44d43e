// One peer of the peer connections: a publisher, a publisher without a transport, a subscriber, or
// what records a publisher, an address that media is forwarded to.
// Lives in a pool of PeerConnections, which makes, changes and destroys it; control thread. It owns
// its WebRtcTransport, and by handle what the data plane has of it: a transport, streams,
// subscriptions.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "controlplane/media/media.h"
#include "controlplane/media/webrtc_transport.h"
#include "controlplane/sdp/publisher_negotiation.h"
#include "controlplane/sdp/subscriber_negotiation.h"
#include "dataplane/pool/handle.h"
#include "dataplane/recording/arena.h"

namespace penstock {

// Of heap, that a connected peer with a few m-lines takes beside its DTLS association (dtls_job.h):
// the transport's control half, what was negotiated, entries in the tables that find it. The sums
// of server/pool_plan have it.
inline constexpr std::size_t kPeerHeapBytes = 8 * 1'024;

using IceUfrag = FixedText<kIceUfragBytesMax>;

enum class PeerRole : std::uint8_t {
  kPublisher,
  kDummyPublisher,
  kSubscriber,
  kRecorder,
  kForwarder
};

// A transport without ICE and DTLS: there is nothing of it in the control plane but this.
struct PlainTransport {
  TransportHandle handle;
  WorkerIndex worker = 0;
  Path path;  // without a MAC, which its worker knows
};

// One stream that is forwarded.
struct ForwardedLine {
  SubscriptionHandle subscription;
  SubscriptionTarget target;      // as the data plane has it
  bool has_payload_type = false;  // of its own
  bool is_empty = false;          // there is no such substream
};

// One m-line of a subscriber.
struct SubscriberLine {
  SubscriberMline wanted;
  std::string mid;  // where the subscriber has offered; empty: the m-line's index
  // As last offered. The codec and its parameters are not always those of the source, if that sends
  // what a receiver of these can take.
  std::uint32_t ssrc = 0;  // 0: none yet
  // The publisher's for whom the SSRC was made. It stays while the SSRC does, whatever is shown.
  std::uint64_t cname = 0;
  Codec codec = Codec::kOpus;
  std::string fmtp;
  std::uint8_t payload_type = 0;
  // 0: nothing is sent again.
  std::uint32_t rtx_ssrc = 0;
  std::uint8_t rtx_payload_type = 0;
  std::uint8_t red_payload_type = 0;  // 0: nothing is sent as RED
  StreamWishes wishes;
  bool has_data = false;  // of data channels: they were accepted
  // From the answer on.
  SubscriptionHandle subscription;
  SubscriptionTarget target;  // as the data plane has it
};

// One m-line that a recorder records.
struct RecorderLine {
  RecordedStream wanted;
  RecordingId recording = 0;        // 0: its file has ended by itself
  SubscriptionHandle subscription;  // null: of a data channel's messages
  bool is_paused = false;           // as the data plane has it
};

inline std::string mid_of(const SubscriberLine& line, std::size_t mindex) {
  return line.mid.empty() ? std::to_string(mindex) : line.mid;
}

// Whether what the line was offered as can show this source, too.
inline bool can_show(const SubscriberLine& line, const SubscriberMline& wanted) {
  return line.codec == wanted.codec && sdp::is_receivable(line.codec, line.fmtp, wanted.fmtp);
}

// What was lost of an SSRC, when it was last looked at.
struct LostPackets {
  std::uint32_t ssrc = 0;
  std::int64_t count = 0;
};

struct Peer {
  Peer(PeerId peer_id, PeerRole peer_role, std::uint64_t peer_cname)
      : id(peer_id), role(peer_role), cname(peer_cname) {}

  const PeerId id;
  const PeerRole role;
  const std::uint64_t cname;  // of what it publishes, for whoever receives it
  std::uint64_t room_key = 0;
  std::unique_ptr<WebRtcTransport> transport;  // null: a dummy publisher's, a forwarder's
  // Registered for this peer: the current one and, after a restart, the previous one.
  StaticVector<IceUfrag, 2> ufrags;
  std::uint64_t session_id = 0;
  std::uint64_t session_version = 0;
  sdp::Origin remote_origin;        // of the peer's last description that was taken
  bool is_connected = false;        // said so to MediaEvents
  bool is_changed = false;          // on the list of peers to report on
  bool is_waiting = false;          // on the list of those that wait for their handshake
  bool is_delayed = false;          // and was not let in at once
  std::vector<LostPackets> losses;  // of both directions; while somebody wants to hear of them

  // Publisher.
  std::optional<sdp::PublisherNegotiation> negotiation;  // none: a dummy publisher
  std::uint64_t bitrate_bps = 0;                         // Media::limit_bitrate
  AudioRule audio;                                       // Media::set_audio_rule
  std::vector<StreamHandle> streams;                     // one for each of negotiation->streams

  // Forwarder.
  std::optional<PlainTransport> plain;
  std::vector<ForwardedLine> forwarded;
  std::size_t forwarder_count = 0;  // streams of it, one at least
  PeerId data_source = 0;           // whose data channels are; 0: nobody's
  bool is_data_paused = false;

  // Subscriber.
  std::vector<SubscriberLine> lines;
  sdp::SubscriberPayloadTypes payload_types;
  std::optional<sdp::SessionDescription> pending_offer;
  ExtensionMap extensions;
  std::uint32_t ssrc_counter = 0;  // of next_ssrc; begins anywhere

  // Recorder: its transport is of files, and has no control half.
  PeerId recorded = 0;
  TransportHandle recording_transport;
  std::vector<RecorderLine> recorder_lines;

  // An SSRC that this peer's transport has never used. No (SSRC, packet index) may come twice under
  // one key (RFC 3711 section 9.1), and a long-lived subscriber switches often: a bijection of a
  // counter needs no memory of what was used.
  std::uint32_t next_ssrc() {
    std::uint32_t mixed = 0;
    while (mixed == 0) {
      mixed = ++ssrc_counter;
      mixed = (mixed ^ (mixed >> 16)) * 0x85EB'CA6BU;
      mixed = (mixed ^ (mixed >> 13)) * 0xC2B2'AE35U;
      mixed ^= mixed >> 16;
    }
    return mixed;
  }
};

using PeerHandle = Handle<Peer>;

// For a peer that has DTLS for data channels alone (WebRtcTransport::lacks_srtp).
inline MediaError lacks_srtp_error() {
  return {MediaErrorKind::kWrongState,
          "audio and video need SRTP (use_srtp), which this connection's DTLS did not agree on: "
          "make a new RTCPeerConnection"};
}

}  // namespace penstock
