// The transport part of session descriptions: ours as we write it, the peer's as it counts for a
// BUNDLE group. Internal to negotiation; pure functions.
#pragma once

#include <cstddef>
#include <expected>
#include <optional>
#include <string_view>

#include "controlplane/sdp/negotiation.h"
#include "controlplane/sdp/session_description.h"

namespace penstock::sdp {

// A description of ours without media: origin, ice-lite, fingerprint.
SessionDescription describe_session(const LocalTransportParameters& local);

// Adds our ICE credentials and DTLS role to an accepted m-line; the candidates too if it is the
// first one (the BUNDLE-tagged one, RFC 9143 section 7).
void describe_transport(const LocalTransportParameters& local, Setup setup, bool first,
                        MediaDescription& media);

// Whether the description's first BUNDLE group has this mid. WebRTC knows one group only.
bool is_bundled(const SessionDescription& description, std::string_view mid);

// The m-line from which `media` takes what it leaves out: the first of the BUNDLE group that both
// are in (RFC 9143 section 7.1.3), or itself.
const MediaDescription& tagged_media(const SessionDescription& description,
                                     const MediaDescription& media);

// Whether RTCP is multiplexed on this m-line, directly or by its BUNDLE group.
bool has_rtcp_mux(const SessionDescription& description, const MediaDescription& media);

// Whether the protocol is RTP over DTLS-SRTP with feedback; nothing else is ever accepted
// (RFC 8834 section 4.2, RFC 8827 section 6.5).
bool is_secure_protocol(std::string_view protocol);

// Whether the text is made of ice-chars (RFC 8839 section 5.4), as many as that allows.
bool is_ice_text(std::string_view text, std::size_t bytes_min);

// What the peer says about its transport for an m-line: the attributes of the m-line, or else of
// the BUNDLE-tagged one, or else of the session level.
struct PeerTransport {
  RemoteTransport remote;
  std::optional<Setup> setup;
};
std::expected<PeerTransport, NegotiationError> peer_transport(const SessionDescription& description,
                                                              const MediaDescription& media);

}  // namespace penstock::sdp
