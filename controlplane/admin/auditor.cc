#include "controlplane/admin/auditor.h"

#include <algorithm>

namespace penstock {
namespace {

std::string counts_text(const PoolCounts& counts) {
  return std::to_string(counts.live) + " live, " + std::to_string(counts.retired) + " retired, " +
         std::to_string(counts.free) + " free of " + std::to_string(counts.capacity);
}

// "rooms: 2 live without an owner": the number is no part of what is wrong.
std::string kind_of(std::string_view what) {
  std::string kind(what);
  std::erase_if(kind, [](char c) { return c >= '0' && c <= '9'; });
  return kind;
}

bool is_same(const AuditFinding& a, const AuditFinding& b) {
  return a.pool == b.pool && kind_of(a.what) == kind_of(b.what);
}

}  // namespace

std::vector<AuditFinding> Auditor::run(const AuditInput& input) {
  ++report_.runs;
  std::vector<AuditFinding> seen;
  for (const PoolReport& pool : input.pools) {
    if (pool.counts.is_conserved()) continue;
    seen.push_back(
        {std::string(pool.name), "the counts do not add up: " + counts_text(pool.counts), 1});
  }
  check_packets(input.packets, seen);
  if (input.ownership) check_ownership(*input.ownership, seen);
  std::vector<AuditFinding> fresh;
  for (AuditFinding& finding : seen) {
    const auto known = std::ranges::find_if(
        report_.findings, [&](const AuditFinding& each) { return is_same(each, finding); });
    if (known != report_.findings.end()) {
      ++known->audits;
      continue;
    }
    fresh.push_back(finding);
    report_.findings.push_back(std::move(finding));
  }
  return fresh;
}

void Auditor::check_ownership(const Ownership& ownership, std::vector<AuditFinding>& seen) {
  report_.owned_objects = ownership.objects;
  for (const std::string& line : ownership.findings) {
    const std::size_t colon = std::min(line.find(": "), line.size());
    seen.push_back({line.substr(0, colon), line.substr(std::min(colon + 2, line.size())), 1});
  }
}

void Auditor::check_packets(const PacketCounts& packets, std::vector<AuditFinding>& seen) {
  if (packets.in_use() <= packets.held_max) {
    packet_audits_ = 0;
    return;
  }
  if (++packet_audits_ < kPacketAuditsInARow) return;
  seen.push_back({"packets",
                  std::to_string(packets.in_use()) + " in use, " +
                      std::to_string(packets.held_max) + " may be held",
                  1});
}

bool is_walk_affordable(const PoolReports& pools) {
#ifdef NDEBUG
  std::size_t objects = 0;
  for (const PoolReport& pool : pools) objects += pool.counts.live;
  return objects <= kWalkedObjectsMax;
#else
  static_cast<void>(pools);
  return true;
#endif
}

std::vector<std::string> left_at_exit(const PoolReports& pools, const PacketCounts& packets,
                                      std::size_t packets_kept_max) {
  std::vector<std::string> left;
  for (const PoolReport& pool : pools) {
    if (pool.counts.free == pool.counts.capacity && pool.counts.is_conserved()) continue;
    left.push_back(std::string(pool.name) + ": " + counts_text(pool.counts));
  }
  if (packets.in_use() > packets_kept_max || packets.free > packets.capacity) {
    left.push_back("packets: " + std::to_string(packets.free) + " of " +
                   std::to_string(packets.capacity) + " back");
  }
  return left;
}

}  // namespace penstock
