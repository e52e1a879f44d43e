// The auditor of a running server: once a second it takes the books of every pool and says where
// they do not add up. A finding is a bug of ours; it is kept, and told once. Also the last look,
// when everything is closed. Pure; owned by server_admin, control thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "dataplane/base/time.h"
#include "dataplane/pool/pool_report.h"

namespace penstock {

inline constexpr Duration kAuditInterval = kSecond;
// The walk takes time for each object that is owned; a release build with more objects than this
// leaves it out, so that no audit holds the control thread up.
inline constexpr std::size_t kWalkedObjectsMax = 20'000;
// Packets are counted while workers take and give: only what several audits in a row see is true.
inline constexpr std::uint32_t kPacketAuditsInARow = 3;

// The packet buffers of the data plane.
struct PacketCounts {
  std::size_t capacity = 0;
  std::size_t free = 0;      // those in the lcores' caches included
  std::size_t held_max = 0;  // what all holders may hold together

  std::size_t in_use() const { return free < capacity ? capacity - free : 0; }
};

// What does not add up: where, and what was seen when it was first found.
struct AuditFinding {
  std::string pool;
  std::string what;
  std::uint64_t audits = 0;  // that saw it
};

struct AuditReport {
  std::uint64_t runs = 0;
  std::size_t owned_objects = 0;       // that the last ownership walk came upon
  std::vector<AuditFinding> findings;  // in the order in which they were first seen
};

// What an ownership walk has found.
struct Ownership {
  std::size_t objects = 0;  // with an owner
  // As OwnershipWalk says them: "rooms: 2 live without an owner".
  std::vector<std::string> findings;
};

// What one audit looks at.
struct AuditInput {
  const PoolReports& pools;  // outlives the audit
  PacketCounts packets;
  std::optional<Ownership> ownership;  // if there was time for the walk
};

class Auditor {
 public:
  // Returns the findings that no audit before had.
  std::vector<AuditFinding> run(const AuditInput& input);
  const AuditReport& report() const { return report_; }

 private:
  void check_ownership(const Ownership& ownership, std::vector<AuditFinding>& seen);
  void check_packets(const PacketCounts& packets, std::vector<AuditFinding>& seen);

  AuditReport report_;
  std::uint32_t packet_audits_ = 0;  // in a row that saw too many in use
};

// Whether the ownership walk is made: always in a debug build, else while there are few enough.
bool is_walk_affordable(const PoolReports& pools);

// What is still there when everything is closed: one text for each pool that is not empty, and for
// packets that are not back. `packets_kept_max`: how many a closed device may have kept. Empty: the
// server leaves nothing behind.
std::vector<std::string> left_at_exit(const PoolReports& pools, const PacketCounts& packets,
                                      std::size_t packets_kept_max);

}  // namespace penstock
