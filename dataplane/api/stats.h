// What a worker counts. One writer (the worker), any reader; relaxed atomics written without
// read-modify-write, so that counting costs no locked instruction. Aligned so that no two workers
// share a cache line.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>

#include "dataplane/base/drop_reason.h"
#include "dataplane/net/address_conflict.h"

namespace penstock {

// A counter with one writer.
class Counter {
 public:
  void add(std::uint64_t count) {
    value_.store(value_.load(std::memory_order_relaxed) + count, std::memory_order_relaxed);
  }
  std::uint64_t get() const { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<std::uint64_t> value_{0};
};

struct alignas(64) WorkerStats {
  Counter frames_received;
  Counter frames_sent;
  Counter bytes_received;
  Counter bytes_sent;
  Counter ecn_capable_received;     // UDP packets whose sender says that it knows ECN (RFC 3168)
  Counter ecn_congestion_received;  // such that a router has marked: it is congested
  Counter media_received;           // authenticated RTP packets
  Counter media_forwarded;          // RTP packets protected and sent, one per receiver
  Counter media_recorded;           // likewise, but to files
  Counter media_resent;             // as RTX, because a receiver asked for it
  Counter padding_sent;    // packets of nothing else, to probe what a receiver's way carries
  Counter probes_kept;     // as RTX, likewise: nobody has asked for them
  Counter media_paced;     // waited for the pace of its receiver
  Counter media_repaired;  // came in a retransmission (RTX) of the publisher, in the first place
  Counter rtcp_received;
  Counter rtcp_sent;
  Counter stun_answered;
  Counter keyframes_requested;        // PLI sent to publishers
  Counter keyframes_cached;           // receivers that began with a keyframe that was kept
  Counter retransmissions_requested;  // packets in NACKs sent to publishers
  Counter handed_over;                // to other workers
  // Of worker 0, which answers for the port, by OwnAddress: how often somebody else spoke as if it
  // were his, and whose MAC that was the last time (its bytes, big endian).
  std::array<Counter, kOwnAddresses> address_conflicts;
  std::array<std::atomic<std::uint64_t>, kOwnAddresses> conflicting_macs{};
  std::array<Counter, kDropReasonCount> drops;
};

}  // namespace penstock
