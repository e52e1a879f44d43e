// Offers to subscribers and their answers: part of peer_connections.h.
#include <algorithm>

#include "controlplane/media/capacity_error.h"
#include "controlplane/media/negotiation_warnings.h"
#include "controlplane/media/peer_connections.h"
#include "controlplane/sdp/parser.h"
#include "controlplane/sdp/writer.h"
#include "dataplane/base/scope_guard.h"
#include "dataplane/base/test_hooks.h"
#include "dataplane/rtp/rtcp/cname.h"

namespace penstock {
namespace {

// What we offer to every subscriber; a publisher that did not negotiate one of them simply never
// sends it.
ExtensionMap offered_extensions() {
  ExtensionMap all;
  for (std::size_t i = 0; i < kHeaderExtensionCount; ++i) all.ids[i] = 1;
  return sdp::subscriber_extensions(all);
}

SubscriptionTarget target_of(const SubscriberLine& line, const sdp::AnsweredStream& answered) {
  SubscriptionTarget target{
      .stream = line.wanted.source, .codec = line.codec, .payload_type = line.payload_type};
  if (answered.has_rtx) {
    target.rtx_ssrc = line.rtx_ssrc;
    target.rtx_payload_type = line.rtx_payload_type;
  }
  if (answered.has_red) target.red_payload_type = line.red_payload_type;
  if (answered.has_transport_cc) {
    target.stamp = SendStamp::kTransportCc;
  } else if (answered.extensions.id(HeaderExtension::kAbsSendTime) != 0) {
    target.stamp = SendStamp::kAbsSendTime;
  }
  return target;
}

bool is_media(const SubscriberMline& line) {
  return line.is_active && line.kind != MediaKind::kData;
}

}  // namespace

std::expected<std::string, MediaError> PeerConnections::offer(
    PeerId id, PeerPlacement placement, std::span<const SubscriberMline> mlines, bool restart_ice,
    Timestamp now, const BeforeEffect<std::string>& tell) {
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
  ScopeGuard undo([&] {
    if (is_new) destroy(find_handle(id), now);
  });
  if (std::ranges::any_of(mlines, is_media) && peer->transport->lacks_srtp())
    return std::unexpected(lacks_srtp_error());
  auto next = make_lines(*peer, mlines);
  if (!next) return std::unexpected(next.error());
  const bool restarts = restart_ice && !is_new;
  IceCredentials credentials = peer->transport->ice().credentials();
  if (restarts) credentials = make_credentials(find_handle(id));
  ScopeGuard undo_credentials([&] {
    if (restarts) ufrags_.remove(credentials.local_ufrag.view());
  });
  ScopeGuard undo_retargets([&] { cancel_retargets(next->lines); });
  if (auto prepared = prepare_retargets(next->lines); !prepared)
    return std::unexpected(prepared.error());
  sdp::SessionDescription description = make_offer(*peer, next->lines, credentials);
  std::string text = sdp::write_session_description(description);
  tell(text);

  // From here on nothing can fail.
  undo.dismiss();
  undo_credentials.dismiss();
  undo_retargets.dismiss();
  if (restarts) {
    register_ufrag(*peer, credentials.local_ufrag);
    peer->transport->restart_ice(credentials);
  }
  for (std::size_t i = 0; i < peer->lines.size(); ++i) {
    if (test_hooks::is_planted(test_hooks::PlantedBug::kKeepSubscriptionOfEndedFeed)) break;
    if (next->lines[i].subscription.is_null()) stop_line(peer->lines[i], now);
  }
  peer->lines = std::move(next->lines);
  commit_retargets(peer->lines);
  peer->payload_types = std::move(next->payload_types);
  peer->extensions = offered_extensions();
  peer->pending_offer = std::move(description);
  ++peer->session_version;
  return text;
}

// The peer's lines as `mlines` says. Lines that lose their source fall silent when the offer is
// made. A new source flows at once where the line shows one that was sent alike, and after the
// answer where not.
std::expected<PeerConnections::NextLines, MediaError> PeerConnections::make_lines(
    Peer& peer, std::span<const SubscriberMline> mlines) {
  if (mlines.size() < peer.lines.size()) {
    return std::unexpected(MediaError{MediaErrorKind::kWrongState, "m-lines cannot be taken back"});
  }
  if (mlines.size() > config_.subscriptions_per_subscriber_max) {
    return capacity_error(
        "too many media sections for one connection "
        "(limits.subscriptions_per_subscriber_max)");
  }
  NextLines next{.lines = peer.lines, .payload_types = peer.payload_types};
  next.lines.resize(mlines.size());
  for (std::size_t i = 0; i < mlines.size(); ++i) {
    if (auto assigned = assign_source(peer, next, next.lines[i], mlines[i]); !assigned) {
      return std::unexpected(assigned.error());
    }
  }
  return next;
}

// A subscription that the line had, and that cannot go on, is left to be stopped by the caller, as
// the line no longer names it.
std::expected<void, MediaError> PeerConnections::assign_source(Peer& peer, NextLines& next,
                                                               SubscriberLine& line,
                                                               const SubscriberMline& wanted) {
  if (wanted.kind == MediaKind::kData) {
    line.wanted = wanted;
    return {};
  }
  const bool is_shown = line.wanted.is_active && wanted.is_active && line.ssrc != 0;
  const bool is_same = is_shown && line.wanted.source == wanted.source;
  const bool is_alike = is_shown && can_show(line, wanted);
  line.wanted = wanted;
  if (is_alike) return {};
  if (!is_same) {
    line.subscription = {};
    line.ssrc = 0;
    line.rtx_ssrc = 0;
  }
  if (!wanted.is_active) return {};
  line.codec = wanted.codec;
  line.fmtp = wanted.fmtp;
  line.rtx_payload_type = 0;
  line.red_payload_type = 0;
  const auto payload_type = next.payload_types.assign(wanted.codec, wanted.fmtp);
  if (!payload_type) {
    return capacity_error("no payload type left for another codec");
  }
  line.payload_type = *payload_type;
  // A new one for each subscription, also if it comes to nothing (docs/adr/0005).
  if (line.ssrc == 0) {
    line.ssrc = peer.next_ssrc();
    line.cname = cname_of(wanted.source);
  }
  if (config_.has_history && codec_kind(wanted.codec) == MediaKind::kVideo) {
    line.rtx_payload_type = next.payload_types.assign_rtx(*payload_type);
    if (line.rtx_payload_type != 0 && line.rtx_ssrc == 0) line.rtx_ssrc = peer.next_ssrc();
  }
  if (wanted.has_red) line.red_payload_type = next.payload_types.assign_red(*payload_type);
  return {};
}

// One for all that a publisher sends: it is what plays together (RFC 8834 section 4.9).
std::uint64_t PeerConnections::cname_of(StreamHandle source) {
  const auto origin = origins_.find(source.bits());
  const Peer* publisher =
      origin == origins_.end() ? nullptr : peer_pool_.resolve(origin->second.peer);
  return publisher == nullptr ? random_.next_u64() : publisher->cname;  // it has left meanwhile
}

std::vector<sdp::OfferedStream> PeerConnections::streams_of(
    std::span<const SubscriberLine> lines) const {
  std::vector<sdp::OfferedStream> streams;
  for (const SubscriberLine& line : lines) {
    sdp::OfferedStream stream;
    stream.mid = mid_of(line, streams.size());
    stream.kind = line.wanted.kind;
    stream.codec = line.codec;
    stream.payload_type = line.payload_type;
    stream.fmtp = line.fmtp;
    stream.active = line.wanted.is_active;
    stream.ssrc = line.wanted.is_active ? line.ssrc : 0;
    stream.cname = CnameText(line.cname).view();
    stream.rtx_payload_type = line.rtx_payload_type;
    stream.red_payload_type = line.red_payload_type;
    stream.rtx_ssrc = stream.ssrc == 0 || line.rtx_payload_type == 0 ? 0 : line.rtx_ssrc;
    stream.msid_stream_id = line.wanted.msid_stream;
    stream.msid_track_id = line.wanted.msid_track;
    streams.push_back(std::move(stream));
  }
  return streams;
}

sdp::SessionDescription PeerConnections::make_offer(Peer& peer,
                                                    std::span<const SubscriberLine> lines,
                                                    const IceCredentials& credentials) const {
  return sdp::make_subscriber_offer(streams_of(lines),
                                    local_parameters(peer, credentials, peer.transport->worker()),
                                    offered_extensions());
}

// All or nothing: on error the offer stays to be answered again, and what flowed flows on.
bool PeerConnections::receives(PeerId id, std::uint32_t mindex) const {
  const SubscriberLine* line = find_line(id, mindex);
  return line != nullptr && (line->has_data || !line->subscription.is_null());
}

std::expected<std::vector<std::string>, MediaError> PeerConnections::accept_answer(
    PeerId id, std::string_view answer_sdp, Timestamp now) {
  Peer* peer = find(id);
  if (peer == nullptr || !peer->pending_offer) {
    return std::unexpected(MediaError{MediaErrorKind::kWrongState, "there is no offer to answer"});
  }
  sdp::Warnings warnings;
  const auto description = sdp::parse_session_description(answer_sdp, &warnings);
  if (!description)
    return std::unexpected(MediaError{MediaErrorKind::kInvalidSdp, description.error()});
  if (!peer->transport->has_remote() && ended_.is_continued_by(id, description->origin))
    return std::unexpected(has_ended_error());
  const auto answer = sdp::apply_subscriber_answer(*peer->pending_offer, *description);
  if (!answer) return std::unexpected(MediaError{MediaErrorKind::kInvalidSdp, answer.error().text});
  if (receives_media(*peer, *answer) && peer->transport->lacks_srtp())
    return std::unexpected(lacks_srtp_error());
  const auto fingerprints = check_remote(*peer, answer->remote);
  if (!fingerprints) return std::unexpected(fingerprints.error());
  std::vector<SubscriptionHandle> subscriptions(peer->lines.size());
  ScopeGuard undo([&] {
    for (const SubscriptionHandle made : subscriptions) {
      if (!made.is_null()) dataplane_.destroy_subscription(made, now);
    }
  });
  if (const auto made = make_subscriptions(*peer, *answer, subscriptions); !made) {
    return std::unexpected(made.error());
  }
  std::vector<std::string> told = all_warnings(warnings, answer->warnings);
  log_warnings(id, told);

  // From here on nothing can fail.
  undo.dismiss();
  peer->pending_offer.reset();
  peer->remote_origin = description->origin;
  settle_answer(*peer, *answer, *fingerprints, subscriptions, now);
  return told;
}

// What both sides have agreed on takes effect. `subscriptions`: those that were made for it.
void PeerConnections::settle_answer(Peer& peer, const sdp::SubscriberAnswer& answer,
                                    const Fingerprints& fingerprints,
                                    std::span<const SubscriptionHandle> subscriptions,
                                    Timestamp now) {
  if (receives_media(peer, answer)) peer.transport->require_srtp();
  set_remote(peer, answer.remote, fingerprints, answer.dtls_role, now);
  follow_received_data(peer, answer, now);
  ExtensionMap extensions;
  for (const sdp::AnsweredStream& stream : answer.streams) {
    for (std::size_t i = 0; i < kHeaderExtensionCount; ++i) {
      if (stream.extensions.ids[i] != 0) extensions.ids[i] = stream.extensions.ids[i];
    }
  }
  dataplane_.set_extensions(peer.transport->handle(), {}, extensions);
  dataplane_.set_transport_options(
      peer.transport->handle(),
      {.has_data_channels = data_relay_.has(peer.id), .is_reduced_size = answer.rtcp_rsize});
  for (std::size_t i = 0; i < peer.lines.size(); ++i) {
    SubscriberLine& line = peer.lines[i];
    if (line.wanted.kind == MediaKind::kData) continue;
    if (!is_received(line, i, answer)) {
      stop_line(line, now);
    } else if (!subscriptions[i].is_null()) {
      line.subscription = subscriptions[i];
      line.target = target_of(line, answer.streams[i]);
      send_wishes(line, {});
      if (!line.wanted.is_paused) dataplane_.set_paused(line.subscription, false);
    } else if (const auto target = target_of(line, answer.streams[i]);
               !line.subscription.is_null() && line.target != target) {
      dataplane_.commit_retarget(line.subscription, target);
      line.target = target;
    }
  }
}

bool PeerConnections::is_received(const SubscriberLine& line, std::size_t mindex,
                                  const sdp::SubscriberAnswer& answer) {
  return line.wanted.is_active && mindex < answer.streams.size() &&
         answer.streams[mindex].receiving;
}

bool PeerConnections::receives_media(const Peer& peer, const sdp::SubscriberAnswer& answer) {
  for (std::size_t i = 0; i < peer.lines.size(); ++i) {
    if (peer.lines[i].wanted.kind != MediaKind::kData && is_received(peer.lines[i], i, answer))
      return true;
  }
  return false;
}

// A subscription for each line that the answer starts; null for the others. Paused: until all of
// them exist none may send, as taking one back would leave its SSRC used. On error some are made.
std::expected<void, MediaError> PeerConnections::make_subscriptions(
    const Peer& peer, const sdp::SubscriberAnswer& answer, std::vector<SubscriptionHandle>& made) {
  for (std::size_t i = 0; i < peer.lines.size(); ++i) {
    const SubscriberLine& line = peer.lines[i];
    if (line.wanted.kind == MediaKind::kData) continue;
    if (!line.subscription.is_null() || !is_received(line, i, answer)) continue;
    SubscriptionConfig config;
    config.transport = peer.transport->handle();
    // A longer one has no MID in its packets: sdp/receiver_negotiation.cc.
    const std::string mid = mid_of(line, i);
    if (mid.size() <= kMidBytesMax) config.mid = Mid::from(mid);
    config.ssrc = line.ssrc;
    config.cname = line.cname;
    config.target = target_of(line, answer.streams[i]);
    config.is_paused = true;
    const auto subscription = dataplane_.create_subscription(config);
    if (subscription) {
      made[i] = *subscription;
    } else if (subscription.error() != DataplaneError::kNoSuchObject) {
      // (A source that ended meanwhile is no error: its end is signalled apart.)
      return capacity_error(subscription.error());
    }
  }
  return {};
}

void PeerConnections::stop_line(SubscriberLine& line, Timestamp now) {
  if (line.subscription.is_null()) return;
  dataplane_.destroy_subscription(line.subscription, now);
  line.subscription = {};
  line.ssrc = 0;  // used: another subscription of the line needs others
  line.rtx_ssrc = 0;
}

void PeerConnections::stop(PeerId id, std::uint32_t mindex, Timestamp now) {
  SubscriberLine* line = find_line(id, mindex);
  if (line == nullptr) return;
  if (test_hooks::is_planted(test_hooks::PlantedBug::kKeepSubscriptionOfEndedFeed)) return;
  stop_line(*line, now);
}

void PeerConnections::set_paused(PeerId id, std::optional<std::uint32_t> mindex, bool is_paused) {
  Peer* peer = find(id);
  if (peer == nullptr) return;
  for (std::size_t i = 0; i < peer->forwarded.size(); ++i) {
    if (mindex && *mindex != i) continue;
    const ForwardedLine& line = peer->forwarded[i];
    dataplane_.set_paused(line.subscription, is_paused || line.is_empty);
  }
  peer->is_data_paused = is_paused;
  for (std::size_t i = 0; i < peer->lines.size(); ++i) {
    if (mindex && *mindex != i) continue;
    peer->lines[i].wanted.is_paused = is_paused;
    dataplane_.set_paused(peer->lines[i].subscription, is_paused);
  }
}

}  // namespace penstock
