// Offers streams to a subscriber and reads its answer (RFC 3264, 9143, 9429). The form of the offer
// is that of the Janus VideoRoom: mids are m-line indices, payload types and extension ids are
// fixed (fixed_ids.h). Pure functions; any control thread. The room stores the streams, the payload
// types and the last offer with the subscriber.
#pragma once

#include <cstdint>
#include <expected>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "controlplane/sdp/data_media.h"
#include "controlplane/sdp/negotiation.h"
#include "controlplane/sdp/session_description.h"
#include "dataplane/rtp/media_types.h"

namespace penstock::sdp {

// One m-line of an offer of ours. M-lines are never removed: one that has no source any more stays
// in the list as inactive, with its last codec, until another stream of its kind reuses it.
struct OfferedStream {
  std::string mid;  // the m-line's index as text: "0", "1", ...
  MediaKind kind = MediaKind::kAudio;
  Codec codec = Codec::kOpus;
  std::uint8_t payload_type = 0;  // from SubscriberPayloadTypes::assign
  std::string fmtp;               // NegotiatedStream::fmtp of the published stream
  bool active = true;             // sendonly, or else inactive
  std::uint32_t ssrc = 0;         // what this subscriber receives; 0 = none signalled
  // Packets that it reports missing (NACK) are sent again this way (RFC 4588). 0 = they are not,
  // and NACK is not offered.
  std::uint8_t rtx_payload_type = 0;  // from SubscriberPayloadTypes::assign_rtx
  std::uint32_t rtx_ssrc = 0;
  // What comes as RED (RFC 2198) is sent so, with this number. 0 = it is not offered.
  std::uint8_t red_payload_type = 0;  // from SubscriberPayloadTypes::assign_red
  std::string cname;
  std::string msid_stream_id;  // the feed's id, or "janus" without use_msid
  std::string msid_track_id;   // the feed's mid, or "janus<mid>" without use_msid
  std::string feed_id;         // for the owner; not part of the offer
};  // Of data channels only mid and kind mean something: they are always active.

// Which payload type each codec configuration has in one subscriber's session. A configuration
// keeps its number for the life of the session and no number is used twice (RFC 9143 section 9.1,
// RFC 3264 section 8.3.2), so that a packet says by its number how to decode it. Stored with the
// subscriber.
class SubscriberPayloadTypes {
 public:
  // The number of this configuration, newly chosen when it is seen for the first time; nullopt when
  // all numbers are taken (the stream cannot be offered then).
  std::optional<std::uint8_t> assign(Codec codec, std::string_view fmtp);
  // The number of RTX for `payload_type`, which was assigned; 0 when all numbers are taken.
  std::uint8_t assign_rtx(std::uint8_t payload_type);
  // Of RED whose blocks are of `payload_type`; likewise.
  std::uint8_t assign_red(std::uint8_t payload_type);

 private:
  struct Entry {
    Codec codec;
    std::string fmtp;
    std::uint8_t payload_type;
    std::uint8_t rtx_payload_type;  // 0: not assigned
    std::uint8_t red_payload_type;  // likewise
  };
  std::uint8_t free_of(std::uint8_t wanted) const;
  bool is_free(std::uint8_t payload_type) const;

  std::vector<Entry> entries_;
};

// Whether who was offered a codec with the format parameters `offered` can take what is sent with
// `sent`: the profile is the same and the level not higher, or for Opus the number of channels. The
// other parameters tell a sender what to do, and matter to nobody who receives.
bool is_receivable(Codec codec, std::string_view offered, std::string_view sent);

// The extensions we offer: our fixed ids for those that `enabled` has with any id, as far as they
// are offered to subscribers at all. MID is always among them.
ExtensionMap subscriber_extensions(const ExtensionMap& enabled);

// The offer for these m-lines: all in one BUNDLE group, sendonly or inactive, setup:actpass,
// ice-lite, rtcp-mux, candidates in every m-line: who rejects the first ones takes them, and what
// else it has to know of the transport, from the first that it accepts (RFC 9143 section 7.3).
// `extensions` comes from subscriber_extensions(). The caller counts local.session_version up for
// each offer.
SessionDescription make_subscriber_offer(std::span<const OfferedStream> streams,
                                         const LocalTransportParameters& local,
                                         const ExtensionMap& extensions);

// Says in an m-line of ours what is sent in it: msid, SSRCs and the CNAME.
void describe_source(const OfferedStream& stream, bool has_rtx, MediaDescription& media);

// What a subscriber answered for one m-line of the offer.
struct AnsweredStream {
  bool accepted = false;   // port not zero and our payload type taken
  bool receiving = false;  // accepted, offered as sendonly, and answered recvonly or sendrecv
  bool has_rtx = false;    // takes RTX, and sends NACK
  bool has_red = false;    // takes RED
  bool has_transport_cc = false;  // reports on each packet that has a transport-wide number
  std::uint8_t payload_type = 0;
  DataMedia data;           // of data channels
  ExtensionMap extensions;  // those both sides have, with our ids
  bool operator==(const AnsweredStream&) const = default;
};

struct SubscriberAnswer {
  std::vector<AnsweredStream> streams;  // one per m-line
  RemoteTransport remote;
  DtlsRole dtls_role = DtlsRole::kServer;  // ours
  bool rtcp_rsize = true;                  // in all accepted m-lines
  std::vector<std::string> warnings;       // what will not be sent and why
};

// Checks `answer` against the `offer` it answers. Errors: another number, order, kind or mid of
// m-lines; an accepted m-line without rtcp-mux or outside the BUNDLE group; extension ids that mean
// something else than in the offer; setup:actpass or holdconn; missing fingerprint or ICE
// credentials. An m-line whose payload type is not there or means something else counts as
// rejected, with a warning; it is an error if no other is accepted. When every m-line is rejected
// the result has an empty `remote`.
std::expected<SubscriberAnswer, NegotiationError> apply_subscriber_answer(
    const SessionDescription& offer, const SessionDescription& answer);

}  // namespace penstock::sdp
