// What all workers share and what one worker is told at its start. The pools belong to the registry
// (control thread), which outlives the workers; workers only resolve handles in them.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <vector>

#include "dataplane/api/stats.h"
#include "dataplane/forward/stream.h"
#include "dataplane/forward/subscription.h"
#include "dataplane/net/interface_address.h"
#include "dataplane/recording/arena.h"
#include "dataplane/srtp/backend.h"
#include "dataplane/worker/flow_sources.h"
#include "dataplane/worker/kept_packets.h"
#include "dataplane/worker/transport.h"

namespace penstock {

struct PoolSizes {
  std::size_t transports = 0;
  // Of these, such as only publish, or only receive; the others may do both.
  std::size_t publishing = 0;
  std::size_t receiving = 0;
  // m-lines of one transport.
  std::size_t streams_per_transport = kStreamsPerTransport;
  std::size_t subscriptions_per_transport = kSubscriptionsPerTransport;
  std::size_t streams = 0;
  std::size_t subscriptions = 0;
  std::size_t slot_bytes = 0;  // of received media, of each worker; at least SlotRing::kBytesMin
  bool keeps_packets = true;   // to send them again
};

struct Pools {
  Pools(const PoolSizes& sizes, std::size_t workers, const PoolMemory& memory,
        SrtpBackend backend = SrtpBackend::kIpsecMb)
      : srtp_backend(backend),
        publisher_tables(Transport::table_bytes(sizes.streams_per_transport, 0), sizes.publishing,
                         memory),
        receiver_tables(Transport::table_bytes(0, sizes.subscriptions_per_transport),
                        sizes.receiving, memory),
        tables(
            Transport::table_bytes(sizes.streams_per_transport, sizes.subscriptions_per_transport),
            sizes.transports - sizes.publishing - sizes.receiving, memory),
        encodings(Stream::kFurtherBytes, sizes.streams, memory),
        transports("transports", sizes.transports, memory),
        streams("streams", sizes.streams, memory),
        subscriptions("subscriptions", sizes.subscriptions, memory),
        fan_out("fan-out chunks", fan_out_chunks(sizes), memory),
        kept(std::make_unique<KeptPackets>(sizes.keeps_packets ? sizes.streams : 0, memory)) {
    for (std::size_t i = 0; i < workers; ++i)
      slots.push_back(std::make_unique<SlotRing>(sizes.slot_bytes, kHistoryAge, memory));
  }

  // Where the tables of such a transport come from.
  BlockPool& tables_for(const TransportConfig& config) {
    if (config.subscriptions_max == 0 && publisher_tables.free() > 0) return publisher_tables;
    if (config.streams_max == 0 && receiver_tables.free() > 0) return receiver_tables;
    return tables;
  }

  // One for each subscription there can be, live or retired: a chunk is there because of at least
  // one of them, and not longer than it (registry/fan_out_writer.h has the proof); and some that
  // retargeted subscriptions have left and that wait for their grace period.
  static std::size_t fan_out_chunks(const PoolSizes& sizes) {
    return sizes.subscriptions + chunks_left_max(sizes);
  }
  static std::size_t chunks_left_max(const PoolSizes& sizes) {
    return sizes.subscriptions == 0 ? 0 : sizes.subscriptions / 4 + 8;
  }

  // Of the keys in transports, and so of the engines of the workers.
  const SrtpBackend srtp_backend;
  // Of transports; they give them back when they end.
  BlockPool publisher_tables;
  BlockPool receiver_tables;
  BlockPool tables;
  // Of streams, for their encodings after the first; likewise.
  BlockPool encodings;
  ObjectPool<Transport> transports;
  ObjectPool<Stream> streams;
  ObjectPool<Subscription> subscriptions;
  FanOutPool fan_out;
  SlotRings slots;                    // of what each worker receives
  std::unique_ptr<KeptPackets> kept;  // where of it the packets of each stream are
};

// The gateways' MACs, found by worker 0, which speaks ARP and NDP for the port, and used by all.
// Zero: not known.
struct GatewayMacs {
  std::atomic<std::uint64_t> ipv4{0};
  std::atomic<std::uint64_t> ipv6{0};
};

// How the monotonic clock relates to wall-clock time; fixed at start, so that reports never jump.
struct WallClock {
  Timestamp at = 0;
  NtpTime ntp = 0;

  NtpTime ntp_at(Timestamp now) const { return ntp + ntp_difference_from_ns(now - at); }
};

struct WorkerContext {
  WorkerIndex index = 0;
  WorkerIndex worker_count = 1;
  std::uint16_t udp_port_base = 0;  // worker i has port base + i
  InterfaceAddresses addresses;
  std::size_t mtu = kMtuMax;  // of the port: kMtuMin to kMtuMax
  Ipv4UdpChecksum media_checksum = Ipv4UdpChecksum::kNone;
  bool marks_dscp = false;                     // of what it sends (RFC 8837)
  std::uint32_t pacing_percent = 250;          // of the rate of a receiver's video; 0: not paced
  double start_bps = 1'500'000;                // with which estimates of receivers' ways begin
  Duration consent_timeout = kConsentTimeout;  // kNever: consent does not end
  std::size_t transports_max = 0;
  // What packets read of so many is in a core's caches: asking for it in advance would only cost.
  std::size_t near_transports_max = 64;
  std::uint64_t seed = 0;
  WallClock wall_clock;
  const Pools* pools = nullptr;
  GatewayMacs* gateway_macs = nullptr;
  FlowSources* flow_sources = nullptr;
  WorkerStats* stats = nullptr;
  RecordingArena* recordings = nullptr;  // null: nothing is recorded
};

}  // namespace penstock
