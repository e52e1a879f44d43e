#include "bench/bridge/packet_port.h"

#include <arpa/inet.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "bench/bridge/device.h"
#include "dataplane/base/endian.h"
#include "dataplane/net/ethernet.h"

namespace penstock::bridge {
namespace {

constexpr std::size_t kVlanTagBytes = 4;
constexpr std::size_t kMacAddressesBytes = 12;
constexpr int kReceiveBufferBytes = 8 << 20;  // what comes while the bridge has no CPU

// What the kernel says of a frame beside its bytes.
tpacket_auxdata auxiliary_data_of(msghdr& message) {
  tpacket_auxdata data{};
  for (cmsghdr* header = CMSG_FIRSTHDR(&message); header != nullptr;
       header = CMSG_NXTHDR(&message, header)) {
    if (header->cmsg_level == SOL_PACKET && header->cmsg_type == PACKET_AUXDATA) {
      std::memcpy(&data, CMSG_DATA(header), sizeof(data));
    }
  }
  return data;
}

}  // namespace

PacketPort::PacketPort(const std::string& name)
    : name_(name), buffer_(kVlanTagBytes + kFrameBytesMax) {
  // Protocol 0: nothing arrives before it is bound, of other devices.
  socket_ = ::socket(AF_PACKET, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (socket_ < 0) throw system_error("cannot open a packet socket for " + name);
  try {
    bind_to_device();
  } catch (...) {
    ::close(socket_);
    throw;
  }
}

PacketPort::~PacketPort() { ::close(socket_); }

void PacketPort::bind_to_device() {
  const auto index = static_cast<int>(index_of_device(name_));
  const int yes = 1;
  set_option(SOL_PACKET, PACKET_IGNORE_OUTGOING, &yes, sizeof(yes), "PACKET_IGNORE_OUTGOING");
  set_option(SOL_PACKET, PACKET_AUXDATA, &yes, sizeof(yes), "PACKET_AUXDATA");
  set_option(SOL_SOCKET, SO_RCVBUFFORCE, &kReceiveBufferBytes, sizeof(kReceiveBufferBytes),
             "SO_RCVBUFFORCE");
  packet_mreq promiscuous{};
  promiscuous.mr_ifindex = index;
  promiscuous.mr_type = PACKET_MR_PROMISC;
  set_option(SOL_PACKET, PACKET_ADD_MEMBERSHIP, &promiscuous, sizeof(promiscuous), "promiscuous");
  sockaddr_ll address{};
  address.sll_family = AF_PACKET;
  address.sll_protocol = htons(ETH_P_ALL);
  address.sll_ifindex = index;
  if (::bind(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) != 0) {
    throw system_error("cannot bind a packet socket to " + name_);
  }
}

void PacketPort::set_option(int level, int option, const void* value, unsigned bytes,
                            const char* name) {
  if (::setsockopt(socket_, level, option, value, bytes) != 0) {
    throw system_error(name_ + ": " + name);
  }
}

std::span<const std::uint8_t> PacketPort::receive() {
  // Room in front for a VLAN tag, which the kernel hands over apart.
  std::uint8_t* const frame = buffer_.data() + kVlanTagBytes;
  iovec part{.iov_base = frame, .iov_len = kFrameBytesMax};
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof(tpacket_auxdata))];
  msghdr message{};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  message.msg_control = control;
  message.msg_controllen = sizeof(control);
  const ssize_t received = ::recvmsg(socket_, &message, 0);
  if (received < 0 && (errno == EAGAIN || errno == EINTR)) return {};
  if (received < 0) throw system_error("cannot receive on " + name_);
  const auto bytes = static_cast<std::size_t>(received);
  const tpacket_auxdata data = auxiliary_data_of(message);
  if ((data.tp_status & TP_STATUS_CSUMNOTREADY) != 0) {
    throw std::runtime_error("a frame of " + std::to_string(bytes) + " bytes came in on " + name_ +
                             " whose sender leaves checksums, and perhaps the cutting into frames, "
                             "to hardware that is not there; remedy, for the device at the other "
                             "end of " +
                             name_ + ": ethtool -K DEVICE tx off");
  }
  if ((data.tp_status & TP_STATUS_VLAN_VALID) == 0) return {frame, bytes};
  std::memmove(buffer_.data(), frame, kMacAddressesBytes);
  store_be16(&buffer_[kMacAddressesBytes], kEtherTypeVlan);
  store_be16(&buffer_[kMacAddressesBytes + 2], data.tp_vlan_tci);
  return {buffer_.data(), bytes + kVlanTagBytes};
}

bool PacketPort::send(std::span<const std::uint8_t> frame) {
  return ::send(socket_, frame.data(), frame.size(), 0) == static_cast<ssize_t>(frame.size());
}

std::uint64_t PacketPort::missed() {
  tpacket_stats stats{};  // since it was last asked for
  socklen_t bytes = sizeof(stats);
  if (::getsockopt(socket_, SOL_PACKET, PACKET_STATISTICS, &stats, &bytes) == 0) {
    missed_ += stats.tp_drops;
  }
  return missed_;
}

}  // namespace penstock::bridge
