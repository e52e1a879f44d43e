// The worker's platform in the simulator: deques instead of NIC queues and rings, a counted pool
// instead of mbufs, and the WorkerLink that belongs to it. One SimHost holds everything of one
// simulated server below its workers; the whole thing is single-threaded and has no clock. Rings
// and pools have real capacities, so that a scenario can fill them.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <vector>

#include "dataplane/api/worker_link.h"
#include "dataplane/worker/platform.h"

namespace penstock::sim {

struct SimPacket {
  std::array<std::uint8_t, kPacketBytesMax> bytes;
  std::size_t size = 0;
  bool is_free = true;
  std::size_t checksum_from = 0;  // of UDP, which the port finishes; 0: it does not
  PacketMetadata metadata;
};

// All buffers of one simulated server: counted, so that a leaked one shows.
class SimPacketPool {
 public:
  explicit SimPacketPool(std::size_t capacity) : capacity_(capacity) {}

  SimPacket* allocate();
  void release(SimPacket* packet);

  std::size_t live() const { return live_; }
  std::size_t capacity() const { return capacity_; }
  void set_capacity(std::size_t capacity) { capacity_ = capacity; }

 private:
  std::size_t capacity_;
  std::size_t live_ = 0;
  std::vector<std::unique_ptr<SimPacket>> owned_;
  std::vector<SimPacket*> free_;
};

struct SimLimits {
  std::size_t packets = 8'192;
  std::size_t receive_queue = 1'024;
  std::size_t ring_entries = 1'024;
  std::size_t transmit_queue = 1'024;
  bool finishes_checksums = false;  // of UDP, as NICs do
};

class SimHost;

// What one worker sees: satisfies the Platform concept.
class SimPlatform {
 public:
  using Packet = SimPacket;

  SimPlatform(SimHost& host, WorkerIndex index) : host_(host), index_(index) {}

  std::size_t receive_burst(std::span<Packet*> burst) noexcept;
  std::size_t take_refused() noexcept;
  std::size_t transmit_burst(std::span<Packet*> burst) noexcept;
  Packet* allocate() noexcept;
  void release(Packet* packet) noexcept;
  std::uint8_t* data(Packet* packet) noexcept { return packet->bytes.data(); }
  std::size_t size(Packet* packet) noexcept { return packet->size; }
  void set_size(Packet* packet, std::size_t bytes) noexcept { packet->size = bytes; }
  PacketMetadata& metadata(Packet* packet) noexcept { return packet->metadata; }
  bool has_good_checksums(Packet*) noexcept { return false; }
  bool finishes_checksums() const noexcept;
  void finish_checksum(Packet* packet, const UdpPathTemplate& path) noexcept {
    packet->checksum_from = path.header_bytes - kUdpHeaderBytes;
  }
  bool hand_over(WorkerIndex worker, const Handover<Packet>& handover) noexcept;
  std::size_t receive_handovers(std::span<Handover<Packet>> handovers) noexcept;
  std::size_t receive_commands(std::span<Command> commands) noexcept;
  bool receive_outgoing(OutgoingDatagram& datagram) noexcept;
  bool send_event(const Event& event) noexcept;
  bool punt(const PuntedDatagram& datagram) noexcept;
  void report_quiescent() noexcept;
  std::uint64_t start_grace_period() noexcept;
  bool grace_period_ended(std::uint64_t token) noexcept;

 private:
  SimHost& host_;
  WorkerIndex index_;
};
static_assert(Platform<SimPlatform>);

class SimHost final : public WorkerLink {
 public:
  SimHost(std::size_t workers, const SimLimits& limits);

  // The network's side: a frame arrives at the receive queue of `worker`. Lost when the queue or
  // the pool is full; refused when it is larger than a buffer.
  void deliver(WorkerIndex worker, std::span<const std::uint8_t> frame);
  // Takes the next frame that any worker has sent; false when there is none.
  bool take_sent(std::vector<std::uint8_t>& frame);

  // From now on: what is already in a ring or a buffer stays there.
  void set_limits(const SimLimits& limits) {
    limits_ = limits;
    packets_.set_capacity(limits.packets);
  }

  // Of frames that were taken.
  std::size_t finished_checksums() const { return finished_checksums_; }

  SimPlatform& platform(WorkerIndex worker) { return *lanes_[worker].platform; }
  const SimPacketPool& packets() const { return packets_; }
  // A worker that is offline does not hold up grace periods: one that sleeps, or that the scenario
  // has stopped for good.
  void set_online(WorkerIndex worker, bool online) { lanes_[worker].online = online; }
  bool is_online(WorkerIndex worker) const { return lanes_[worker].online; }
  // How many iterations the worker has finished.
  std::uint64_t reports(WorkerIndex worker) const { return lanes_[worker].reports; }
  // Workers are threads of their own: what they do may fall anywhere into a call of the control
  // plane. With this, `run` falls behind the start of every grace period.
  void interleave(std::function<void()> run) { interleaved_ = std::move(run); }

  std::size_t worker_count() const override { return lanes_.size(); }
  bool send_command(WorkerIndex worker, const Command& command) override;
  bool send_datagram(WorkerIndex worker, const OutgoingDatagram& datagram) override;
  bool receive_event(WorkerIndex worker, Event& event) override;
  bool receive_punted(WorkerIndex worker, PuntedDatagram& datagram) override;
  GraceToken start_grace_period() override;
  bool grace_period_ended(GraceToken token) override;

 private:
  friend class SimPlatform;

  void finish_checksum(SimPacket& packet);

  struct Lane {
    std::unique_ptr<SimPlatform> platform;
    std::deque<SimPacket*> receive;
    std::size_t refused = 0;
    std::deque<Handover<SimPacket>> handovers;
    std::deque<Command> commands;
    std::deque<OutgoingDatagram> outgoing;
    std::deque<Event> events;
    std::deque<PuntedDatagram> punted;
    GraceToken quiescent_at = 0;
    std::uint64_t reports = 0;
    bool online = true;
  };

  SimLimits limits_;
  SimPacketPool packets_;
  std::vector<Lane> lanes_;
  std::deque<SimPacket*> sent_;
  std::size_t finished_checksums_ = 0;
  GraceToken token_ = 0;
  std::function<void()> interleaved_;
};

}  // namespace penstock::sim
