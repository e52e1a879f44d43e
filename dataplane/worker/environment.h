// What all parts of one worker have in common: the platform, what the worker was told at its start,
// the time of this iteration, the counters, and the events that wait for the control thread. Owned
// by the worker; its own thread only.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "dataplane/base/prng.h"
#include "dataplane/base/static_vector.h"
#include "dataplane/worker/context.h"
#include "dataplane/worker/platform.h"
#include "dataplane/worker/stage.h"

namespace penstock {

template <Platform P>
struct Environment {
  using Packet = typename P::Packet;

  Environment(P& its_platform, const WorkerContext& its_context)
      : platform(its_platform),
        context(its_context),
        pools(*its_context.pools),
        stats(*its_context.stats),
        prng(its_context.seed) {}
  Environment(const Environment&) = delete;
  Environment& operator=(const Environment&) = delete;

  P& platform;
  const WorkerContext context;
  const Pools& pools;
  WorkerStats& stats;
  Prng prng;
  Timestamp now = 0;
  bool has_many = false;  // so many transports that the nearest caches do not have them

  void count(DropReason reason, std::size_t packets = 1) {
    stats.drops[static_cast<std::size_t>(reason)].add(packets);
  }
  // Counts, and gives the packet back.
  void drop(Packet* packet, DropReason reason) {
    count(reason);
    platform.release(packet);
  }

  // The stage that begins, for platforms that measure.
  void enter(Stage stage) {
    if constexpr (requires { platform.enter(stage); }) platform.enter(stage);
  }

  std::span<std::uint8_t> datagram(Packet* packet) {
    const PacketMetadata& metadata = platform.metadata(packet);
    return {platform.data(packet) + metadata.datagram_offset, metadata.datagram_bytes};
  }

  // The worker that has this port; nobody may.
  std::optional<WorkerIndex> owner_of(std::uint16_t port) const {
    const int owner = port - context.udp_port_base;
    if (owner < 0 || owner >= static_cast<int>(context.worker_count)) return std::nullopt;
    return static_cast<WorkerIndex>(owner);
  }
  std::uint16_t local_port() const {
    return static_cast<std::uint16_t>(context.udp_port_base + context.index);
  }

  // False if even this list is full, as the control plane has been stalled for long: then it is for
  // the caller to say it again.
  [[nodiscard]] bool raise(const Event& event) { return events_.push_back(event); }
  // As far as the ring has room.
  void flush_events();

 private:
  StaticVector<Event, 64> events_;
};

template <Platform P>
void Environment<P>::flush_events() {
  std::size_t sent = 0;
  while (sent < events_.size() && platform.send_event(events_[sent])) ++sent;
  if (sent == 0) return;
  StaticVector<Event, 64> rest;
  for (std::size_t i = sent; i < events_.size(); ++i) static_cast<void>(rest.push_back(events_[i]));
  events_ = rest;
}

}  // namespace penstock
