// Publishers' offers: part of peer_connections.h.
#include <algorithm>

#include "controlplane/media/peer_connections.h"
#include "controlplane/sdp/parser.h"
#include "controlplane/sdp/writer.h"

namespace penstock {
namespace {

sdp::PublisherPolicy to_sdp_policy(const PublishPolicy& policy) {
  sdp::PublisherPolicy result;
  result.audio_codecs = policy.audio_codecs;
  result.video_codecs = policy.video_codecs;
  result.h264_profile = policy.h264_profile;
  result.vp9_profile = policy.vp9_profile;
  result.audio_level = policy.audio_level;
  result.video_orientation = policy.video_orientation;
  result.playout_delay = policy.playout_delay;
  result.transport_cc = policy.transport_cc;
  return result;
}

bool is_same_stream(const sdp::NegotiatedStream& a, const sdp::NegotiatedStream& b) {
  return a.active == b.active && a.mid == b.mid && a.codec == b.codec &&
         a.payload_type == b.payload_type && a.ssrcs == b.ssrcs;
}

StreamConfig stream_config(TransportHandle transport, const sdp::NegotiatedStream& stream) {
  StreamConfig config;
  config.transport = transport;
  config.mid = Mid::from(stream.mid);
  config.codec = stream.codec;
  config.payload_type = stream.payload_type;
  for (const std::uint32_t ssrc : stream.ssrcs) {
    if (!config.signalled_ssrcs.push_back(ssrc)) break;
  }
  return config;
}

}  // namespace

std::expected<PublishResult, MediaError> PeerConnections::publish(PeerId id,
                                                                  PeerPlacement placement,
                                                                  std::string_view offer_sdp,
                                                                  const PublishPolicy& policy,
                                                                  Timestamp now) {
  const Call call(*this, now);
  const auto offer = sdp::parse_session_description(offer_sdp);
  if (!offer) return std::unexpected(MediaError{MediaErrorKind::kInvalidSdp, offer.error()});
  Peer* peer = find(id);
  const bool is_new = peer == nullptr;
  if (is_new) {
    auto made = make_connected_peer(id, PeerRole::kPublisher, placement, now);
    if (!made) return std::unexpected(made.error());
    peer = *made;
  } else if (peer->role != PeerRole::kPublisher) {
    return std::unexpected(
        MediaError{MediaErrorKind::kWrongState, "this peer has no publisher's connection"});
  }
  auto result = renegotiate(*peer, *offer, policy, now);
  if (!result && is_new) destroy(find_handle(id), now);
  return result;
}

std::expected<PublishResult, MediaError> PeerConnections::renegotiate(
    Peer& peer, const sdp::SessionDescription& offer, const PublishPolicy& policy, Timestamp now) {
  sdp::PublisherPolicy sdp_policy = to_sdp_policy(policy);
  sdp_policy.previous = peer.negotiation;
  const bool restarts = peer.negotiation && sdp::is_ice_restart(offer, peer.negotiation->remote);
  IceCredentials credentials = peer.transport->ice().credentials();
  if (restarts) credentials = make_credentials(find_handle(peer.id));
  const auto undo_credentials = [&] {
    if (restarts) ufrags_.remove(credentials.local_ufrag.view());
  };
  auto negotiation = sdp::answer_publisher_offer(
      offer, sdp_policy, local_parameters(peer, credentials, peer.transport->worker()));
  if (!negotiation) {
    undo_credentials();
    return std::unexpected(MediaError{MediaErrorKind::kInvalidSdp, negotiation.error().text});
  }
  const bool has_active = std::ranges::any_of(negotiation->streams, &sdp::NegotiatedStream::active);
  if (!has_active && !peer.negotiation) {
    undo_credentials();
    return std::unexpected(MediaError{MediaErrorKind::kNoUsableStream,
                                      "no m-line of the offer can be taken in this room"});
  }
  const auto fingerprints = check_remote(peer, negotiation->remote);
  if (!fingerprints) {
    undo_credentials();
    return std::unexpected(fingerprints.error());
  }
  auto streams = update_streams(peer, *negotiation);
  if (!streams) {
    undo_credentials();
    return std::unexpected(streams.error());
  }
  if (restarts) {
    register_ufrag(peer, credentials.local_ufrag.view());
    peer.transport->restart_ice(credentials);
  }
  set_remote(peer, negotiation->remote, *fingerprints, negotiation->dtls_role, now);
  dataplane_.set_extensions(peer.transport->handle(), negotiation->extensions, {});
  peer.streams = std::move(*streams);
  peer.negotiation = std::move(*negotiation);
  ++peer.session_version;
  return publish_result(peer);
}

// Streams as `next` wants them: those that stay keep their handle, so that their subscribers notice
// nothing. On error all is as before.
std::expected<std::vector<StreamHandle>, MediaError> PeerConnections::update_streams(
    Peer& peer, const sdp::PublisherNegotiation& next) {
  std::vector<StreamHandle> handles(next.streams.size());
  std::vector<StreamHandle> made;
  for (std::size_t i = 0; i < next.streams.size(); ++i) {
    const sdp::NegotiatedStream& stream = next.streams[i];
    if (!stream.active) continue;
    if (i < peer.streams.size() && is_same_stream(peer.negotiation->streams[i], stream)) {
      handles[i] = peer.streams[i];
      continue;
    }
    const auto handle = dataplane_.create_stream(stream_config(peer.transport->handle(), stream));
    if (!handle) {
      for (const StreamHandle undone : made) dataplane_.destroy_stream(undone);
      return std::unexpected(
          MediaError{MediaErrorKind::kCapacity, std::string(to_string(handle.error()))});
    }
    made.push_back(*handle);
    handles[i] = *handle;
  }
  for (std::size_t i = 0; i < next.streams.size(); ++i) {
    if (std::ranges::find(made, handles[i]) != made.end()) {
      origins_[handles[i].bits()] = {find_handle(peer.id), next.streams[i].mid,
                                     next.streams[i].kind};
    }
  }
  for (const StreamHandle old : peer.streams) {
    if (std::ranges::find(handles, old) == handles.end()) forget_stream(old);
  }
  return handles;
}

PublishResult PeerConnections::publish_result(const Peer& peer) const {
  PublishResult result;
  result.answer_sdp = sdp::write_session_description(peer.negotiation->answer);
  for (std::size_t i = 0; i < peer.streams.size(); ++i) {
    const sdp::NegotiatedStream& negotiated = peer.negotiation->streams[i];
    PublishedStream stream;
    stream.mindex = static_cast<std::uint32_t>(negotiated.mindex);
    stream.mid = negotiated.mid;
    stream.kind = negotiated.kind;
    stream.is_active = negotiated.active;
    stream.handle = peer.streams[i];
    stream.codec = negotiated.codec;
    stream.fmtp = negotiated.fmtp;
    stream.opus_stereo = negotiated.opus_stereo;
    stream.opus_fec = negotiated.opus_fec;
    stream.opus_dtx = negotiated.opus_dtx;
    stream.h264_profile = negotiated.h264_profile;
    stream.vp9_profile = negotiated.vp9_profile;
    stream.extensions = peer.negotiation->extensions;
    result.streams.push_back(std::move(stream));
  }
  return result;
}

}  // namespace penstock
