// Internal header (includes rte_*). The world below one worker (dataplane/worker/platform.h) with a
// socket of the kernel's in place of a device's queues. A receive burst is one recvmmsg; what is
// sent is kept until the worker has sent nothing for an iteration, and leaves in one sendmmsg, what
// goes to the same peer in one message (UDP_SEGMENT). Packets, rings and grace periods are
// DpdkPlatform's. Used on its worker's thread only.
//
// The kernel has taken apart what is received: the worker gets datagrams, whose metadata says where
// they came from. What it sends are frames, as everywhere; their headers are read, not sent.
#pragma once

#include <sys/socket.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <utility>
#include <vector>

#include "dataplane/dpdk/dpdk_platform.h"
#include "dataplane/dpdk/kernel_address.h"
#include "dataplane/dpdk/segment_groups.h"
#include "dataplane/dpdk/socket_port.h"

namespace penstock {

class SocketPlatform : public DpdkPlatform {
 public:
  static constexpr bool kReceivesDatagrams = true;

  // Port and rings, which have bells, outlive the platform.
  SocketPlatform(const DpdkPlatform& base, SocketPort& port, WorkerRings& rings,
                 std::size_t worker);
  // Sends what it has kept, if that is possible at once.
  ~SocketPlatform();
  SocketPlatform(const SocketPlatform&) = delete;
  SocketPlatform& operator=(const SocketPlatform&) = delete;

  std::size_t receive_burst(std::span<rte_mbuf*> burst) noexcept;
  // Of the last burst: the kernel has put fragments together.
  std::span<const LargeDatagram> large_datagrams() const noexcept {
    return {large_.data(), large_count_};
  }
  std::size_t take_refused() noexcept { return std::exchange(refused_, 0); }
  std::size_t transmit_burst(std::span<rte_mbuf*> burst) noexcept;
  bool has_good_checksums(rte_mbuf*) const noexcept { return true; }
  bool hand_over(WorkerIndex worker, const Handover<rte_mbuf>& handover) noexcept {
    handed_to_ |= 1U << worker;
    return DpdkPlatform::hand_over(worker, handover);
  }
  void report_quiescent() noexcept;

  // Blocks until there is something to receive, from whomever, or, if the socket was full, room to
  // send.
  void wait(Duration longest) noexcept;

 private:
  // What is said beside a message to be sent: where it leaves from, its traffic class, and the size
  // of its segments.
  union Control {
    std::array<char, CMSG_SPACE(sizeof(in6_pktinfo)) + CMSG_SPACE(sizeof(int)) +
                         CMSG_SPACE(sizeof(std::uint16_t))>
        bytes;
    cmsghdr alignment;
  };
  // Of a received one.
  union ReceivedControl {
    std::array<char, 64> bytes;
    cmsghdr alignment;
  };
  enum class SendResult : std::uint8_t {
    kSent,      // all that was to be sent, or could not be
    kFull,      // the rest is kept
    kNoGroups,  // the rest has to be sent each for itself
  };

  std::size_t prepare_buffers(std::size_t wanted) noexcept;
  bool take_received(std::size_t index) noexcept;
  void take_large(std::size_t index, const Path& path) noexcept;
  std::uint8_t* large_bytes(std::size_t index) const noexcept {
    return &large_bytes_[index * kReassembledBytesMax];
  }
  void flush() noexcept;
  void write_messages(bool in_groups) noexcept;
  void write_message(const SegmentGroup& group) noexcept;
  SendResult send_messages() noexcept;
  void count_unsent(const SegmentGroup& group, int error) noexcept;
  void keep_rest(std::size_t first_message) noexcept;
  void wake_others() noexcept;
  void count_sent(std::size_t first_message, std::size_t count) noexcept;

  WorkerRings& rings_;
  Doorbell& bell_;
  std::uint32_t handed_to_ = 0;  // workers, a bit each, in this iteration
  static_assert(kWorkersMax <= 32);
  UdpSocket& socket_;
  SocketCounters& counters_;
  const std::vector<IpAddress> addresses_;
  const std::uint16_t port_;
  bool segments_;

  std::array<rte_mbuf*, kBurstMax> buffers_{};
  std::array<std::array<iovec, 2>, kBurstMax> receive_parts_{};  // a buffer's, and what is more
  std::array<KernelAddress, kBurstMax> sources_{};
  std::array<ReceivedControl, kBurstMax> received_controls_{};
  std::array<mmsghdr, kBurstMax> received_{};
  bool is_drained_ = false;  // the last call has found fewer than it could take
  std::size_t refused_ = 0;  // larger than any datagram of ours, not asked for yet
  // Room for a large datagram behind each buffer; memory that is hardly ever touched.
  const std::unique_ptr<std::uint8_t[]> large_bytes_;
  std::size_t large_count_ = 0;
  std::array<LargeDatagram, kBurstMax> large_{};

  std::size_t held_count_ = 0;
  std::array<rte_mbuf*, kSocketHeldMax> held_{};
  std::array<Departure, kSocketHeldMax> departures_{};
  bool has_transmitted_ = false;  // in this iteration
  bool waits_for_room_ = false;   // the socket's buffer was full

  SegmentGrouper grouper_;
  std::array<std::uint16_t, kSocketHeldMax> order_{};  // of held_, as messages have them
  std::size_t message_count_ = 0;
  std::size_t part_count_ = 0;
  std::array<SegmentGroup, kSocketHeldMax> groups_{};  // what of the order a message has
  std::array<mmsghdr, kSocketHeldMax> messages_{};
  std::array<iovec, kSocketHeldMax> parts_{};
  std::array<KernelAddress, kSocketHeldMax> destinations_{};
  std::array<Control, kSocketHeldMax> controls_{};
};
static_assert(Platform<SocketPlatform>);

}  // namespace penstock
