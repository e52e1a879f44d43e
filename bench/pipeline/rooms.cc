#include "bench/pipeline/rooms.h"

#include <algorithm>
#include <fstream>

#include "bench/inprocess/room_sizes.h"

namespace penstock::bench {
namespace {

// Members of --joins who are there at a time, or wait for their grace period.
std::size_t members_max(const BenchOptions& options) {
  return options.joins_per_second == 0 ? 0 : 1'024 + options.joins_per_second / 20;
}

std::size_t subscriptions_per_receiver(const BenchOptions& options) {
  return std::max(kSubscriptionsPerTransport, options.publishers + kMemberStreamsMax);
}

RoomTotals carrier_totals(const BenchOptions& options) {
  RoomTotals totals;
  for (const std::size_t people : room_sizes(options.rooms)) {
    const std::size_t each = Meeting::subscriptions_per_member(people);
    totals.peers += people;
    totals.subscriptions += people * each;
    totals.subscriptions_per_peer_max = std::max(totals.subscriptions_per_peer_max, each);
  }
  totals.publishers = totals.peers;
  totals.streams = 2 * totals.peers;
  totals.packets_per_second =
      static_cast<double>(totals.peers) *
      (carrier_audio().packets_per_second() + carrier_video().packets_per_second());
  return totals;
}

Rooms make_meetings(InProcessDataplane& dataplane, const BenchOptions& options,
                    std::size_t workers) {
  Rooms rooms;
  MeetingConfig config{
      .audio = carrier_audio(), .video = carrier_video(), .profile = options.profile};
  for (const std::size_t people : room_sizes(options.rooms)) {
    config.members = people;
    config.worker = static_cast<WorkerIndex>(rooms.meetings.size() % workers);
    rooms.meetings.push_back(std::make_unique<Meeting>(dataplane, config));
    config.first_peer = static_cast<std::uint16_t>(config.first_peer + people);
  }
  return rooms;
}

std::size_t available_mib() {
  std::ifstream info("/proc/meminfo");
  for (std::string word; info >> word;) {
    std::size_t kib = 0;
    if (word == "MemAvailable:" && info >> kib) return kib / 1'024;
  }
  return std::numeric_limits<std::size_t>::max();  // not known
}

}  // namespace

RoomTotals room_totals(const BenchOptions& options) {
  if (options.mix == Mix::kCarrier) return carrier_totals(options);
  const PopulationConfig room = room_config(options);
  RoomTotals totals;
  totals.publishers = options.rooms * options.publishers;
  totals.peers = totals.publishers + options.rooms * options.subscribers;
  totals.streams = totals.publishers;
  totals.subscriptions = totals.publishers * options.subscribers;
  totals.subscriptions_per_peer_max = subscriptions_per_receiver(options);
  for (std::size_t i = 0; i < room.encoding_count; ++i) {
    totals.packets_per_second +=
        static_cast<double>(totals.publishers) * room.encodings[i].packets_per_second();
  }
  return totals;
}

std::optional<std::string> lacks_memory(const InProcessConfig& config) {
  const PoolSizes& pools = config.pools;
  const std::size_t bytes =
      pools.transports *
          (sizeof(Transport) +
           Transport::table_bytes(pools.streams_per_transport, pools.subscriptions_per_transport)) +
      pools.streams * sizeof(Stream) +
      pools.subscriptions * (sizeof(Subscription) + 2 * sizeof(FanOutChunk));
  const std::size_t mib = bytes / (1'024 * 1'024);
  const std::size_t available = available_mib();
  if (mib < available) return std::nullopt;
  return "the rooms' objects take " + std::to_string(mib) + " MiB, and " +
         std::to_string(available) + " MiB of memory are available: ask for fewer";
}

InProcessConfig dataplane_config(const BenchOptions& options) {
  const RoomTotals totals = room_totals(options);
  const std::size_t members = members_max(options);
  InProcessConfig config;
  config.workers = options.workers;
  config.pools = {.transports = totals.peers + options.workers + options.subscribers + members + 16,
                  .streams = totals.streams + options.workers + members + 16,
                  .subscriptions = totals.subscriptions + options.workers * options.subscribers +
                                   2 * members + 64};
  config.pools.subscriptions_per_transport = totals.subscriptions_per_peer_max;
  if (members != 0) {
    config.pools.subscriptions_per_transport =
        std::max(config.pools.subscriptions_per_transport, kSubscriptionsPerTransport);
  }
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
  dataplane.reclaim();
  if (options.mix == Mix::kCarrier) return make_meetings(dataplane, options, workers);
  Rooms rooms;
  const std::size_t workers_each = std::max<std::size_t>(workers / options.rooms, 1);
  for (std::size_t i = 0; i < options.rooms; ++i) {
    PopulationConfig config = room_config(options);
    config.first_peer = static_cast<std::uint16_t>(i * (options.publishers + options.subscribers));
    config.first_worker = static_cast<WorkerIndex>(i * workers_each % workers);
    config.workers = workers_each;
    rooms.populations.push_back(std::make_unique<Population>(dataplane, config));
  }
  return rooms;
}

}  // namespace penstock::bench
