#include "controlplane/admin/server_books.h"

#include <malloc.h>

#include "controlplane/admin/ownership.h"
#include "controlplane/log/log.h"

namespace penstock {
namespace {

std::optional<Ownership> ownership(const BookParts& parts, const PoolReports& pools) {
  if (!is_walk_affordable(pools)) return std::nullopt;
  const OwnershipWalk walk = walk_ownership(parts.registry, parts.media, parts.janus, parts.whip);
  return Ownership{walk.marked(), walk.findings()};
}

// Of all arenas, and what malloc has mapped by itself. A sanitizer's malloc says 0.
std::size_t heap_bytes() {
  const struct mallinfo2 heap = ::mallinfo2();
  return heap.uordblks + heap.hblkhd;
}

// The lists that wait for workers to report.
GracePeriodReport grace_period(const RetireReport& data_plane) {
  return {.is_in_progress = data_plane.waiting != 0, .since = data_plane.oldest};
}

}  // namespace

PoolReports pool_reports(const BookParts& parts) {
  PoolReports pools;
  parts.janus.report_pools(pools);
  parts.whip.report_pools(pools);
  parts.media.report_pools(pools);
  parts.registry.report_pools(pools);
  return pools;
}

PacketCounts packet_counts(const DataplaneHost& host) {
  const DataplaneHostStats stats = host.stats();
  return {.capacity = stats.pool_packets,
          .free = stats.pool_packets_free,
          .held_max = stats.pool_packets_held_max};
}

Timestamp ServerBooks::work(Timestamp now) {
  if (now < next_) return next_;
  audit();
  watch_workers(now);
  watch_link(now);
  watch_addresses(now);
  watch_sizes();
  next_ = now + kAuditInterval;
  return next_;
}

void ServerBooks::audit() {
  const PoolReports pools = pool_reports(parts_);
  const auto fresh = auditor_.run({.pools = pools,
                                   .packets = packet_counts(parts_.host),
                                   .ownership = ownership(parts_, pools)});
  for (const AuditFinding& finding : fresh) {
    spdlog::error("audit: {}: {}: this is a bug of Penstock", finding.pool, finding.what);
  }
}

void ServerBooks::watch_workers(Timestamp now) {
  stall_watch_.begin(now, kAuditInterval);
  for (std::size_t i = 0; i < parts_.workers.size(); ++i) {
    const Timestamp beat = parts_.host.activity(static_cast<WorkerIndex>(i)).last_iteration_at;
    const StallWatch::Change change = stall_watch_.observe(i, beat, now);
    if (change == StallWatch::Change::kStalled) {
      PENSTOCK_LOG_WARNING(
          "worker {} has not reported for a second: does it get its CPU? Its calls stand still, "
          "and "
          "memory waits for it",
          i);
    } else if (change == StallWatch::Change::kRecovered) {
      const Duration stood = now - stall_watch_.heartbeat(i, beat, now).stalled_since;
      PENSTOCK_LOG_WARNING("worker {} reports again, after {} ms", i, stood / kMillisecond);
    }
  }
}

void ServerBooks::watch_link(Timestamp now) {
  switch (link_watch_.observe(parts_.host.stats().is_link_up, now)) {
    case LinkWatch::Change::kNone:
      break;
    case LinkWatch::Change::kUp:
      PENSTOCK_LOG_INFO("the data port's link is up, after {} s", link_watch_.lasted() / kSecond);
      break;
    case LinkWatch::Change::kDown:
      PENSTOCK_LOG_WARNING("the data port's link is down: no media until it is up again");
      break;
    case LinkWatch::Change::kMissing:
      PENSTOCK_LOG_WARNING(
          "the data port's link has not been up for {} s: is the cable in, and the other end on?",
          kLinkComesAfterMax / kSecond);
      break;
  }
}

void ServerBooks::watch_addresses(Timestamp now) {
  const WorkerStats& stats = parts_.workers.stats(0);
  const InterfaceAddresses& ours = parts_.host.addresses();
  const std::array<IpAddress, kOwnAddresses> addresses = {ours.ipv4.address, ours.ipv6.address,
                                                          ours.link_local()};
  for (std::size_t which = 0; which < kOwnAddresses; ++which) {
    ToldConflict& told = told_conflicts_[which];
    const std::uint64_t count = stats.address_conflicts[which].get();
    if (count == told.count || now - told.at < kConflictTellInterval) continue;
    told = {count, now};
    const auto mac = MacAddress::from_word(stats.conflicting_macs[which].load());
    PENSTOCK_LOG_ERROR(
        "somebody else on the data port's link has its address {}, too: MAC {}. Calls cannot come "
        "about, or break, until one of the two has another one",
        to_string(addresses[which]), to_string(mac));
  }
}

// Said once: whoever meets it has to find out why pictures stay incomplete, and the counter then
// says how often it is.
void ServerBooks::watch_sizes() {
  if (has_warned_of_sizes_) return;
  for (std::size_t i = 0; i < parts_.workers.size(); ++i) {
    const WorkerStats& stats = parts_.workers.stats(static_cast<WorkerIndex>(i));
    if (stats.drops[static_cast<std::size_t>(DropReason::kPacketTooLarge)].get() == 0) continue;
    has_warned_of_sizes_ = true;
    PENSTOCK_LOG_WARNING(
        "a publisher sends packets that, with the headers a receiver needs, do not fit the port's "
        "MTU: they are not forwarded, and counted as packet_too_large. RTP packets of at most "
        "1,200 bytes fit everywhere");
    return;
  }
}

PortReport ServerBooks::port_report() const {
  const DataplaneHostStats stats = parts_.host.stats();
  return {.received_packets = stats.port.received_packets,
          .received_bytes = stats.port.received_bytes,
          .transmitted_packets = stats.port.transmitted_packets,
          .transmitted_bytes = stats.port.transmitted_bytes,
          .missed_packets = stats.port.missed_packets,
          .no_buffer_packets = stats.port.no_buffer_packets,
          .receive_errors = stats.port.receive_errors,
          .transmit_errors = stats.port.transmit_errors,
          .too_large_packets = stats.port.too_large_packets,
          .link_changes = link_watch_.changes(),
          .is_link_up = stats.is_link_up};
}

Lifetimes ServerBooks::take(Timestamp now) const {
  Lifetimes lifetimes;
  lifetimes.pools = pool_reports(parts_);
  lifetimes.packets = packet_counts(parts_.host);
  lifetimes.port = port_report();
  lifetimes.heap_bytes = heap_bytes();
  lifetimes.retire.push_back(retire_report("data plane", parts_.registry.retired(), now));
  lifetimes.retire.push_back(retire_report("media", parts_.media.retired(), now));
  lifetimes.retire.push_back(retire_report("janus", parts_.janus.retired(), now));
  lifetimes.retire.push_back(retire_report("rooms", parts_.janus.retired_members(), now));
  lifetimes.retire.push_back(retire_report("whip", parts_.whip.retired(), now));
  lifetimes.grace_period = grace_period(lifetimes.retire.front());
  for (std::size_t i = 0; i < parts_.workers.size(); ++i) {
    const auto worker = static_cast<WorkerIndex>(i);
    const WorkerActivity activity = parts_.host.activity(worker);
    lifetimes.workers.push_back(
        {.stats = &parts_.workers.stats(worker),
         .iterations = activity.iterations,
         .busy_iterations = activity.busy_iterations,
         .sleeps = activity.sleeps,
         .busy = activity.busy,
         .heartbeat = stall_watch_.heartbeat(i, activity.last_iteration_at, now)});
  }
  lifetimes.media = parts_.media.stats();
  lifetimes.data = parts_.media.data_stats();
  lifetimes.dtls_jobs = parts_.media.counts().dtls_jobs;
  lifetimes.audit = auditor_.report();
  lifetimes.signalling = parts_.signalling.stats();
  lifetimes.whip = parts_.whip.stats();
  lifetimes.recordings = parts_.recordings();
  return lifetimes;
}

}  // namespace penstock
