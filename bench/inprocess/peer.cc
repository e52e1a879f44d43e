#include "bench/inprocess/peer.h"

#include <string>

namespace penstock::bench {
namespace {

constexpr MacAddress kPeerMac{{0x02, 0, 0, 0, 0, 0x77}};
constexpr std::uint32_t kRtxSsrc = 0x8000;

// What browsers negotiate and Penstock makes something of.
ExtensionMap usual_extensions() {
  ExtensionMap ids;
  ids.set(HeaderExtension::kMid, 4);
  ids.set(HeaderExtension::kAudioLevel, 1);
  ids.set(HeaderExtension::kAbsSendTime, 2);
  ids.set(HeaderExtension::kTransportCc, 3);
  return ids;
}

SocketAddress address_of(const PeerConfig& config) {
  return {IpAddress::from_v4({198, 19, static_cast<std::uint8_t>(config.number >> 8),
                              static_cast<std::uint8_t>(config.number)}),
          9'000};
}

template <typename T>
T must(const std::expected<T, DataplaneError>& made) {
  PENSTOCK_CHECK(made.has_value());
  return *made;
}

}  // namespace

Peer connect_peer(InProcessDataplane& dataplane, const PeerConfig& config) {
  Registry& registry = dataplane.registry();
  Peer peer;
  peer.address = address_of(config);
  peer.keys.profile = config.profile;
  for (std::size_t i = 0; i < srtp_master_key_bytes(config.profile); ++i) {
    peer.keys.send.key[i] = static_cast<std::uint8_t>(config.number + i);
    peer.keys.receive.key[i] = static_cast<std::uint8_t>(config.number + i + 100);
  }
  TransportConfig transport;
  transport.worker = config.worker;
  transport.cname = config.number;
  transport.subscriptions_max = config.subscriptions_max;
  transport.extensions_in = usual_extensions();
  transport.extensions_out = usual_extensions();
  peer.transport = must(registry.create_transport(transport));
  renew_consent(dataplane, config, peer.transport);
  PENSTOCK_CHECK(registry.set_srtp_keys(peer.transport, peer.keys).has_value());
  return peer;
}

void renew_consent(InProcessDataplane& dataplane, const PeerConfig& config,
                   TransportHandle transport) {
  dataplane.registry().add_flow(transport,
                                {.remote_mac = kPeerMac,
                                 .remote = address_of(config),
                                 .local = dataplane.address_of(config.worker)},
                                stun::Nomination{});
}

SyntheticPublisher synthetic_publisher(const InProcessDataplane& dataplane,
                                       const PeerConfig& config, const Peer& peer) {
  return {.profile = config.profile,
          .key = peer.keys.receive,
          .address = peer.address,
          .server = dataplane.address_of(config.worker),
          .server_mac = dataplane.mac(),
          .payload_type = kMediaPayloadType,
          .extensions = usual_extensions(),
          .encodings = {}};
}

StreamHandle publish(InProcessDataplane& dataplane, const Peer& peer, std::size_t mline,
                     Codec codec, std::span<const std::uint32_t> ssrcs) {
  StreamConfig stream;
  stream.transport = peer.transport;
  stream.mid = Mid::from(std::to_string(mline));
  stream.codec = codec;
  stream.payload_type = kMediaPayloadType;
  for (const std::uint32_t ssrc : ssrcs) PENSTOCK_CHECK(stream.signalled_ssrcs.push_back(ssrc));
  return must(dataplane.registry().create_stream(stream));
}

SubscriptionHandle subscribe(InProcessDataplane& dataplane, const Peer& peer, std::size_t mline,
                             Codec codec, StreamHandle stream) {
  SubscriptionConfig subscription;
  subscription.transport = peer.transport;
  subscription.target.stream = stream;
  subscription.mid = Mid::from(std::to_string(mline));
  subscription.ssrc = subscription_ssrc(mline);
  subscription.target.codec = codec;
  subscription.target.payload_type = kMediaPayloadType;
  if (codec_kind(codec) == MediaKind::kVideo) {
    subscription.target.rtx_ssrc = static_cast<std::uint32_t>(kRtxSsrc + mline);
    subscription.target.rtx_payload_type = kMediaPayloadType + 1;
  }
  return must(dataplane.registry().create_subscription(subscription));
}

}  // namespace penstock::bench
