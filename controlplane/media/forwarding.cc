// Peers that are addresses: part of peer_connections.h.
#include <algorithm>

#include "controlplane/media/capacity_error.h"
#include "controlplane/media/passed_extensions.h"
#include "controlplane/media/peer_connections.h"
#include "dataplane/base/scope_guard.h"

namespace penstock {
namespace {

// Of a stream that nobody has negotiated, as a dummy's.
std::uint8_t usual_payload_type(Codec codec) {
  constexpr std::array<std::uint8_t, 5> kTypes = {111, 96, 98, 102, 45};
  return kTypes[static_cast<std::size_t>(codec)];
}

// Which of the encodings is the substream that is wanted. Publishers name the largest first where
// they use rids, and the smallest first where they use SSRCs.
std::uint8_t encoding_of(std::uint8_t substream, const sdp::NegotiatedStream* negotiated) {
  if (negotiated == nullptr || negotiated->accepted_rids.empty()) return substream;
  return static_cast<std::uint8_t>(negotiated->accepted_rids.size() - 1 - substream);
}

}  // namespace

std::expected<Forwarding, MediaError> PeerConnections::forward(
    PeerId id, PeerPlacement placement, const ForwardDestination& to,
    std::span<const ForwardedStream> streams, Timestamp now) {
  const Call call(*this, now);
  if (exists(id))
    return std::unexpected(MediaError{MediaErrorKind::kWrongState, "the peer exists already"});
  const std::size_t count = std::max<std::size_t>(streams.size(), 1);
  if (forwarder_count_ + count > config_.forwarders_max) {
    return capacity_error("all forwarders are in use (limits.forwarders)");
  }
  const auto handle = make_peer(id, PeerRole::kForwarder);
  if (!handle) return std::unexpected(handle.error());
  forwarder_count_ += count;
  Peer& peer = *peer_pool_.resolve(*handle);
  peer.forwarder_count = count;
  ScopeGuard undo([&] { destroy(*handle, now); });
  const ExtensionMap extensions =
      streams.empty() ? ExtensionMap{} : passed_extensions(streams.front().source->extensions);
  if (auto given = give_plain_transport(peer, placement, to, extensions); !given)
    return std::unexpected(given.error());
  peer.forwarded.reserve(streams.size());
  for (const ForwardedStream& stream : streams) {
    if (stream.source->kind == MediaKind::kData) {
      data_forwarders_.emplace(stream.data_source, *handle);
      peer.data_source = stream.data_source;
      continue;
    }
    if (auto made = forward_stream(peer, stream); !made) return std::unexpected(made.error());
    forwarders_.emplace(stream.source->handle.bits(), *handle);
  }
  const SrtpKeys in_clear{.profile = SrtpProfile::kNone};
  const auto keyed = dataplane_.set_srtp_keys(peer.plain->handle, to.keys ? *to.keys : in_clear);
  if (!keyed) return capacity_error(keyed.error());
  undo.dismiss();
  return Forwarding{.local_port =
                        static_cast<std::uint16_t>(config_.udp_port_base + peer.plain->worker)};
}

std::expected<void, MediaError> PeerConnections::give_plain_transport(
    Peer& peer, PeerPlacement placement, const ForwardDestination& to,
    const ExtensionMap& extensions) {
  const auto source =
      std::ranges::find(config_.source_addresses, to.address.ip.is_v4(), &IpAddress::is_v4);
  if (source == config_.source_addresses.end()) {
    return std::unexpected(MediaError{
        MediaErrorKind::kNoUsableStream,
        std::string("this server has no address of ") + (to.address.ip.is_v4() ? "IPv4" : "IPv6")});
  }
  const WorkerIndex worker = placement_.place(placement.room_key);
  ScopeGuard undo([&] { placement_.remove(placement.room_key, worker); });
  TransportConfig config;
  config.worker = worker;
  config.kind = TransportKind::kPlain;
  config.plain.path.remote = to.address;
  config.plain.path.local = {*source, static_cast<std::uint16_t>(config_.udp_port_base + worker)};
  config.plain.rtcp_port = to.rtcp_port;
  config.extensions_out = extensions;
  config.cname = peer.cname;
  config.streams_max = 0;
  config.subscriptions_max = config_.subscriptions_per_subscriber_max;
  const auto transport = dataplane_.create_transport(config);
  if (!transport) return capacity_error(transport.error());
  undo.dismiss();
  peer.room_key = placement.room_key;
  peer.plain = PlainTransport{*transport, worker, config.plain.path};
  return {};
}

std::expected<void, MediaError> PeerConnections::forward_stream(Peer& peer,
                                                                const ForwardedStream& wanted) {
  const PublishedStream& source = *wanted.source;
  const sdp::NegotiatedStream* negotiated = negotiated_of(source.handle);
  ForwardedLine line;
  line.has_payload_type = wanted.payload_type != 0;
  line.target.stream = source.handle;
  line.target.codec = source.codec;
  line.target.payload_type = line.has_payload_type   ? wanted.payload_type
                             : negotiated == nullptr ? usual_payload_type(source.codec)
                                                     : negotiated->payload_type;
  SubscriptionConfig config;
  config.transport = peer.plain->handle;
  config.cname = cname_of(source.handle);
  config.target = line.target;
  config.ssrc = wanted.ssrc;
  if (config.ssrc == 0 && negotiated != nullptr && !negotiated->ssrcs.empty())
    config.ssrc = negotiated->ssrcs.front();
  while (config.ssrc == 0) config.ssrc = static_cast<std::uint32_t>(random_.next_u64());
  if (wanted.substream && source.is_simulcast && *wanted.substream < source.encodings)
    config.only_encoding = encoding_of(*wanted.substream, negotiated);
  line.is_empty = wanted.substream.value_or(0) >= source.encodings;
  config.is_paused = line.is_empty;
  const auto subscription = dataplane_.create_subscription(config);
  if (!subscription) return capacity_error(subscription.error());
  line.subscription = *subscription;
  peer.forwarded.push_back(line);
  return {};
}

void PeerConnections::release_plain(Peer& peer, Timestamp now) {
  const auto forget_in = [&](auto& forwarders, std::uint64_t source) {
    const auto [first, last] = forwarders.equal_range(source);
    const auto own = std::find_if(
        first, last, [&](const auto& entry) { return peer_pool_.resolve(entry.second) == &peer; });
    if (own != last) forwarders.erase(own);
  };
  forwarder_count_ -= peer.forwarder_count;
  for (const ForwardedLine& line : peer.forwarded) {
    forget_in(forwarders_, line.target.stream.bits());
    dataplane_.destroy_subscription(line.subscription, now);
  }
  if (peer.data_source != 0) forget_in(data_forwarders_, peer.data_source);
  if (!peer.plain) return;
  placement_.remove(peer.room_key, peer.plain->worker);
  dataplane_.destroy_transport(peer.plain->handle, now);
}

void PeerConnections::forward_message(DataPeerId publisher, const DataMessage& message) {
  const auto [first, last] = data_forwarders_.equal_range(publisher);
  for (auto entry = first; entry != last; ++entry) {
    const Peer& peer = *peer_pool_.resolve(entry->second);
    if (peer.is_data_paused || message.bytes.empty()) continue;
    dataplane_.send_datagram(peer.plain->worker, peer.plain->path, message.bytes);
  }
}

// As it was negotiated last; null for a dummy's, and for what is gone.
const sdp::NegotiatedStream* PeerConnections::negotiated_of(StreamHandle stream) const {
  const auto origin = origins_.find(stream.bits());
  const Peer* publisher =
      origin == origins_.end() ? nullptr : peer_pool_.resolve(origin->second.peer);
  if (publisher == nullptr || !publisher->negotiation) return nullptr;
  const auto place = std::ranges::find(publisher->streams, stream);
  const auto index = static_cast<std::size_t>(place - publisher->streams.begin());
  return index < publisher->negotiation->streams.size() ? &publisher->negotiation->streams[index]
                                                        : nullptr;
}

void PeerConnections::follow_in_forwarders(StreamHandle stream, const sdp::NegotiatedStream& now) {
  const auto [first, last] = forwarders_.equal_range(stream.bits());
  for (auto entry = first; entry != last; ++entry) {
    Peer& peer = *peer_pool_.resolve(entry->second);
    for (ForwardedLine& line : peer.forwarded) {
      if (line.target.stream != stream) continue;
      SubscriptionTarget target = line.target;
      target.codec = now.codec;
      if (!line.has_payload_type) target.payload_type = now.payload_type;
      if (target == line.target) continue;
      dataplane_.commit_retarget(line.subscription, target);
      line.target = target;
    }
  }
}

}  // namespace penstock
