#include "bench/inprocess/population.h"

#include "dataplane/base/check.h"

namespace penstock::bench {
namespace {

constexpr MacAddress kPeerMac{{0x02, 0, 0, 0, 0, 0x77}};
constexpr std::uint8_t kPayloadType = 96;

// What browsers negotiate and Penstock makes something of.
ExtensionMap usual_extensions() {
  ExtensionMap ids;
  ids.set(HeaderExtension::kMid, 4);
  ids.set(HeaderExtension::kAudioLevel, 1);
  ids.set(HeaderExtension::kAbsSendTime, 2);
  ids.set(HeaderExtension::kTransportCc, 3);
  return ids;
}

template <typename T>
T must(const std::expected<T, DataplaneError>& made) {
  PENSTOCK_CHECK(made.has_value());
  return *made;
}

}  // namespace

Population::Population(InProcessDataplane& dataplane, const PopulationConfig& config)
    : dataplane_(dataplane), config_(config), peers_(config.first_peer) {
  if (config_.workers == 0) config_.workers = dataplane.worker_count();
  for (std::size_t i = 0; i < config.publishers; ++i) add_publisher(worker_of(i));
  for (std::size_t i = 0; i < config.receivers; ++i) {
    add_receiver(worker_of(i));
    dataplane.settle();
  }
}

WorkerIndex Population::worker_of(std::size_t number) const {
  return static_cast<WorkerIndex>(config_.first_worker + number % config_.workers);
}

Population::~Population() {
  Registry& registry = dataplane_.registry();
  const Timestamp now = dataplane_.now();
  for (const SubscriptionHandle handle : subscriptions_) registry.destroy_subscription(handle, now);
  for (const StreamHandle handle : streams_) registry.destroy_stream(handle, now);
  for (const Sender& sender : senders_) {
    dataplane_.remove_publisher(sender.worker, sender.address);
    registry.destroy_transport(sender.transport, now);
  }
  for (const TransportHandle handle : receivers_) registry.destroy_transport(handle, now);
}

Population::Peer Population::connect(WorkerIndex worker) {
  Registry& registry = dataplane_.registry();
  const std::uint16_t number = ++peers_;
  Peer peer;
  peer.address = {IpAddress::from_v4({198, 19, static_cast<std::uint8_t>(number >> 8),
                                      static_cast<std::uint8_t>(number)}),
                  9'000};
  peer.keys.profile = config_.profile;
  for (std::size_t i = 0; i < srtp_master_key_bytes(config_.profile); ++i) {
    peer.keys.send.key[i] = static_cast<std::uint8_t>(number + i);
    peer.keys.receive.key[i] = static_cast<std::uint8_t>(number + i + 100);
  }
  TransportConfig transport;
  transport.worker = worker;
  transport.cname_seed = number;
  transport.subscriptions_max = config_.subscriptions_per_receiver;
  transport.extensions_in = usual_extensions();
  transport.extensions_out = usual_extensions();
  peer.transport = must(registry.create_transport(transport));
  registry.add_flow(
      peer.transport,
      {.remote_mac = kPeerMac, .remote = peer.address, .local = dataplane_.address_of(worker)},
      stun::Nomination{});
  registry.set_srtp_keys(peer.transport, peer.keys);
  return peer;
}

void Population::add_publisher(WorkerIndex worker) {
  const Peer peer = connect(worker);
  SyntheticPublisher publisher{.profile = config_.profile,
                               .key = peer.keys.receive,
                               .address = peer.address,
                               .server = dataplane_.address_of(worker),
                               .server_mac = dataplane_.mac(),
                               .payload_type = kPayloadType,
                               .extensions = usual_extensions(),
                               .encodings = {}};
  for (std::size_t i = 0; i < config_.encoding_count; ++i) {
    StreamConfig stream;
    stream.transport = peer.transport;
    stream.mid = Mid::from(std::to_string(i));
    stream.codec = config_.encodings[i].codec;
    stream.payload_type = kPayloadType;
    const auto ssrc = static_cast<std::uint32_t>(0x1000 + streams_.size());
    PENSTOCK_CHECK(stream.signalled_ssrcs.push_back(ssrc));
    streams_.push_back(must(dataplane_.registry().create_stream(stream)));
    publisher.encodings.push_back({config_.encodings[i], ssrc});
  }
  senders_.push_back({peer.transport, peer.address, worker});
  dataplane_.settle();
  dataplane_.add_publisher(worker, publisher);
}

void Population::add_receiver(WorkerIndex worker) {
  const Peer peer = connect(worker);
  const std::size_t encoding = receivers_.size() % config_.encoding_count;
  receivers_.push_back(peer.transport);
  for (std::size_t i = 0; i < senders_.size(); ++i) {
    SubscriptionConfig subscription;
    subscription.transport = peer.transport;
    subscription.target.stream = streams_[i * config_.encoding_count + encoding];
    subscription.mid = Mid::from(std::to_string(i));
    subscription.ssrc = static_cast<std::uint32_t>(0x2000 + i);
    subscription.target.codec = config_.encodings[encoding].codec;
    subscription.target.payload_type = kPayloadType;
    if (codec_kind(config_.encodings[encoding].codec) == MediaKind::kVideo) {
      subscription.target.rtx_ssrc = static_cast<std::uint32_t>(0x8000 + i);
      subscription.target.rtx_payload_type = kPayloadType + 1;
    }
    subscriptions_.push_back(must(dataplane_.registry().create_subscription(subscription)));
  }
}

}  // namespace penstock::bench
