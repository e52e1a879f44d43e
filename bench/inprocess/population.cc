#include "bench/inprocess/population.h"

#include "dataplane/base/check.h"

namespace penstock::bench {
namespace {

constexpr MacAddress kPeerMac{{0x02, 0, 0, 0, 0, 0x77}};
constexpr std::uint8_t kPayloadType = 96;

template <typename T>
T must(const std::expected<T, DataplaneError>& made) {
  PENSTOCK_CHECK(made.has_value());
  return *made;
}

}  // namespace

Population::Population(InProcessDataplane& dataplane, const PopulationConfig& config)
    : dataplane_(dataplane), config_(config), peers_(config.first_peer) {
  const std::size_t workers = dataplane.worker_count();
  for (std::size_t i = 0; i < config.publishers; ++i) {
    add_publisher(static_cast<WorkerIndex>(i % workers));
  }
  for (std::size_t i = 0; i < config.receivers; ++i) {
    add_receiver(static_cast<WorkerIndex>(i % workers));
    dataplane.settle();
  }
}

Population::~Population() {
  Registry& registry = dataplane_.registry();
  for (const SubscriptionHandle handle : subscriptions_) registry.destroy_subscription(handle);
  for (const StreamHandle handle : streams_) registry.destroy_stream(handle);
  for (const Sender& sender : senders_) {
    dataplane_.remove_publisher(sender.worker, sender.address);
    registry.destroy_transport(sender.transport);
  }
  for (const TransportHandle handle : receivers_) registry.destroy_transport(handle);
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
  peer.transport = must(registry.create_transport(transport));
  registry.add_flow(
      peer.transport,
      {.remote_mac = kPeerMac, .remote = peer.address, .local = dataplane_.address_of(worker)},
      true);
  registry.set_srtp_keys(peer.transport, peer.keys);
  return peer;
}

void Population::add_publisher(WorkerIndex worker) {
  const Peer peer = connect(worker);
  StreamConfig stream;
  stream.transport = peer.transport;
  stream.mid = Mid::from("0");
  stream.codec = config_.codec;
  stream.payload_type = kPayloadType;
  const auto ssrc = static_cast<std::uint32_t>(0x1000 + senders_.size());
  PENSTOCK_CHECK(stream.signalled_ssrcs.push_back(ssrc));
  streams_.push_back(must(dataplane_.registry().create_stream(stream)));
  senders_.push_back({peer.transport, peer.address, worker});
  dataplane_.settle();
  dataplane_.add_publisher(worker, {.profile = config_.profile,
                                    .key = peer.keys.receive,
                                    .address = peer.address,
                                    .server = dataplane_.address_of(worker),
                                    .server_mac = dataplane_.mac(),
                                    .codec = config_.codec,
                                    .ssrc = ssrc,
                                    .payload_type = kPayloadType,
                                    .payload_bytes = config_.payload_bytes,
                                    .interval = config_.interval,
                                    .burst = config_.burst});
}

void Population::add_receiver(WorkerIndex worker) {
  const Peer peer = connect(worker);
  receivers_.push_back(peer.transport);
  for (std::size_t i = 0; i < streams_.size(); ++i) {
    SubscriptionConfig subscription;
    subscription.transport = peer.transport;
    subscription.stream = streams_[i];
    subscription.mid = Mid::from(std::to_string(i));
    subscription.ssrc = static_cast<std::uint32_t>(0x2000 + i);
    subscription.payload_type = kPayloadType;
    subscriptions_.push_back(must(dataplane_.registry().create_subscription(subscription)));
  }
}

}  // namespace penstock::bench
