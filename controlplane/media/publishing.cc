// Publishers' offers: part of peer_connections.h.
#include <algorithm>
#include <utility>

#include "controlplane/media/capacity_error.h"
#include "controlplane/media/negotiation_warnings.h"
#include "controlplane/media/peer_connections.h"
#include "controlplane/sdp/parser.h"
#include "controlplane/sdp/writer.h"
#include "dataplane/base/scope_guard.h"
#include "dataplane/base/test_hooks.h"

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
  result.opus_fec = policy.opus_fec;
  result.opus_dtx = policy.opus_dtx;
  result.opus_red = policy.opus_red;
  result.bitrate_bps = policy.bitrate_bps;
  return result;
}

// Whether workers need not be told.
bool is_unchanged(const sdp::NegotiatedStream& a, const sdp::NegotiatedStream& b) {
  return a.active == b.active && a.codec == b.codec && a.payload_type == b.payload_type &&
         a.ssrcs == b.ssrcs && a.nack == b.nack && a.remb == b.remb &&
         a.rtx_payload_type == b.rtx_payload_type && a.red_payload_type == b.red_payload_type &&
         a.repaired_ssrcs == b.repaired_ssrcs && a.accepted_rids == b.accepted_rids &&
         a.other_ssrcs == b.other_ssrcs;
}

// The place of this m-line among the streams of before; as many as there are if it was not there.
// Its place among the m-lines says nothing: one of another kind may have been recycled.
std::size_t place_of(const sdp::NegotiatedStream& stream,
                     const std::optional<sdp::PublisherNegotiation>& before) {
  if (!before) return 0;
  const auto found = std::ranges::find_if(before->streams, [&](const sdp::NegotiatedStream& other) {
    return other.mid == stream.mid && other.kind == stream.kind;
  });
  return static_cast<std::size_t>(found - before->streams.begin());
}

StreamConfig stream_config(TransportHandle transport, const sdp::NegotiatedStream& stream,
                           const AudioRule& audio) {
  StreamConfig config;
  if (stream.kind == MediaKind::kAudio) config.audio = audio;
  config.transport = transport;
  // A longer one has no MID in its packets: sdp/extension_choice.h.
  if (stream.mid.size() <= kMidBytesMax) config.mid = Mid::from(stream.mid);
  config.codec = stream.codec;
  config.payload_type = stream.payload_type;
  config.rtx_payload_type = stream.rtx_payload_type;
  config.red_payload_type = stream.red_payload_type;
  config.has_nack = stream.nack;
  config.has_remb = stream.remb;
  config.is_sent = stream.active;
  for (const std::uint32_t ssrc : stream.ssrcs) {
    if (!config.signalled_ssrcs.push_back(ssrc)) break;
  }
  for (const auto& [ssrc, rtx_ssrc] : stream.repaired_ssrcs) {
    if (!config.repaired_ssrcs.push_back({ssrc, rtx_ssrc})) break;
  }
  for (const std::string& rid : stream.accepted_rids) {
    if (!config.rids.push_back(Mid::from(rid))) break;
  }
  for (const std::uint32_t ssrc : stream.other_ssrcs) {
    if (!config.other_ssrcs.push_back(ssrc)) break;
  }
  return config;
}

// Whether there is an m-line of audio or video that was offered and is not taken.
bool has_refused(const sdp::SessionDescription& offer,
                 const sdp::PublisherNegotiation& negotiation) {
  return std::ranges::any_of(negotiation.streams, [&](const sdp::NegotiatedStream& stream) {
    const sdp::MediaDescription& offered = offer.media[stream.mindex];
    return !stream.accepted && (offered.port != 0 || offered.bundle_only);
  });
}

bool has_media(const sdp::PublisherNegotiation& negotiation) {
  return std::ranges::any_of(negotiation.streams, [](const sdp::NegotiatedStream& stream) {
    return stream.accepted && stream.kind != MediaKind::kData;
  });
}

PublishResult publish_result(const sdp::PublisherNegotiation& negotiation,
                             std::span<const StreamHandle> streams) {
  PublishResult result;
  result.answer_sdp = sdp::write_session_description(negotiation.answer);
  for (std::size_t i = 0; i < streams.size(); ++i) {
    const sdp::NegotiatedStream& negotiated = negotiation.streams[i];
    PublishedStream stream;
    stream.mindex = static_cast<std::uint32_t>(negotiated.mindex);
    stream.mid = negotiated.mid;
    stream.kind = negotiated.kind;
    stream.is_active = negotiated.active;
    stream.handle = streams[i];
    stream.encodings = stream_config({}, negotiated, {}).encoding_count();
    stream.is_simulcast = stream.encodings > 1;
    stream.has_remb = negotiated.remb;
    stream.codec = negotiated.codec;
    stream.fmtp = negotiated.fmtp;
    stream.opus_stereo = negotiated.opus_stereo;
    stream.opus_fec = negotiated.opus_fec;
    stream.opus_dtx = negotiated.opus_dtx;
    stream.opus_red = negotiated.red_payload_type != 0;
    stream.h264_profile = negotiated.h264_profile;
    stream.vp9_profile = negotiated.vp9_profile;
    stream.extensions = negotiation.extensions;
    result.streams.push_back(std::move(stream));
  }
  return result;
}

}  // namespace

std::expected<PublishResult, MediaError> PeerConnections::publish(
    PeerId id, PeerPlacement placement, std::string_view offer_sdp, const PublishPolicy& policy,
    Timestamp now, const BeforeEffect<PublishResult>& tell) {
  const Call call(*this, now);
  sdp::Warnings warnings;
  const auto offer = sdp::parse_session_description(offer_sdp, &warnings);
  if (!offer) return std::unexpected(MediaError{MediaErrorKind::kInvalidSdp, offer.error()});
  Peer* peer = find(id);
  const bool is_new = peer == nullptr;
  if (is_new && ended_.is_continued_by(id, offer->origin))
    return std::unexpected(has_ended_error());
  if (is_new) {
    auto made = make_connected_peer(id, PeerRole::kPublisher, placement, now);
    if (!made) return std::unexpected(made.error());
    peer = *made;
  } else if (peer->role != PeerRole::kPublisher) {
    return std::unexpected(
        MediaError{MediaErrorKind::kWrongState, "this peer has no publisher's connection"});
  }
  ScopeGuard undo([&] {
    if (test_hooks::is_planted(test_hooks::PlantedBug::kKeepPeerOfFailedOffer)) return;
    if (is_new) destroy(find_handle(id), now);
  });
  auto result = renegotiate(*peer, *offer, warnings, policy, now, tell);
  if (result) undo.dismiss();
  return result;
}

std::expected<PublishResult, MediaError> PeerConnections::renegotiate(
    Peer& peer, const sdp::SessionDescription& offer, sdp::Warnings& warnings,
    const PublishPolicy& policy, Timestamp now, const BeforeEffect<PublishResult>& tell) {
  sdp::PublisherPolicy sdp_policy = to_sdp_policy(policy);
  sdp_policy.previous = peer.negotiation;
  sdp_policy.streams_max = config_.streams_per_publisher_max;
  const bool restarts = peer.negotiation && sdp::is_ice_restart(offer, peer.negotiation->remote);
  IceCredentials credentials = peer.transport->ice().credentials();
  if (restarts) credentials = make_credentials(find_handle(peer.id));
  ScopeGuard undo_credentials([&] {
    if (test_hooks::is_planted(test_hooks::PlantedBug::kKeepUfragOfFailedRestart)) return;
    if (restarts) ufrags_.remove(credentials.local_ufrag.view());
  });
  auto negotiation = sdp::answer_publisher_offer(
      offer, sdp_policy, local_parameters(peer, credentials, peer.transport->worker()));
  if (!negotiation) {
    return std::unexpected(MediaError{MediaErrorKind::kInvalidSdp, negotiation.error().text});
  }
  const std::vector<std::string> told = all_warnings(warnings, negotiation->warnings);
  if (peer.negotiation && negotiation->remote.ice_ufrag.empty()) {
    // All m-lines are stopped, and may be started again: the transport stays as it is.
    negotiation->remote = peer.negotiation->remote;
    negotiation->dtls_role = peer.negotiation->dtls_role;
  }
  const bool has_active = std::ranges::any_of(negotiation->streams, &sdp::NegotiatedStream::active);
  if (!has_active && !peer.negotiation) {
    return std::unexpected(
        MediaError{MediaErrorKind::kNoUsableStream,
                   explained("no m-line of the offer can be taken in this room", told)});
  }
  if (policy.takes_all_or_nothing && has_refused(offer, *negotiation)) {
    return std::unexpected(MediaError{
        MediaErrorKind::kNoUsableStream,
        explained("an m-line of the offer cannot be taken in this room, and so none is", told)});
  }
  const bool needs_srtp = has_media(*negotiation);
  if (needs_srtp && peer.transport->lacks_srtp()) return std::unexpected(lacks_srtp_error());
  const auto fingerprints = check_remote(peer, negotiation->remote);
  if (!fingerprints) return std::unexpected(fingerprints.error());
  std::vector<StreamHandle> streams(negotiation->streams.size());
  ScopeGuard undo_made([&] { undo_streams(peer, streams, now); });
  if (const auto made = make_streams(peer, *negotiation, policy.audio, streams); !made) {
    return std::unexpected(made.error());
  }
  PublishResult result = publish_result(*negotiation, streams);
  log_warnings(peer.id, told);
  result.warnings = told;
  tell(result);

  // From here on nothing can fail.
  undo_made.dismiss();
  undo_credentials.dismiss();
  for (const StreamHandle old : peer.streams) {
    if (std::ranges::find(streams, old) == streams.end()) forget_stream(old, now);
  }
  if (restarts) {
    register_ufrag(peer, credentials.local_ufrag);
    peer.transport->restart_ice(credentials);
  }
  update_streams(peer, *negotiation, streams);
  if (needs_srtp) peer.transport->require_srtp();
  set_remote(peer, negotiation->remote, *fingerprints, negotiation->dtls_role, now);
  follow_published_data(peer, *negotiation, now);
  dataplane_.set_extensions(peer.transport->handle(), negotiation->extensions, {});
  dataplane_.set_transport_options(peer.transport->handle(),
                                   {.has_data_channels = data_relay_.has(peer.id),
                                    .is_reduced_size = negotiation->rtcp_rsize,
                                    .has_reference_times = negotiation->rtcp_reference_times});
  peer.streams = std::move(streams);
  peer.negotiation = std::move(*negotiation);
  peer.remote_origin = offer.origin;
  ++peer.session_version;
  limit_bitrate(peer.id, policy.bitrate_bps);
  set_audio_rule(peer.id, policy.audio);
  return result;
}

void PeerConnections::set_audio_rule(PeerId id, const AudioRule& rule) {
  Peer* peer = find(id);
  if (peer == nullptr || !peer->negotiation) return;
  if (std::exchange(peer->audio, rule) == rule) return;
  for (std::size_t i = 0; i < peer->streams.size(); ++i) {
    const sdp::NegotiatedStream& stream = peer->negotiation->streams[i];
    if (peer->streams[i].is_null() || stream.kind != MediaKind::kAudio) continue;
    dataplane_.update_stream(peer->streams[i],
                             stream_config(peer->transport->handle(), stream, rule));
  }
}

void PeerConnections::limit_bitrate(PeerId id, std::uint64_t bitrate_bps) {
  Peer* peer = find(id);
  if (peer == nullptr || !peer->transport || peer->role != PeerRole::kPublisher) return;
  if (std::exchange(peer->bitrate_bps, bitrate_bps) == bitrate_bps) return;
  dataplane_.limit_bitrate(peer->transport->handle(), bitrate_bps);
}

// Streams as `next` wants them: those whose m-line stays keep their handle, so that their
// subscribers notice nothing; an m-line has none before it is sent for the first time. On error
// some are made: undo_streams.
std::expected<void, MediaError> PeerConnections::make_streams(const Peer& peer,
                                                              const sdp::PublisherNegotiation& next,
                                                              const AudioRule& audio,
                                                              std::vector<StreamHandle>& streams) {
  for (std::size_t i = 0; i < next.streams.size(); ++i) {
    const sdp::NegotiatedStream& stream = next.streams[i];
    const std::size_t before = place_of(stream, peer.negotiation);
    if (!stream.accepted || stream.kind == MediaKind::kData) continue;
    if (before < peer.streams.size()) streams[i] = peer.streams[before];
    if (!streams[i].is_null() || !stream.active) continue;
    const auto handle =
        dataplane_.create_stream(stream_config(peer.transport->handle(), stream, audio));
    if (!handle) return capacity_error(handle.error());
    streams[i] = *handle;
    origins_.emplace(handle->bits(), StreamOrigin{find_handle(peer.id), stream.mid, stream.kind});
  }
  return {};
}

// Tells workers of those that stay what has become of them.
void PeerConnections::update_streams(const Peer& peer, const sdp::PublisherNegotiation& next,
                                     std::span<const StreamHandle> streams) {
  for (std::size_t i = 0; i < streams.size(); ++i) {
    const std::size_t before = place_of(next.streams[i], peer.negotiation);
    if (before >= peer.streams.size() || streams[i] != peer.streams[before]) continue;
    if (streams[i].is_null() || is_unchanged(peer.negotiation->streams[before], next.streams[i]))
      continue;
    dataplane_.update_stream(streams[i],
                             stream_config(peer.transport->handle(), next.streams[i], peer.audio));
    follow_in_forwarders(streams[i], next.streams[i]);
  }
}

void PeerConnections::undo_streams(const Peer& peer, std::span<const StreamHandle> streams,
                                   Timestamp now) {
  if (test_hooks::is_planted(test_hooks::PlantedBug::kKeepStreamsOfFailedOffer)) return;
  for (const StreamHandle made : streams) {
    if (std::ranges::find(peer.streams, made) == peer.streams.end()) forget_stream(made, now);
  }
}

}  // namespace penstock
