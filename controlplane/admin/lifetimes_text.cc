#include "controlplane/admin/lifetimes_text.h"

#include <array>
#include <cinttypes>
#include <cstdio>

#include "dataplane/base/drop_reason.h"

namespace penstock {
namespace {

// printf into a string; lines are short.
template <typename... Values>
std::string line(const char* format, Values... values) {
  std::array<char, 256> text;
  std::snprintf(text.data(), text.size(), format, values...);
  return text.data();
}

double milliseconds(Duration ns) { return static_cast<double>(ns) / 1e6; }

std::string pool_line(std::string_view name, const PoolCounts& counts) {
  return line("%-16.*s %10zu live %10zu retired %10zu free of %10zu", static_cast<int>(name.size()),
              name.data(), counts.live, counts.retired, counts.free, counts.capacity);
}

std::string retire_line(const RetireReport& list) {
  return line("retired, %-11.*s %6zu waiting (oldest %.3f ms), %" PRIu64
              " reclaimed in p50 %.3f, p99 %.3f, max %.3f ms",
              static_cast<int>(list.name.size()), list.name.data(), list.waiting,
              milliseconds(list.oldest), list.waits.count(),
              milliseconds(list.waits.percentile(0.5)), milliseconds(list.waits.percentile(0.99)),
              milliseconds(list.waits.max()));
}

std::string port_line(const PortReport& port) {
  return line("port: link %s, changed %" PRIu64 " times; %" PRIu64 " frames received, %" PRIu64
              " sent; %" PRIu64 " missed, %" PRIu64 " without a buffer, %" PRIu64
              " broken, %" PRIu64 " not sent, %" PRIu64 " too large for their way",
              port.is_link_up ? "up" : "down", port.link_changes, port.received_packets,
              port.transmitted_packets, port.missed_packets, port.no_buffer_packets,
              port.receive_errors, port.transmit_errors, port.too_large_packets);
}

void add_worker(std::vector<std::string>& lines, std::size_t index, const WorkerReport& worker) {
  lines.push_back(line("worker %zu: %" PRIu64 " media packets received, %" PRIu64
                       " forwarded, %" PRIu64 " keyframes requested",
                       index, worker.stats->media_received.get(),
                       worker.stats->media_forwarded.get(),
                       worker.stats->keyframes_requested.get()));
  if (worker.heartbeat.stalls != 0) {
    lines.push_back(line("worker %zu: did not report for more than a second %" PRIu64 " times",
                         index, worker.heartbeat.stalls));
  }
  std::string drops;
  for (std::size_t reason = 0; reason < kDropReasonCount; ++reason) {
    const std::uint64_t count = worker.stats->drops[reason].get();
    if (count == 0) continue;
    drops +=
        " " + std::string(to_label(static_cast<DropReason>(reason))) + "=" + std::to_string(count);
  }
  if (!drops.empty()) lines.push_back("worker " + std::to_string(index) + ": dropped:" + drops);
}

}  // namespace

std::vector<std::string> lifetimes_lines(const Lifetimes& lifetimes) {
  std::vector<std::string> lines;
  for (const PoolReport& pool : lifetimes.pools) lines.push_back(pool_line(pool.name, pool.counts));
  const PacketCounts& packets = lifetimes.packets;
  lines.push_back(line("%-16s %10zu in use %28zu free of %10zu", "packets", packets.in_use(),
                       packets.free, packets.capacity));
  lines.push_back(line("%-16s %10zu bytes in use", "heap", lifetimes.heap_bytes));
  for (const RetireReport& list : lifetimes.retire) lines.push_back(retire_line(list));
  lines.push_back(port_line(lifetimes.port));
  for (std::size_t i = 0; i < lifetimes.workers.size(); ++i) {
    add_worker(lines, i, lifetimes.workers[i]);
  }
  if (lifetimes.recordings) {
    const RecordingReport& of = *lifetimes.recordings;
    lines.push_back(line("recordings: %" PRIu64 " files of %" PRIu64 " publishers; %" PRIu64
                         " finished, %" PRIu64 " failed; %" PRIu64 " packets, %" PRIu64
                         " bytes written, %" PRIu64 " packets lost; %" PRIu64 " bytes wait",
                         of.files, of.recorders, of.finished, of.failed, of.packets, of.bytes,
                         of.lost, of.waiting_bytes));
  }
  lines.push_back(line("audit: %" PRIu64 " runs, %zu findings", lifetimes.audit.runs,
                       lifetimes.audit.findings.size()));
  for (const AuditFinding& finding : lifetimes.audit.findings) {
    lines.push_back("audit: " + finding.pool + ": " + finding.what);
  }
  return lines;
}

std::string lifetimes_page(const Lifetimes& lifetimes) {
  std::string page = "Penstock. The same as JSON: /lifetimes, for Prometheus: /metrics\n\n";
  for (const std::string& each : lifetimes_lines(lifetimes)) page += each + "\n";
  if (lifetimes.grace_period.is_in_progress) {
    page +=
        line("grace period in progress for %.3f ms\n", milliseconds(lifetimes.grace_period.since));
  }
  for (std::size_t i = 0; i < lifetimes.workers.size(); ++i) {
    const WorkerHeartbeat& heartbeat = lifetimes.workers[i].heartbeat;
    page += line("worker %zu: last heard of %.3f ms ago%s\n", i, milliseconds(heartbeat.age),
                 heartbeat.is_stalled ? ": it stands still" : "");
  }
  return page;
}

}  // namespace penstock
