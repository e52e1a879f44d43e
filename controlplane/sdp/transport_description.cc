#include "controlplane/sdp/transport_description.h"

#include <algorithm>

#include "controlplane/sdp/attribute_values.h"
#include "controlplane/sdp/limits.h"
#include "controlplane/sdp/tokens.h"
#include "dataplane/base/check.h"

namespace penstock::sdp {
bool is_ice_text(std::string_view text, std::size_t bytes_min) {
  if (text.size() < bytes_min || text.size() > kIceCredentialBytesMax) return false;
  return std::ranges::all_of(text,
                             [](char c) { return is_alphanumeric(c) || c == '+' || c == '/'; });
}

SessionDescription describe_session(const LocalTransportParameters& local) {
  SessionDescription session;
  session.origin.session_id = local.session_id;
  session.origin.session_version = local.session_version;
  session.origin.address = local.origin_address;
  session.name = local.session_name;
  session.ice_lite = true;
  session.transport.ice_options = {"ice2", "trickle"};
  const std::optional<Fingerprint> fingerprint = parse_fingerprint(local.fingerprint);
  PENSTOCK_CHECK(fingerprint.has_value());
  session.transport.fingerprints = {*fingerprint};
  return session;
}

void describe_transport(const LocalTransportParameters& local, Setup setup, bool first,
                        MediaDescription& media) {
  media.transport.ice_ufrag = local.ice_ufrag;
  media.transport.ice_pwd = local.ice_pwd;
  media.transport.setup = setup;
  if (!first) return;
  media.candidates = local.candidates;
  media.end_of_candidates = true;
}

bool is_bundled(const SessionDescription& description, std::string_view mid) {
  if (description.bundle_groups.empty() || mid.empty()) return false;
  const std::vector<std::string>& group = description.bundle_groups.front();
  return std::ranges::find(group, mid) != group.end();
}

const MediaDescription& tagged_media(const SessionDescription& description,
                                     const MediaDescription& media) {
  if (!is_bundled(description, media.mid)) return media;
  const std::string& tag = description.bundle_groups.front().front();
  const auto tagged = std::ranges::find(description.media, tag, &MediaDescription::mid);
  return tagged == description.media.end() ? media : *tagged;
}

bool has_rtcp_mux(const SessionDescription& description, const MediaDescription& media) {
  return media.rtcp_mux || tagged_media(description, media).rtcp_mux;
}

bool is_secure_protocol(std::string_view protocol) {
  return protocol == "UDP/TLS/RTP/SAVPF" || protocol == "TCP/DTLS/RTP/SAVPF";
}

std::expected<PeerTransport, NegotiationError> peer_transport(const SessionDescription& description,
                                                              const MediaDescription& media) {
  PeerTransport peer;
  const TransportAttributes* const levels[] = {
      &media.transport, &tagged_media(description, media).transport, &description.transport};
  for (const TransportAttributes* level : levels) {
    if (peer.remote.ice_ufrag.empty() && peer.remote.ice_pwd.empty()) {
      peer.remote.ice_ufrag = level->ice_ufrag;
      peer.remote.ice_pwd = level->ice_pwd;
    }
    if (peer.remote.fingerprints.empty()) peer.remote.fingerprints = level->fingerprints;
    if (!peer.setup) peer.setup = level->setup;
  }
  if (peer.remote.fingerprints.empty()) {
    return std::unexpected(
        NegotiationError{NegotiationErrorKind::kMissingFingerprint, "no DTLS fingerprint"});
  }
  if (!is_ice_text(peer.remote.ice_ufrag, kIceUfragBytesMin) ||
      !is_ice_text(peer.remote.ice_pwd, kIcePwdBytesMin)) {
    return std::unexpected(NegotiationError{NegotiationErrorKind::kBadIceCredentials,
                                            "missing or malformed ice-ufrag or ice-pwd"});
  }
  return peer;
}

}  // namespace penstock::sdp
