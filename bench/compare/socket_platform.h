// Internal header (includes rte_*). The opponent: the server's platform (dataplane/dpdk/
// dpdk_platform.h) with the kernel's UDP below it instead of a port. A receive burst is a recvmmsg,
// a transmit burst a sendmmsg, with UDP_SEGMENT (GSO) if wanted; packets, rings, grace periods and
// everything above are the server's own, so that the way in and out is the only difference.
//
// The worker deals in Ethernet frames: headers of what comes in are written here, and the
// destination of what goes out is read from its headers. That is some nanoseconds beside a system
// call's microsecond. Belongs to one worker and is used on its thread only.
#pragma once

#include <netinet/in.h>
#include <sys/socket.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "bench/compare/segment_groups.h"
#include "bench/compare/udp_socket.h"
#include "dataplane/dpdk/dpdk_platform.h"
#include "dataplane/net/interface_address.h"

namespace penstock::compare {

inline constexpr Duration kSocketWait = kMillisecond;
// Frames that wait for more to the same destination; less than a millisecond's worth.
inline constexpr std::size_t kHeldMax = 256;
// What a platform can hold beside what the worker does.
inline constexpr std::size_t kSocketPackets = kHeldMax + kBurstMax;

struct SocketPlatformConfig {
  bool segments = false;  // GSO
  InterfaceAddresses addresses;
  std::uint16_t udp_port = 0;
};

class SocketPlatform : public DpdkPlatform {
 public:
  SocketPlatform(const DpdkPlatform& server, UdpSocket socket, const SocketPlatformConfig& config);
  // Says on stderr what could not be sent.
  ~SocketPlatform();
  SocketPlatform(const SocketPlatform&) = delete;
  SocketPlatform& operator=(const SocketPlatform&) = delete;

  std::size_t receive_burst(std::span<rte_mbuf*> burst) noexcept;
  std::size_t take_refused() noexcept { return std::exchange(refused_, 0); }
  std::size_t transmit_burst(std::span<rte_mbuf*> burst) noexcept;
  bool has_good_checksums(rte_mbuf*) const noexcept { return true; }  // the kernel has seen to them
  void report_quiescent() noexcept;

  // Blocks until a packet is there, but not for long: commands do not come through the socket.
  void wait() noexcept;

 private:
  static constexpr std::size_t kHeaderBytes = 42;  // Ethernet, IPv4, UDP

  // Of a message to send.
  union Control {
    std::array<char, CMSG_SPACE(sizeof(std::uint16_t))> bytes;
    cmsghdr alignment;
  };

  std::size_t prepare_buffers() noexcept;
  void receive(int flags) noexcept;
  void write_headers(std::uint8_t* frame, const sockaddr_in& source, std::size_t bytes) noexcept;
  void flush() noexcept;
  void add_message(std::size_t first, std::size_t count, const Departure& departure) noexcept;
  void send_messages() noexcept;

  UdpSocket socket_;
  const bool segments_;
  std::array<std::uint8_t, kHeaderBytes> header_{};  // of what comes in, lengths and source empty

  std::array<rte_mbuf*, kBurstMax> buffers_{};
  std::array<iovec, kBurstMax> receive_parts_{};
  std::array<sockaddr_in, kBurstMax> sources_{};
  std::array<mmsghdr, kBurstMax> received_{};
  std::size_t received_count_ = 0;  // not given to the worker yet
  bool is_drained_ = false;         // the last call has found fewer than it could take
  std::size_t refused_ = 0;         // larger than a datagram of ours, not asked for yet

  std::vector<rte_mbuf*> held_;
  bool has_transmitted_ = false;  // in this iteration
  SegmentGrouper grouper_;
  std::vector<Departure> departures_;  // of held_
  std::vector<iovec> parts_;
  std::vector<mmsghdr> messages_;
  std::vector<sockaddr_in> destinations_;
  std::vector<Control> controls_;

  std::uint64_t unsent_ = 0;
  int send_error_ = 0;
};
static_assert(Platform<SocketPlatform>);

}  // namespace penstock::compare
