// The server's data plane in this process, without a network: the real registry, the real workers
// on DPDK lcores with their rings, grace periods and mbufs, and traffic that each worker makes for
// itself (traffic_source.h). What is transmitted is counted and given back. For programs that
// measure the workers or wear them out: tests/churn, benchmarks. DPDK can be started once in a
// process.
//
// Everything is called on one thread, which is the control thread. No rte_* here.
#pragma once

#include <cstdint>
#include <expected>
#include <limits>
#include <memory>
#include <string>
#include <vector>

#include "bench/inprocess/consent_log.h"
#include "bench/inprocess/delivery_log.h"
#include "bench/inprocess/media_pattern.h"
#include "bench/inprocess/standstill_log.h"
#include "bench/inprocess/waiting_memory.h"
#include "dataplane/api/stats.h"
#include "dataplane/dpdk/polling_config.h"
#include "dataplane/net/mac_address.h"
#include "dataplane/registry/registry.h"
#include "dataplane/worker/stage.h"

namespace penstock::bench {

inline constexpr std::uint64_t kNoTraffic = 0;
inline constexpr std::uint64_t kSaturated = std::numeric_limits<std::uint64_t>::max();
// Each publisher at its own pace, as its pattern says.
inline constexpr std::uint64_t kScheduled = std::numeric_limits<std::uint64_t>::max() - 1;
// With a virtual link: each publisher at its own pace, whether the worker keeps up or not.
inline constexpr std::uint64_t kArriving = std::numeric_limits<std::uint64_t>::max() - 2;
// How often the registry is polled while nothing but packets moves.
inline constexpr Duration kSeldom = 2 * kMillisecond;

// A port in virtual time (virtual_link.h), for one worker.
struct VirtualLinkConfig {
  double gbps = 0;  // 0: there is none, time is the clock's
  std::size_t transmit_ring = 1'024;
  std::size_t receive_ring = 1'024;
  Duration cpu_per_frame = 100;  // that the worker is said to need for each frame that it sends
};

struct InProcessConfig {
  std::size_t workers = 2;
  PoolSizes pools;
  PollingConfig polling = {};
  std::uint64_t seed = 1;
  SrtpBackend srtp_backend = SrtpBackend::kIpsecMb;
  // Transmitted packets that a worker's queue holds before they are free again, as a NIC's does.
  std::size_t transmit_queue = 0;
  // Video that a worker keeps, to send it again to receivers with RTX.
  std::size_t history_packets = 0;
  // Of a million packets that publishers send, so many never arrive.
  std::uint32_t lost_per_million = 0;
  VirtualLinkConfig link = {};
  // Nobody sends connectivity checks.
  Duration consent_timeout = 365 * 24 * 3'600 * kSecond;
};

// Who sends what a worker receives. Its transport, flow, keys and stream are made by the caller
// through registry() (population.h does both).
struct SyntheticPublisher {
  SrtpProfile profile = SrtpProfile::kAeadAes128Gcm;
  SrtpMasterKey key;      // what it protects with
  SocketAddress address;  // its own
  SocketAddress server;   // the worker's
  MacAddress server_mac;  // the port's
  std::uint8_t payload_type = 0;
  ExtensionMap extensions;  // ids of the header extensions that it sends; see traffic_source.cc
  struct Encoding {
    MediaPattern media;
    std::uint32_t ssrc = 0;
  };
  std::vector<Encoding> encodings;
  bool is_in_step = false;  // its frames are due from the start on; else from some moment on
};

class InProcessDataplane {
 public:
  static constexpr Duration kPollInterval = 50 * kMicrosecond;

  // Starts everything; the workers run, without traffic. Error: text with remedy.
  static std::expected<std::unique_ptr<InProcessDataplane>, std::string> start(
      const InProcessConfig& config);
  // stop()s.
  ~InProcessDataplane();
  InProcessDataplane(const InProcessDataplane&) = delete;
  InProcessDataplane& operator=(const InProcessDataplane&) = delete;

  Registry& registry();
  std::size_t worker_count() const;
  // Where worker `worker` receives.
  SocketAddress address_of(WorkerIndex worker) const;
  MacAddress mac() const;

  // Only while the worker has no traffic.
  void add_publisher(WorkerIndex worker, const SyntheticPublisher& publisher);
  // Everything that it sends from this address.
  void remove_publisher(WorkerIndex worker, const SocketAddress& address);
  // Input packets per second of each worker; or kSaturated, the publishers' packets in the order of
  // their patterns, as fast as the worker takes them.
  void set_traffic(std::uint64_t packets_per_second);
  // As kScheduled, `speed` times as fast.
  void set_scheduled_traffic(double speed);

  // With a virtual link: its time goes on by so much, and stands still again when this returns.
  void run_virtually(Duration duration);
  // The others, while it stands still.
  void set_link_unlimited(bool is_unlimited);
  // Until the worker has taken all that had come; without a limit of the link.
  void wait_until_received();
  void watch_deliveries(DeliveryLogConfig config);
  const DeliveryLog& deliveries() const;
  // When it was most, since it was cleared.
  WaitingMemory most_waiting() const;
  void clear_most_waiting();
  // The peer was heard of just now, and is not any more.
  void expect_end_of_consent(TransportHandle transport);
  // Of all that were expected since it was cleared.
  ConsentLog::Summary ended_consents() const;
  void clear_consents();
  Duration link_busy() const;             // so far
  std::uint64_t packets_arrived() const;  // from publishers so far; overruns included
  std::uint64_t receive_overruns() const;
  // What iterations with work have taken of the CPU so far, without what is the benchmark's.
  Duration busy_time() const;

  // The workers stand still, as if their CPUs had been taken away, until they are resumed.
  void pause();
  void pause(WorkerIndex worker);
  void resume();

  // Polls the registry until the workers have taken every command that was sent.
  void settle();
  // The same, now and then, for those who send many: so many more were sent. What a worker has not
  // taken yet is never too much (Registry refuses creates then).
  void settle_sometimes(std::size_t commands);
  // Polls the registry until what was destroyed has made room.
  void reclaim();
  // Polls the registry once.
  void poll();
  // Polls the registry, now and then, and sleeps between; at least once. On a machine without a
  // core to spare, polling takes the workers' CPU.
  void run_for(Duration duration, Duration poll_interval = kPollInterval);

  static Timestamp now();
  const WorkerStats& stats(WorkerIndex worker) const;
  std::uint64_t iterations(WorkerIndex worker) const;
  // CPU time of the worker's thread so far.
  Duration cpu_time(WorkerIndex worker) const;
  // How often the kernel took its CPU away.
  std::uint64_t preemptions(WorkerIndex worker) const;
  // Meaningful while the worker has no reason to sleep.
  const StandstillLog& standstills(WorkerIndex worker) const;
  // How long the worker's thread has been in a stage so far (stage_clock.h).
  Duration stage_time(WorkerIndex worker, Stage stage) const;
  // Of Stage::kControl, reporting quiescent states.
  Duration quiescent_time(WorkerIndex worker) const;
  // Packets of publishers that never arrived.
  std::uint64_t lost_packets(WorkerIndex worker) const;
  // While there is no traffic: latencies are measured from now on. It costs each copy a cache line,
  // so that throughput is measured before.
  void watch_latencies();
  // From when packets were due at the worker to when they were sent to their last receiver. Read
  // while there is no traffic.
  const Histogram& latencies(WorkerIndex worker, MediaKind kind) const;
  // Packets that are not among them, because the worker's CPU was taken away while they waited.
  std::uint64_t preempted_packets(WorkerIndex worker) const;
  void clear_latencies();
  // Packet buffers that someone holds. Exact while there is no traffic.
  std::size_t packets_in_use() const;
  std::size_t packets_capacity() const;

  // Ends the workers. The registry stays.
  void stop();

 private:
  struct Parts;
  explicit InProcessDataplane(std::unique_ptr<Parts> parts);

  std::unique_ptr<Parts> parts_;
};

}  // namespace penstock::bench
