#include "bench/pipeline/rooms.h"

namespace penstock::bench {
namespace {

// Members of --joins who are there at a time, or wait for their grace period.
std::size_t members_max(const BenchOptions& options) {
  return options.joins_per_second == 0 ? 0 : 1'024 + options.joins_per_second / 20;
}

}  // namespace

std::size_t subscriptions_per_receiver(const BenchOptions& options) {
  return std::max(kSubscriptionsPerTransport, options.publishers + kMemberStreamsMax);
}

InProcessConfig dataplane_config(const BenchOptions& options) {
  const std::size_t audio = options.workers;
  const std::size_t members = members_max(options);
  const std::size_t publishers = options.rooms * options.publishers;
  const std::size_t subscribers = options.rooms * options.subscribers;
  InProcessConfig config;
  config.workers = options.workers;
  config.pools = {.transports = publishers + audio + 2 * subscribers + members + 16,
                  .streams = publishers * kEncodingsMax + audio + members + 16,
                  .subscriptions = publishers * options.subscribers + audio * options.subscribers +
                                   2 * members + 64};
  config.pools.subscriptions_per_transport = subscriptions_per_receiver(options);
  config.polling.mode = PollingMode::kSpin;
  config.srtp_backend = options.backend;
  config.transmit_queue = options.in_flight;
  config.history_packets = options.history_packets;
  config.lost_per_million = static_cast<std::uint32_t>(options.loss_percent * 10'000);
  return config;
}

PopulationConfig room_config(const BenchOptions& options) {
  PopulationConfig config;
  config.publishers = options.publishers;
  config.subscriptions_per_receiver = subscriptions_per_receiver(options);
  config.receivers = options.subscribers;
  config.profile = options.profile;
  set_encodings(options.mix, options.payload_bytes, config);
  if (options.keyframe_packets != 0) {
    config.encoding_count = 1;
    config.encodings[0] = packets_of_one_size(Codec::kVp8, options.payload_bytes,
                                              options.keyframe_packets, 100 * kMillisecond);
  }
  return config;
}

Rooms make_rooms(InProcessDataplane& dataplane, const BenchOptions& options, std::size_t workers) {
  Rooms rooms;
  const std::size_t workers_each = std::max<std::size_t>(workers / options.rooms, 1);
  for (std::size_t i = 0; i < options.rooms; ++i) {
    PopulationConfig config = room_config(options);
    config.first_peer = static_cast<std::uint16_t>(i * (options.publishers + options.subscribers));
    config.first_worker = static_cast<WorkerIndex>(i * workers_each % workers);
    config.workers = workers_each;
    rooms.push_back(std::make_unique<Population>(dataplane, config));
  }
  return rooms;
}

}  // namespace penstock::bench
