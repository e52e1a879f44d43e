// Why a packet went no further. Every early return of the data path names one, and each worker
// counts them; a packet is never dropped silently and never logged. Add a line here, in its group,
// for a new reason.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace penstock {

// X(enumerator, label, meaning)
#define PENSTOCK_DROP_REASONS(X)                                                                \
  X(kNone, "none", "not dropped")                                                               \
  /* link and network layer */                                                                  \
  X(kFrameTooLarge, "frame_too_large", "received frame does not fit one packet buffer")         \
  X(kEthernetTruncated, "ethernet_truncated", "frame shorter than its Ethernet header")         \
  X(kEthernetNotForUs, "ethernet_not_for_us",                                                   \
    "destination MAC is neither ours nor a group we use")                                       \
  X(kEthernetBadSource, "ethernet_bad_source", "source MAC is zero, a group address or ours")   \
  X(kVlanNotOurs, "vlan_not_ours", "VLAN tag of another id than the port's, or none")           \
  X(kEtherTypeUnknown, "ether_type_unknown", "neither ARP, IPv4 nor IPv6")                      \
  X(kArpInvalid, "arp_invalid", "malformed ARP or one that is not for us")                      \
  X(kIpv4Truncated, "ipv4_truncated", "IPv4 lengths disagree with the frame")                   \
  X(kIpv4BadHeader, "ipv4_bad_header", "IPv4 version or IHL wrong, or a source route")          \
  X(kIpv4BadChecksum, "ipv4_bad_checksum", "IPv4 header checksum wrong")                        \
  X(kIpv6Truncated, "ipv6_truncated", "IPv6 lengths disagree with the frame")                   \
  X(kIpv6BadHeader, "ipv6_bad_header", "IPv6 version or order of extension headers wrong")      \
  X(kIpv6ExtensionRefused, "ipv6_extension_refused",                                            \
    "IPv6 extension headers that are not skipped: routing, unknown options, too many")          \
  X(kIpFragment, "ip_fragment", "IP fragment from an address without a validated pair")         \
  X(kFragmentInvalid, "fragment_invalid", "IP fragment whose extent cannot be")                 \
  X(kFragmentOverlap, "fragment_overlap", "IP fragments overlap, or contradict each other")     \
  X(kFragmentTooMany, "fragment_too_many", "more IP fragments than are put together at a time") \
  X(kFragmentTooLarge, "fragment_too_large", "IP fragments of too large a datagram")            \
  X(kFragmentTimeout, "fragment_timeout", "datagram of which not all IP fragments came")        \
  X(kFragmentOfOtherWorker, "fragment_of_other_worker", "its port is another worker's")         \
  X(kFragmentNotDtls, "fragment_not_dtls", "came in IP fragments, and is not DTLS")             \
  X(kIpMartianSource, "ip_martian_source", "source is multicast, broadcast, loopback or ours")  \
  X(kIpNotForUs, "ip_not_for_us", "destination address is not ours")                            \
  X(kIpProtocolUnknown, "ip_protocol_unknown", "neither UDP nor ICMP")                          \
  X(kNeighborRateLimited, "neighbor_rate_limited",                                              \
    "ARP and neighbour discovery answers are limited per second")                               \
  X(kIcmpInvalid, "icmp_invalid", "malformed ICMP or a type that gets no answer")               \
  X(kIcmpNotOfOurs, "icmp_not_of_ours", "ICMP error that quotes nothing that we have sent")     \
  X(kIcmpRateLimited, "icmp_rate_limited", "ICMP answers are limited per second")               \
  X(kNdpInvalid, "ndp_invalid", "neighbour discovery message fails RFC 4861 validation")        \
  X(kMldInvalid, "mld_invalid", "multicast listener query fails RFC 3810 validation")           \
  X(kUdpTruncated, "udp_truncated", "UDP length disagrees with the packet")                     \
  X(kUdpBadChecksum, "udp_bad_checksum", "UDP checksum wrong, or zero on IPv6")                 \
  X(kUdpPortUnknown, "udp_port_unknown", "no worker owns the destination port")                 \
  /* demultiplexing */                                                                          \
  X(kDatagramEmpty, "datagram_empty", "UDP datagram without payload")                           \
  X(kDatagramUnknown, "datagram_unknown", "first byte is of no protocol we speak (RFC 9443)")   \
  X(kFlowUnknown, "flow_unknown", "not STUN, and from an address without a validated pair")     \
  X(kPuntRateLimited, "punt_rate_limited", "too many packets for the control plane")            \
  X(kPuntRingFull, "punt_ring_full", "control plane does not keep up")                          \
  X(kHandoverRingFull, "handover_ring_full", "the owning worker does not keep up")              \
  X(kVideoBacklogFull, "video_backlog_full", "the receivers' worker or port does not keep up")  \
  X(kStreamShed, "stream_shed", "no keyframe since something of its stream had no room")        \
  X(kPaceQueueFull, "pace_queue_full", "no room among what waits for receivers' pace")          \
  /* STUN */                                                                                    \
  X(kStunInvalid, "stun_invalid", "malformed STUN message")                                     \
  X(kStunUnauthenticated, "stun_unauthenticated", "STUN user or message integrity wrong")       \
  X(kStunIgnored, "stun_ignored", "STUN indication or response, which a lite agent ignores")    \
  /* SRTP and RTP */                                                                            \
  X(kTransportClosed, "transport_closed", "the transport was destroyed")                        \
  X(kSrtpNoKeys, "srtp_no_keys", "media before the DTLS handshake ended")                       \
  X(kRtpInvalid, "rtp_invalid", "RTP header malformed")                                         \
  X(kRtcpInvalid, "rtcp_invalid", "RTCP packet malformed")                                      \
  X(kSrtpTooShort, "srtp_too_short", "shorter than header and tag")                             \
  X(kSrtpReplay, "srtp_replay", "seen before, or older than the replay window")                 \
  X(kSrtpAuthFailed, "srtp_auth_failed", "authentication tag wrong")                            \
  X(kSrtpTooManySsrcs, "srtp_too_many_ssrcs", "more SSRCs than one transport may use")          \
  X(kSrtpIndexExhausted, "srtp_index_exhausted", "key has protected all the packets it may")    \
  X(kSrtcpUnencrypted, "srtcp_unencrypted", "SRTCP with the E flag clear")                      \
  X(kStreamUnknown, "stream_unknown", "SSRC belongs to no negotiated stream")                   \
  X(kPayloadTypeUnknown, "payload_type_unknown", "payload type not negotiated for the stream")  \
  X(kRtpDuplicate, "rtp_duplicate", "came before, as itself or in a retransmission")            \
  X(kAudioNotLoud, "audio_not_loud", "others in its room are louder, and enough of them")       \
  X(kRtpPadding, "rtp_padding", "nothing but padding, which is not passed on")                  \
  X(kEncodingNotSelected, "encoding_not_selected", "simulcast: the receiver has another one")   \
  X(kLayerNotWanted, "layer_not_wanted", "of a layer above those that the receiver is to have") \
  X(kStreamInactive, "stream_inactive", "its m-line is not sent, as was agreed")                \
  X(kSourceReplaced, "source_replaced", "late, of an SSRC that another one has followed")       \
  X(kRtxOfOtherSource, "rtx_of_other_source", "repairs an SSRC that the stream no longer has")  \
  /* forwarding */                                                                              \
  X(kStreamClosed, "stream_closed", "the stream was destroyed")                                 \
  X(kSubscriptionClosed, "subscription_closed", "the subscription was destroyed")               \
  X(kStreamNotSubscribed, "stream_not_subscribed", "on its way to who now receives another")    \
  X(kCodecNotNegotiated, "codec_not_negotiated", "receiver has not agreed to this codec yet")   \
  X(kRedInvalid, "red_invalid", "not RED as was agreed, for a receiver who takes no RED")       \
  X(kSubscriptionPaused, "subscription_paused", "the subscriber paused it")                     \
  X(kStreamHasNoRoom, "stream_has_no_room", "the receiver's way cannot take this stream now")   \
  X(kSubscriberNotReady, "subscriber_not_ready", "subscriber without keys or path yet")         \
  X(kNoConsent, "no_consent", "nothing authentic from the receiver for 30 s (RFC 7675)")        \
  X(kWaitingForKeyframe, "waiting_for_keyframe", "video starts for a subscriber at a keyframe") \
  X(kSentFromCache, "sent_from_cache", "its receiver has begun with it, from what was kept")    \
  X(kSequenceTooOld, "sequence_too_old", "older than what a projection can still place")        \
  X(kPacketTooLarge, "packet_too_large", "exceeds the port's MTU, with the receiver's headers") \
  X(kPathMtuExceeded, "path_mtu_exceeded", "exceeds what a router on the way says that fits")   \
  X(kPoolExhausted, "pool_exhausted", "no packet buffer free")                                  \
  X(kSlotReclaimed, "slot_reclaimed", "waited until it was overwritten by newer packets")       \
  X(kTransmitQueueFull, "transmit_queue_full", "the NIC does not take more packets")            \
  X(kRecordingArenaFull, "recording_arena_full", "the writer of recordings does not keep up")   \
  /* sending again what a receiver reports missing (NACK) */                                    \
  X(kResendNeverSent, "resend_never_sent", "asked for, but not sent to this receiver lately")   \
  X(kResendGivenUp, "resend_given_up", "older than what its receiver has asked a keyframe for") \
  X(kResendNotKept, "resend_not_kept", "asked for, but no longer in the history, or not yet")   \
  X(kResendTooSoon, "resend_too_soon", "asked for again within a round trip, or too often")     \
  X(kResendTooMany, "resend_too_many", "more at once than an iteration, or the way, takes")     \
  X(kResendOverBudget, "resend_over_budget", "a receiver asks for more than its share")         \
  /* a receiver's requests for keyframes (PLI, FIR) */                                          \
  X(kKeyframeOverBudget, "keyframe_over_budget", "a receiver asks for keyframes too often")

enum class DropReason : std::uint8_t {
#define PENSTOCK_DROP_REASON_ENUMERATOR(name, label, meaning) name,
  PENSTOCK_DROP_REASONS(PENSTOCK_DROP_REASON_ENUMERATOR)
#undef PENSTOCK_DROP_REASON_ENUMERATOR
};

#define PENSTOCK_DROP_REASON_COUNT(name, label, meaning) +1
inline constexpr std::size_t kDropReasonCount = 0 PENSTOCK_DROP_REASONS(PENSTOCK_DROP_REASON_COUNT);
#undef PENSTOCK_DROP_REASON_COUNT

// The label used in metrics, such as "srtp_auth_failed".
constexpr std::string_view to_label(DropReason reason) {
  constexpr std::array<std::string_view, kDropReasonCount> kLabels = {
#define PENSTOCK_DROP_REASON_LABEL(name, label, meaning) label,
      PENSTOCK_DROP_REASONS(PENSTOCK_DROP_REASON_LABEL)
#undef PENSTOCK_DROP_REASON_LABEL
  };
  return kLabels[static_cast<std::size_t>(reason)];
}

}  // namespace penstock
