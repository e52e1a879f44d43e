// Offers to subscribers and their answers: part of peer_connections.h.
#include <algorithm>

#include "controlplane/media/peer_connections.h"
#include "controlplane/sdp/parser.h"
#include "controlplane/sdp/writer.h"

namespace penstock {
namespace {

// What we offer to every subscriber; a publisher that did not negotiate one of them simply never
// sends it.
ExtensionMap offered_extensions() {
  ExtensionMap all;
  for (std::size_t i = 0; i < kHeaderExtensionCount; ++i) all.ids[i] = 1;
  return sdp::subscriber_extensions(all);
}

}  // namespace

std::expected<std::string, MediaError> PeerConnections::offer(
    PeerId id, PeerPlacement placement, std::span<const SubscriberMline> mlines, bool restart_ice,
    Timestamp now) {
  const Call call(*this, now);
  Peer* peer = find(id);
  const bool is_new = peer == nullptr;
  if (is_new) {
    auto made = make_connected_peer(id, PeerRole::kSubscriber, placement, now);
    if (!made) return std::unexpected(made.error());
    peer = *made;
  } else if (peer->role != PeerRole::kSubscriber) {
    return std::unexpected(MediaError{MediaErrorKind::kWrongState, "this peer publishes"});
  }
  if (auto updated = update_lines(*peer, mlines); !updated) {
    if (is_new) destroy(find_handle(id), now);
    return std::unexpected(updated.error());
  }
  if (restart_ice && !is_new) {
    const IceCredentials credentials = make_credentials(find_handle(id));
    register_ufrag(*peer, credentials.local_ufrag.view());
    peer->transport->restart_ice(credentials);
  }
  return write_offer(*peer);
}

// Makes the peer's lines what `mlines` says. Lines that lose their source fall silent now; new
// sources flow after the answer.
std::expected<void, MediaError> PeerConnections::update_lines(
    Peer& peer, std::span<const SubscriberMline> mlines) {
  if (mlines.size() < peer.lines.size()) {
    return std::unexpected(MediaError{MediaErrorKind::kWrongState, "m-lines cannot be taken back"});
  }
  if (mlines.size() > kSubscriptionsPerTransportMax) {
    return std::unexpected(
        MediaError{MediaErrorKind::kCapacity, "too many media sections for one connection"});
  }
  std::vector<SubscriberLine> lines = peer.lines;
  lines.resize(mlines.size());
  const sdp::SubscriberPayloadTypes payload_types_before = peer.payload_types;
  for (std::size_t i = 0; i < mlines.size(); ++i) {
    if (auto assigned = assign_source(peer, lines[i], mlines[i]); !assigned) {
      peer.payload_types = payload_types_before;
      return assigned;
    }
  }
  for (std::size_t i = 0; i < peer.lines.size(); ++i) {
    if (lines[i].subscription.is_null()) stop_line(peer.lines[i]);
  }
  peer.lines = std::move(lines);
  return {};
}

// Only the line is changed; a subscription it had is left to be stopped by the caller, as the line
// no longer names it.
std::expected<void, MediaError> PeerConnections::assign_source(Peer& peer, SubscriberLine& line,
                                                               const SubscriberMline& wanted) {
  const bool is_same =
      line.wanted.is_active && wanted.is_active && line.wanted.source == wanted.source;
  line.wanted = wanted;
  if (is_same && line.ssrc != 0) return {};
  line.subscription = {};
  line.ssrc = 0;
  if (!wanted.is_active) return {};
  const auto payload_type = peer.payload_types.assign(wanted.codec, wanted.fmtp);
  if (!payload_type) {
    return std::unexpected(
        MediaError{MediaErrorKind::kCapacity, "no payload type left for another codec"});
  }
  line.payload_type = *payload_type;
  line.ssrc = peer.next_ssrc();  // a new one for each subscription
  return {};
}

std::string PeerConnections::write_offer(Peer& peer) {
  std::vector<sdp::OfferedStream> streams;
  for (std::size_t i = 0; i < peer.lines.size(); ++i) {
    const SubscriberLine& line = peer.lines[i];
    sdp::OfferedStream stream;
    stream.mid = std::to_string(i);
    stream.kind = line.wanted.kind;
    stream.codec = line.wanted.codec;
    stream.payload_type = line.payload_type;
    stream.fmtp = line.wanted.fmtp;
    stream.active = line.wanted.is_active;
    stream.ssrc = line.wanted.is_active ? line.ssrc : 0;
    stream.msid_stream_id = line.wanted.msid_stream;
    stream.msid_track_id = line.wanted.msid_track;
    streams.push_back(std::move(stream));
  }
  peer.extensions = offered_extensions();
  peer.pending_offer = sdp::make_subscriber_offer(
      streams,
      local_parameters(peer, peer.transport->ice().credentials(), peer.transport->worker()),
      peer.extensions);
  ++peer.session_version;
  return sdp::write_session_description(*peer.pending_offer);
}

// All or nothing: on error the offer stays to be answered again, and what flowed flows on.
std::expected<void, MediaError> PeerConnections::accept_answer(PeerId id,
                                                               std::string_view answer_sdp,
                                                               Timestamp now) {
  Peer* peer = find(id);
  if (peer == nullptr || !peer->pending_offer) {
    return std::unexpected(MediaError{MediaErrorKind::kWrongState, "there is no offer to answer"});
  }
  const auto description = sdp::parse_session_description(answer_sdp);
  if (!description)
    return std::unexpected(MediaError{MediaErrorKind::kInvalidSdp, description.error()});
  const auto answer = sdp::apply_subscriber_answer(*peer->pending_offer, *description);
  if (!answer) return std::unexpected(MediaError{MediaErrorKind::kInvalidSdp, answer.error().text});
  const auto fingerprints = check_remote(*peer, answer->remote);
  if (!fingerprints) return std::unexpected(fingerprints.error());
  const auto subscriptions = make_subscriptions(*peer, *answer);
  if (!subscriptions) return std::unexpected(subscriptions.error());

  peer->pending_offer.reset();
  set_remote(*peer, answer->remote, *fingerprints, answer->dtls_role, now);
  ExtensionMap extensions;
  for (const sdp::AnsweredStream& stream : answer->streams) {
    for (std::size_t i = 0; i < kHeaderExtensionCount; ++i) {
      if (stream.extensions.ids[i] != 0) extensions.ids[i] = stream.extensions.ids[i];
    }
  }
  dataplane_.set_extensions(peer->transport->handle(), {}, extensions);
  for (std::size_t i = 0; i < peer->lines.size(); ++i) {
    SubscriberLine& line = peer->lines[i];
    if (!is_received(line, i, *answer)) stop_line(line);
    if ((*subscriptions)[i].is_null()) continue;
    line.subscription = (*subscriptions)[i];
    if (!line.wanted.is_paused) dataplane_.set_paused(line.subscription, false);
  }
  return {};
}

bool PeerConnections::is_received(const SubscriberLine& line, std::size_t mindex,
                                  const sdp::SubscriberAnswer& answer) {
  return line.wanted.is_active && mindex < answer.streams.size() &&
         answer.streams[mindex].receiving;
}

// A subscription for each line that the answer starts; null for the others. Paused: until all of
// them exist none may send, as taking one back would leave its SSRC used. On error there are none.
std::expected<std::vector<SubscriptionHandle>, MediaError> PeerConnections::make_subscriptions(
    const Peer& peer, const sdp::SubscriberAnswer& answer) {
  std::vector<SubscriptionHandle> made(peer.lines.size());
  for (std::size_t i = 0; i < peer.lines.size(); ++i) {
    const SubscriberLine& line = peer.lines[i];
    if (!line.subscription.is_null() || !is_received(line, i, answer)) continue;
    SubscriptionConfig config;
    config.transport = peer.transport->handle();
    config.stream = line.wanted.source;
    config.mid = Mid::from(std::to_string(i));
    config.ssrc = line.ssrc;
    config.payload_type = line.payload_type;
    config.is_paused = true;
    const auto subscription = dataplane_.create_subscription(config);
    if (subscription) {
      made[i] = *subscription;
    } else if (subscription.error() != DataplaneError::kNoSuchObject) {
      // (A source that ended meanwhile is no error: its end is signalled apart.)
      for (const SubscriptionHandle undone : made) {
        if (!undone.is_null()) dataplane_.destroy_subscription(undone);
      }
      return std::unexpected(
          MediaError{MediaErrorKind::kCapacity, std::string(to_string(subscription.error()))});
    }
  }
  return made;
}

void PeerConnections::stop_line(SubscriberLine& line) {
  if (line.subscription.is_null()) return;
  dataplane_.destroy_subscription(line.subscription);
  line.subscription = {};
  line.ssrc = 0;  // used: another subscription of the line needs another
}

void PeerConnections::set_paused(PeerId id, std::optional<std::uint32_t> mindex, bool is_paused) {
  Peer* peer = find(id);
  if (peer == nullptr) return;
  for (std::size_t i = 0; i < peer->lines.size(); ++i) {
    if (mindex && *mindex != i) continue;
    peer->lines[i].wanted.is_paused = is_paused;
    dataplane_.set_paused(peer->lines[i].subscription, is_paused);
  }
}

}  // namespace penstock
