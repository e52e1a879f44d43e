#include "bench/inprocess/population.h"

namespace penstock::bench {

Population::Population(InProcessDataplane& dataplane, const PopulationConfig& config)
    : dataplane_(dataplane), config_(config), peers_(config.first_peer) {
  if (config_.workers == 0) config_.workers = dataplane.worker_count();
  for (std::size_t i = 0; i < config.publishers; ++i) add_publisher(worker_of(i));
  for (std::size_t i = 0; i < config.receivers; ++i) add_receiver(worker_of(i));
  dataplane.settle();
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

void Population::renew_consent() {
  for (std::size_t i = 0; i < senders_.size(); ++i) {
    bench::renew_consent(dataplane_,
                         {.worker = senders_[i].worker, .number = publisher_numbers_[i]},
                         senders_[i].transport);
  }
  for (std::size_t i = 0; i < receivers_.size(); ++i) {
    bench::renew_consent(dataplane_, {.worker = worker_of(i), .number = receiver_numbers_[i]},
                         receivers_[i]);
    dataplane_.settle_sometimes(1);
  }
  dataplane_.settle();
}

PeerConfig Population::next_peer(WorkerIndex worker) {
  return {.worker = worker,
          .number = ++peers_,
          .profile = config_.profile,
          .subscriptions_max = config_.subscriptions_per_receiver};
}

void Population::add_publisher(WorkerIndex worker) {
  const PeerConfig config = next_peer(worker);
  const Peer peer = connect_peer(dataplane_, config);
  SyntheticPublisher publisher = synthetic_publisher(dataplane_, config, peer);
  publisher.is_in_step = config_.is_in_step;
  std::vector<std::uint32_t> ssrcs;
  for (std::size_t i = 0; i < config_.encoding_count; ++i) {
    ssrcs.push_back(static_cast<std::uint32_t>(0x1000 + streams_.size() * kEncodingsMax + i));
    publisher.encodings.push_back({config_.encodings[i], ssrcs.back()});
  }
  streams_.push_back(publish(dataplane_, peer, 0, config_.encodings[0].codec, ssrcs));
  senders_.push_back({peer.transport, peer.address, worker});
  publisher_numbers_.push_back(config.number);
  dataplane_.settle_sometimes(kPeerCommands + config_.encoding_count);
  dataplane_.add_publisher(worker, publisher);
}

void Population::add_receiver(WorkerIndex worker) {
  const PeerConfig config = next_peer(worker);
  const Peer peer = connect_peer(dataplane_, config);
  const std::size_t encoding = receivers_.size() % config_.encoding_count;
  receivers_.push_back(peer.transport);
  receiver_numbers_.push_back(config.number);
  for (std::size_t i = 0; i < senders_.size(); ++i) {
    subscriptions_.push_back(
        subscribe(dataplane_, peer, i, config_.encodings[0].codec, streams_[i]));
    if (config_.encoding_count > 1) {
      dataplane_.registry().limit_layers(
          subscriptions_.back(), {static_cast<std::uint8_t>(encoding), kHighestLayer.temporal});
    }
  }
  dataplane_.settle_sometimes(kPeerCommands + senders_.size());
}

}  // namespace penstock::bench
