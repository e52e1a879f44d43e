// A server's books with something of everything in them.
#pragma once

#include <memory>

#include "controlplane/admin/lifetimes.h"

namespace penstock {

struct SampleLifetimes {
  SampleLifetimes() {
    lifetimes.pools = {{"rooms", {.capacity = 8, .free = 5, .live = 2, .retired = 1}, 256},
                       {"streams", {.capacity = 64, .free = 64, .live = 0, .retired = 0}, 512}};
    lifetimes.packets = {.capacity = 1'000, .free = 900, .held_max = 600};
    lifetimes.port = {.received_packets = 1'001,
                      .received_bytes = 1'002,
                      .transmitted_packets = 1'003,
                      .transmitted_bytes = 1'004,
                      .missed_packets = 1'005,
                      .no_buffer_packets = 1'006,
                      .receive_errors = 1'007,
                      .transmit_errors = 1'008,
                      .too_large_packets = 1'009,
                      .link_changes = 2,
                      .is_link_up = true};
    lifetimes.heap_bytes = 123'456;
    RetireReport list{
        .name = "data plane", .waiting = 1, .capacity = 200, .oldest = 1'500, .waits = {}};
    for (int i = 0; i < 99; ++i) list.waits.record(2 * kMicrosecond);
    list.waits.record(3 * kMillisecond);
    lifetimes.retire.push_back(list);
    lifetimes.grace_period = {.is_in_progress = true, .since = 1'500};
    stats->media_received.add(7);
    stats->media_forwarded.add(21);
    stats->drops[static_cast<std::size_t>(DropReason::kFlowUnknown)].add(3);
    lifetimes.workers.push_back(
        {.stats = stats.get(),
         .iterations = 1'000,
         .busy_iterations = 10,
         .sleeps = 5,
         .heartbeat = {
             .age = 250 * kMicrosecond, .is_stalled = false, .stalls = 2, .stalled_since = 0}});
    lifetimes.media = {
        .dtls_records_discarded = 31, .dtls_datagrams_discarded = 17, .dtls_handshakes_delayed = 5};
    lifetimes.data.messages_sent = 50;
    lifetimes.data.messages_dropped = 3;
    lifetimes.data.channels_overflowed = 1;
    lifetimes.dtls_jobs = 6;
    lifetimes.audit = {
        .runs = 12, .owned_objects = 2, .findings = {{"rooms", "1 live without an owner", 4}}};
    lifetimes.signalling.failed = 2;
    lifetimes.signalling.connections = 17;
    lifetimes.signalling.unread_bytes = 99;
  }

  std::unique_ptr<WorkerStats> stats = std::make_unique<WorkerStats>();
  Lifetimes lifetimes;
};

}  // namespace penstock
