// What is lost at a device's transmit ring that drains at the rate of its link, in virtual time:
// which packets of a worker's fan-out get out, for whom, and how far apart. Media comes in bursts,
// as encoders send it, and the link's load is chosen.
#pragma once

#include <cstdint>
#include <expected>
#include <map>
#include <string>
#include <vector>

#include "bench/inprocess/consent_log.h"
#include "bench/inprocess/waiting_memory.h"
#include "bench/pipeline/options.h"

namespace penstock::bench {

// Each publisher sends frames of so many packets, all at once, to each subscriber.
struct DrainCase {
  std::string name;
  std::size_t publishers = 1;
  std::size_t subscribers = 1;
  std::size_t packets_per_frame = 1;
  bool is_in_step = false;  // all publishers' frames come at the same time
  // Of so many frames one has packets_per_frame, the others a tenth of it, at least one.
  std::size_t frames_per_keyframe = 1;
};

struct DrainResult {
  DrainCase setup;
  Duration frame_interval = 0;  // of each publisher, for the link's load
  double link_load = 0;         // of what was offered, without loss
  double link_busy = 0;         // of the time; RTCP included
  std::uint64_t sent = 0;       // packets that receivers were to get
  std::uint64_t lost = 0;
  std::uint64_t receive_overruns = 0;  // of publishers' packets: the worker did not take them
  std::map<std::string, std::uint64_t> drops;  // the worker's, by reason
  // Share of what each receiver was to get and did not, in the order of the publishers' lists.
  std::vector<double> lost_share_by_receiver;
  // From the first to the last packet of a frame, to all receivers, leaving on the wire.
  Duration spread_p50 = 0;
  Duration spread_max = 0;
  // Between two RTCP packets to a publisher, leaving likewise; feedback is due each
  // kTransportCcInterval.
  Duration rtcp_gap_max = 0;
  WaitingMemory most_waiting;
  ConsentLog::Summary consents;  // of peers that connect meanwhile and are not heard of any more
  Duration wire_spread = 0;      // that the wire needs, when nothing comes between
  double cpu_ns_per_packet = 0;  // in real time, of a worker that has work
};

// One worker, `options.seconds` of virtual time for each case. Error: text with remedy.
std::expected<std::vector<DrainResult>, std::string> measure_drain(const BenchOptions& options);

std::string to_table(const BenchOptions& options, const std::vector<DrainResult>& results);
std::string to_json(const BenchOptions& options, const std::vector<DrainResult>& results);

}  // namespace penstock::bench
