// What a published m-line is, and how a receiver sees one: values that the control plane makes of
// descriptions and hands to the workers, when an object is made and again when it changes. Any
// thread.
#pragma once

#include <cstddef>
#include <cstdint>

#include "dataplane/api/handles.h"
#include "dataplane/base/static_vector.h"
#include "dataplane/rtp/media_types.h"

namespace penstock {

// Which SSRC repairs which (RFC 4588 section 8.8, FID).
struct RepairedSsrc {
  std::uint32_t ssrc = 0;  // of media
  std::uint32_t rtx_ssrc = 0;

  bool operator==(const RepairedSsrc&) const = default;
};

// What the levels of the packets of audio (RFC 6464) are used for.
struct AudioRule {
  // When whoever is heard counts as talking.
  std::uint32_t packets = 0;   // over which the level is averaged; 0: nobody wants to know
  std::uint8_t level_max = 0;  // -dBov; an average below is talking
  // Of many streams only the loudest go further (Dataplane::set_audio_gate).
  bool is_gated = false;
  // Those of the last packets are wanted (Dataplane::recent_levels_of).
  bool is_followed = false;

  bool operator==(const AudioRule&) const = default;
};

// A publisher's m-line. Its transport, its mid and the kind of its codec are for its life; all else
// a renegotiation may change.
struct StreamConfig {
  TransportHandle transport;  // null: a stream without a transport (a dummy publisher's)
  Mid mid;
  Codec codec = Codec::kOpus;
  std::uint8_t payload_type = 0;      // as the publisher sends it
  std::uint8_t rtx_payload_type = 0;  // what it sends again comes with this one; 0: as it was
  std::uint8_t red_payload_type = 0;  // what comes with this one is RED (RFC 2198); 0: nothing is
  bool has_nack = false;              // it sends again what it is asked for
  bool has_remb = false;              // it takes notice of REMB
  AudioRule audio;                    // of audio
  bool is_sent = true;                // false: inactive; what comes all the same goes no further
  StaticVector<std::uint32_t, kEncodingsMax>
      signalled_ssrcs;                                       // of media, from a=ssrc; may be empty
  StaticVector<RepairedSsrc, kEncodingsMax> repaired_ssrcs;  // likewise
  // The encodings that are taken, by rid (RFC 8851); empty without.
  StaticVector<Mid, kEncodingsMax> rids;
  // SSRCs that signalling gives to other tracks of the m-line (Plan B): they are not taken.
  StaticVector<std::uint32_t, 2 * kEncodingsMax> other_ssrcs;

  // In how many encodings the picture may come (simulcast): told apart by rid, else by the SSRCs
  // that signalling names.
  std::size_t encoding_count() const {
    if (!rids.empty()) return rids.size();
    const bool is_simulcast = codec_kind(codec) == MediaKind::kVideo && !signalled_ssrcs.empty();
    return is_simulcast ? signalled_ssrcs.size() : 1;
  }
};

// What each packet says of its sending, for the receiver to report or to estimate from.
enum class SendStamp : std::uint8_t {
  kNone,
  kTransportCc,  // its transport-wide number
  kAbsSendTime,  // when
};
constexpr HeaderExtension header_extension(SendStamp stamp) {
  return stamp == SendStamp::kTransportCc ? HeaderExtension::kTransportCc
                                          : HeaderExtension::kAbsSendTime;
}

// What was agreed about a transport, for all of its m-lines.
struct TransportOptions {
  bool has_data_channels = false;
  bool is_reduced_size = false;      // the peer takes RTCP that is not compound (RFC 5506)
  bool has_reference_times = false;  // it answers RRTR (RFC 3611 section 5.3, rcvr-rtt)

  bool operator==(const TransportOptions&) const = default;
};

// What a subscription shows, and as what: all of it a receiver may be told to expect anew, while
// the SSRC of media, and the numbers, go on.
struct SubscriptionTarget {
  StreamHandle stream;
  // As the receiver agreed. While the stream is sent with another codec nothing is forwarded.
  Codec codec = Codec::kOpus;
  std::uint8_t payload_type = 0;
  SendStamp stamp = SendStamp::kNone;  // the transport has the id of its extension
  // What comes as RED (RFC 2198) goes with this one; 0: what is in it goes alone.
  std::uint8_t red_payload_type = 0;
  // What is sent again goes this way (RFC 4588). SSRC 0: nothing is.
  std::uint8_t rtx_payload_type = 0;
  std::uint32_t rtx_ssrc = 0;

  bool operator==(const SubscriptionTarget&) const = default;
};

}  // namespace penstock
