#include "controlplane/admin/lifetimes_json.h"

#include <boost/json.hpp>

namespace penstock {
namespace {

namespace json = boost::json;

json::string text(std::string_view from) { return json::string(from.data(), from.size()); }

json::array pools_json(const PoolReports& pools) {
  json::array array;
  for (const PoolReport& pool : pools) {
    array.push_back({{"name", text(pool.name)},
                     {"capacity", pool.counts.capacity},
                     {"free", pool.counts.free},
                     {"live", pool.counts.live},
                     {"retired", pool.counts.retired}});
  }
  return array;
}

json::object waits_json(const Histogram& waits) {
  return {{"p50", waits.percentile(0.5)},
          {"p99", waits.percentile(0.99)},
          {"max", waits.max()},
          {"count", waits.count()}};
}

json::array retire_json(const std::vector<RetireReport>& lists) {
  json::array array;
  for (const RetireReport& list : lists) {
    array.push_back({{"name", text(list.name)},
                     {"waiting", list.waiting},
                     {"capacity", list.capacity},
                     {"reclaimed", list.waits.count()},
                     {"oldest_ns", list.oldest},
                     {"reclaim_ns", waits_json(list.waits)}});
  }
  return array;
}

json::array workers_json(const std::vector<WorkerReport>& workers) {
  json::array array;
  for (const WorkerReport& worker : workers) {
    array.push_back({{"heartbeat_age_ns", worker.heartbeat.age},
                     {"stalled", worker.heartbeat.is_stalled},
                     {"stalls", worker.heartbeat.stalls}});
  }
  return array;
}

json::object port_json(const PortReport& port) {
  return {{"link_up", port.is_link_up},
          {"link_changes", port.link_changes},
          {"received_packets", port.received_packets},
          {"received_bytes", port.received_bytes},
          {"transmitted_packets", port.transmitted_packets},
          {"transmitted_bytes", port.transmitted_bytes},
          {"missed_packets", port.missed_packets},
          {"no_buffer_packets", port.no_buffer_packets},
          {"receive_errors", port.receive_errors},
          {"transmit_errors", port.transmit_errors},
          {"too_large_packets", port.too_large_packets}};
}

json::object audit_json(const AuditReport& audit) {
  json::array findings;
  for (const AuditFinding& finding : audit.findings) {
    findings.push_back(
        {{"pool", text(finding.pool)}, {"what", text(finding.what)}, {"audits", finding.audits}});
  }
  return {{"runs", audit.runs},
          {"owned_objects", audit.owned_objects},
          {"findings", std::move(findings)}};
}

json::object recordings_json(const RecordingReport& recordings) {
  return {{"recorders", recordings.recorders},
          {"files", recordings.files},
          {"finished", recordings.finished},
          {"failed", recordings.failed},
          {"packets", recordings.packets},
          {"bytes", recordings.bytes},
          {"lost", recordings.lost},
          {"waiting_bytes", recordings.waiting_bytes},
          {"free_bytes", recordings.free_bytes}};
}

}  // namespace

std::string lifetimes_json(const Lifetimes& lifetimes) {
  json::object root = {{"pools", pools_json(lifetimes.pools)},
                       {"packets",
                        {{"capacity", lifetimes.packets.capacity},
                         {"free", lifetimes.packets.free},
                         {"in_use", lifetimes.packets.in_use()}}},
                       {"port", port_json(lifetimes.port)},
                       {"heap", {{"in_use_bytes", lifetimes.heap_bytes}}},
                       {"dtls", {{"jobs", lifetimes.dtls_jobs}}},
                       {"retire", retire_json(lifetimes.retire)},
                       {"grace_period",
                        {{"in_progress", lifetimes.grace_period.is_in_progress},
                         {"since_ns", lifetimes.grace_period.since}}},
                       {"workers", workers_json(lifetimes.workers)},
                       {"audit", audit_json(lifetimes.audit)}};
  if (lifetimes.recordings) root["recordings"] = recordings_json(*lifetimes.recordings);
  return json::serialize(root) + "\n";
}

}  // namespace penstock
