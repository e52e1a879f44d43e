// What a worker needs from the world below it, as a concept: the worker is a template over it,
// instantiated for DPDK (dataplane/dpdk) and for the simulator (tests/sim), so that no packet pays
// for a virtual call.
//
// A Platform belongs to one worker and is called on its thread only. A packet buffer is owned by
// whoever holds the pointer; functions that take ownership say so. Buffers have room for
// kPacketBytesMax bytes from their start.
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <span>

#include "dataplane/api/command.h"
#include "dataplane/api/event.h"
#include "dataplane/forward/projection.h"
#include "dataplane/net/udp_writer.h"
#include "dataplane/worker/packet_metadata.h"
#include "dataplane/worker/slot.h"

namespace penstock {

// Frame with IPv6 headers, a full datagram, and room for cipher overrun behind the tag.
inline constexpr std::size_t kPacketBytesMax = kUdpHeadersBytesMax + kDatagramBytesMax + 130;
static_assert(kEthernetHeaderBytes + kVlanTagBytes + kMtuMax <= kPacketBytesMax);

enum class HandoverKind : std::uint8_t {
  kDatagram,         // packet: received here, its destination port belongs to the other worker
  kMedia,            // slot: plaintext RTP with subscribers there
  kKeyframeRequest,  // stream, encodings: a subscriber here wants keyframes; to the publisher's
                     // worker
  kLostForReceiver,  // stream, position: a subscriber here misses what it cannot have any more; to
                     // the publisher's worker
  kFragment,         // packet: an IP fragment from an address of whose flows there are some there
  kLink,             // packet: ARP, NDP or ICMP; to worker 0, which answers for the port
  kTooBig,           // packet: ICMP "packet too big" that quotes a datagram from the port there
};

// What one worker hands to another, through a bounded ring per pair.
template <typename Packet>
struct Handover {
  HandoverKind kind{};
  Packet* packet = nullptr;
  StreamHandle stream;
  SourcePosition position{};
  SlotRef slot{};
  std::uint8_t encodings = 0;  // a bit for each
};

// What came as one datagram and has no room in a packet.
struct LargeDatagram {
  Path path;
  std::span<const std::uint8_t> payload;  // at most kReassembledBytesMax
};

// A platform whose port adds payloads to UDP checksums has besides:
//   bool finishes_checksums()               the same from start to end
//   void finish_checksum(packet, path)      of this frame, whose headers are the path's: the field
//                                           has UdpChecksum::kLeftToPort
template <typename P>
concept Platform = requires(
    P p, typename P::Packet* packet, std::span<typename P::Packet*> burst, WorkerIndex worker,
    const Handover<typename P::Packet>& handover, std::span<Handover<typename P::Packet>> handovers,
    std::span<Command> commands, OutgoingDatagram& outgoing, const Event& event,
    const PuntedDatagram& punted, std::size_t bytes, std::uint64_t token) {
  // Up to burst.size() received frames, each in one buffer; the worker owns them. Of a platform
  // with `kReceivesDatagrams`, datagrams to the worker's own port, whose metadata has all but the
  // arrival; `large_datagrams()` has those that came with them and are larger.
  { p.receive_burst(burst) } noexcept -> std::same_as<std::size_t>;
  // How many frames that did not fit one buffer were received, and given back, since the last call.
  { p.take_refused() } noexcept -> std::same_as<std::size_t>;
  // Sends the first n frames (taking them over) and returns n; the rest stay the worker's.
  { p.transmit_burst(burst) } noexcept -> std::same_as<std::size_t>;

  // A fresh buffer, or nullptr when the pool is exhausted.
  { p.allocate() } noexcept -> std::same_as<typename P::Packet*>;
  // Frees the buffer.
  { p.release(packet) } noexcept;

  { p.data(packet) } noexcept -> std::same_as<std::uint8_t*>;
  { p.size(packet) } noexcept -> std::same_as<std::size_t>;
  { p.set_size(packet, bytes) } noexcept;
  { p.metadata(packet) } noexcept -> std::same_as<PacketMetadata&>;
  // True if the NIC has verified IP and UDP checksums.
  { p.has_good_checksums(packet) } noexcept -> std::same_as<bool>;

  // To another worker, with the packet if there is one; on true.
  { p.hand_over(worker, handover) } noexcept -> std::same_as<bool>;
  { p.receive_handovers(handovers) } noexcept -> std::same_as<std::size_t>;

  { p.receive_commands(commands) } noexcept -> std::same_as<std::size_t>;
  { p.receive_outgoing(outgoing) } noexcept -> std::same_as<bool>;
  { p.send_event(event) } noexcept -> std::same_as<bool>;
  { p.punt(punted) } noexcept -> std::same_as<bool>;

  // No pointer resolved from a pool, or found in a ring of slots, is held any more.
  { p.report_quiescent() } noexcept;
  // A token; and whether all workers have reported since it was given. Not for each packet.
  { p.start_grace_period() } noexcept -> std::same_as<std::uint64_t>;
  { p.grace_period_ended(token) } noexcept -> std::same_as<bool>;
};

}  // namespace penstock
