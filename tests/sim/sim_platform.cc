#include "tests/sim/sim_platform.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "dataplane/base/check.h"
#include "dataplane/base/endian.h"
#include "dataplane/base/test_hooks.h"
#include "dataplane/net/checksum.h"

namespace penstock::sim {
namespace {

template <typename T>
bool push(std::deque<T>& ring, std::size_t capacity, const T& value) {
  if (ring.size() >= capacity) return false;
  ring.push_back(value);
  return true;
}

template <typename T>
bool pop(std::deque<T>& ring, T& value) {
  if (ring.empty()) return false;
  value = ring.front();
  ring.pop_front();
  return true;
}

template <typename T>
std::size_t pop_many(std::deque<T>& ring, std::span<T> values) {
  std::size_t count = 0;
  while (count < values.size() && pop(ring, values[count])) ++count;
  return count;
}

}  // namespace

SimPacket* SimPacketPool::allocate() {
  if (live_ >= capacity_) return nullptr;
  if (free_.empty()) {
    owned_.push_back(std::make_unique<SimPacket>());
    free_.push_back(owned_.back().get());
  }
  SimPacket* packet = free_.back();
  free_.pop_back();
  packet->size = 0;
  packet->is_free = false;
  packet->checksum_from = 0;
  packet->metadata = {};
  ++live_;
  return packet;
}

void SimPacketPool::release(SimPacket* packet) {
  PENSTOCK_CHECK(!packet->is_free);
  packet->is_free = true;
  // What is read after it was freed must not look like a packet.
  packet->bytes.fill(0xDB);
  --live_;
  free_.push_back(packet);
}

std::size_t SimPlatform::receive_burst(std::span<Packet*> burst) noexcept {
  return pop_many(host_.lanes_[index_].receive, burst);
}

std::size_t SimPlatform::take_refused() noexcept {
  return std::exchange(host_.lanes_[index_].refused, 0);
}

std::size_t SimPlatform::transmit_burst(std::span<Packet*> burst) noexcept {
  std::size_t count = 0;
  while (count < burst.size() && push(host_.sent_, host_.limits_.transmit_queue, burst[count]))
    ++count;
  return count;
}

bool SimPlatform::finishes_checksums() const noexcept { return host_.limits_.finishes_checksums; }

SimPacket* SimPlatform::allocate() noexcept { return host_.packets_.allocate(); }
void SimPlatform::release(Packet* packet) noexcept { host_.packets_.release(packet); }

bool SimPlatform::hand_over(WorkerIndex worker, const Handover<Packet>& handover) noexcept {
  return push(host_.lanes_[worker].handovers, host_.limits_.ring_entries, handover);
}
std::size_t SimPlatform::receive_handovers(std::span<Handover<Packet>> handovers) noexcept {
  return pop_many(host_.lanes_[index_].handovers, handovers);
}
std::size_t SimPlatform::receive_commands(std::span<Command> commands) noexcept {
  return pop_many(host_.lanes_[index_].commands, commands);
}
bool SimPlatform::receive_outgoing(OutgoingDatagram& datagram) noexcept {
  return pop(host_.lanes_[index_].outgoing, datagram);
}
bool SimPlatform::send_event(const Event& event) noexcept {
  return push(host_.lanes_[index_].events, host_.limits_.ring_entries, event);
}
bool SimPlatform::punt(const PuntedDatagram& datagram) noexcept {
  return push(host_.lanes_[index_].punted, host_.limits_.ring_entries, datagram);
}
void SimPlatform::report_quiescent() noexcept {
  SimHost::Lane& lane = host_.lanes_[index_];
  lane.quiescent_at = host_.token_;
  ++lane.reports;
}

std::uint64_t SimPlatform::start_grace_period() noexcept { return ++host_.token_; }
bool SimPlatform::grace_period_ended(std::uint64_t token) noexcept {
  return host_.grace_period_ended(token);
}

SimHost::SimHost(std::size_t workers, const SimLimits& limits)
    : limits_(limits), packets_(limits.packets), lanes_(workers) {
  for (std::size_t i = 0; i < workers; ++i) {
    lanes_[i].platform = std::make_unique<SimPlatform>(*this, static_cast<WorkerIndex>(i));
  }
}

void SimHost::deliver(WorkerIndex worker, std::span<const std::uint8_t> frame) {
  if (frame.size() > kPacketBytesMax) {
    ++lanes_[worker].refused;
    return;
  }
  if (lanes_[worker].receive.size() >= limits_.receive_queue) return;
  SimPacket* packet = packets_.allocate();
  if (packet == nullptr) return;
  std::memcpy(packet->bytes.data(), frame.data(), frame.size());
  packet->size = frame.size();
  lanes_[worker].receive.push_back(packet);
}

// As a NIC does: over all that is there, whose sum of the pseudo header is in the field.
void SimHost::finish_checksum(SimPacket& packet) {
  std::uint8_t* udp = &packet.bytes[packet.checksum_from];
  const std::uint16_t checksum = internet_checksum({udp, packet.size - packet.checksum_from});
  store_be16(udp + 6, checksum == 0 ? 0xFFFF : checksum);
  ++finished_checksums_;
}

bool SimHost::take_sent(std::vector<std::uint8_t>& frame) {
  SimPacket* packet = nullptr;
  if (!pop(sent_, packet)) return false;
  if (packet->checksum_from != 0) finish_checksum(*packet);
  frame.assign(packet->bytes.begin(),
               packet->bytes.begin() + static_cast<std::ptrdiff_t>(packet->size));
  packets_.release(packet);
  return true;
}

// (The server's rings are there from the start: these here take no memory either.)
bool SimHost::send_command(WorkerIndex worker, const Command& command) {
  const test_hooks::NoFailures none;
  return push(lanes_[worker].commands, limits_.ring_entries, command);
}
bool SimHost::send_datagram(WorkerIndex worker, const OutgoingDatagram& datagram) {
  const test_hooks::NoFailures none;
  return push(lanes_[worker].outgoing, limits_.ring_entries, datagram);
}
bool SimHost::receive_event(WorkerIndex worker, Event& event) {
  return pop(lanes_[worker].events, event);
}
bool SimHost::receive_punted(WorkerIndex worker, PuntedDatagram& datagram) {
  return pop(lanes_[worker].punted, datagram);
}

WorkerLink::GraceToken SimHost::start_grace_period() {
  const GraceToken started = ++token_;
  if (interleaved_) interleaved_();
  return started;
}

bool SimHost::grace_period_ended(GraceToken token) {
  using test_hooks::PlantedBug;
  const std::size_t asked =
      test_hooks::is_planted(PlantedBug::kTokenOfOneWorker) ? std::size_t{1} : lanes_.size();
  return std::all_of(
      lanes_.begin(), lanes_.begin() + static_cast<std::ptrdiff_t>(asked),
      [token](const Lane& lane) { return !lane.online || lane.quiescent_at >= token; });
}

}  // namespace penstock::sim
