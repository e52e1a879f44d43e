#include "bench/compare/socket_platform.h"

#include <netinet/udp.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <utility>

#include "dataplane/base/endian.h"
#include "dataplane/net/ethernet.h"
#include "dataplane/net/ipv4.h"

namespace penstock::compare {
namespace {

// Offsets in a frame.
constexpr std::size_t kIp = kEthernetHeaderBytes;
constexpr std::size_t kUdp = kIp + kIpv4HeaderBytes;
// Where received packets seem to come from on the link.
constexpr MacAddress kKernelMac{{0x02, 0x50, 0x53, 0x00, 0x00, 0x10}};

// The worker's frames are valid; what is no datagram (ARP) is not for a socket.
bool is_datagram(const std::uint8_t* frame) {
  return load_be16(frame + 12) == kEtherTypeIpv4 && frame[kIp + 9] == kProtocolUdp;
}

}  // namespace

SocketPlatform::SocketPlatform(const DpdkPlatform& server, UdpSocket socket,
                               const SocketPlatformConfig& config)
    : DpdkPlatform(server), socket_(std::move(socket)), segments_(config.segments) {
  std::memcpy(&header_[0], config.addresses.mac.bytes.data(), 6);
  std::memcpy(&header_[6], kKernelMac.bytes.data(), 6);
  store_be16(&header_[12], kEtherTypeIpv4);
  header_[kIp] = 0x45;
  header_[kIp + 8] = kHopLimit;
  header_[kIp + 9] = kProtocolUdp;
  std::memcpy(&header_[kIp + 16], config.addresses.ipv4.address.v4_bytes(), 4);
  store_be16(&header_[kUdp + 2], config.udp_port);
  // add_message() keeps pointers into these.
  held_.reserve(kHeldMax);
  departures_.reserve(kHeldMax);
  parts_.reserve(kHeldMax);
  messages_.reserve(kHeldMax);
  destinations_.reserve(kHeldMax);
  controls_.reserve(kHeldMax);
}

SocketPlatform::~SocketPlatform() {
  rte_pktmbuf_free_bulk(buffers_.data(), kBurstMax);  // or null
  rte_pktmbuf_free_bulk(held_.data(), static_cast<unsigned>(held_.size()));
  if (unsent_ == 0) return;
  std::fprintf(stderr, "penstock-sockets: %llu packets could not be sent: %s\n",
               static_cast<unsigned long long>(unsent_), std::strerror(send_error_));
}

// Returns how many there are.
std::size_t SocketPlatform::prepare_buffers() noexcept {
  for (std::size_t i = 0; i < kBurstMax; ++i) {
    if (buffers_[i] == nullptr) buffers_[i] = allocate();
    if (buffers_[i] == nullptr) return i;
    receive_parts_[i] = {data(buffers_[i]) + kHeaderBytes, kDatagramBytesMax};
    received_[i].msg_hdr = {};
    received_[i].msg_hdr.msg_name = &sources_[i];
    received_[i].msg_hdr.msg_namelen = sizeof(sources_[i]);
    received_[i].msg_hdr.msg_iov = &receive_parts_[i];
    received_[i].msg_hdr.msg_iovlen = 1;
  }
  return kBurstMax;
}

void SocketPlatform::receive(int flags) noexcept {
  const std::size_t room = prepare_buffers();
  const int count =
      ::recvmmsg(socket_.fd(), received_.data(), static_cast<unsigned>(room), flags, nullptr);
  received_count_ = count > 0 ? static_cast<std::size_t>(count) : 0;
  is_drained_ = received_count_ < room;
}

std::size_t SocketPlatform::receive_burst(std::span<rte_mbuf*> burst) noexcept {
  if (received_count_ == 0) {
    // Nothing more was there a moment ago: let the iteration end, and block.
    if (is_drained_) {
      is_drained_ = false;
      return 0;
    }
    receive(MSG_DONTWAIT);
  }
  std::size_t given = 0;
  for (std::size_t i = 0; i < received_count_ && given < burst.size(); ++i) {
    if ((received_[i].msg_hdr.msg_flags & MSG_TRUNC) != 0) {
      ++refused_;
      continue;
    }
    const std::size_t bytes = received_[i].msg_len;
    write_headers(data(buffers_[i]), sources_[i], bytes);
    set_size(buffers_[i], kHeaderBytes + bytes);
    burst[given++] = std::exchange(buffers_[i], nullptr);
  }
  received_count_ = 0;
  return given;
}

void SocketPlatform::write_headers(std::uint8_t* frame, const sockaddr_in& source,
                                   std::size_t bytes) noexcept {
  std::memcpy(frame, header_.data(), header_.size());
  store_be16(frame + kIp + 2, static_cast<std::uint16_t>(kHeaderBytes - kIp + bytes));
  std::memcpy(frame + kIp + 12, &source.sin_addr, 4);
  std::memcpy(frame + kUdp, &source.sin_port, 2);
  store_be16(frame + kUdp + 4, static_cast<std::uint16_t>(kHeaderBytes - kUdp + bytes));
}

std::size_t SocketPlatform::transmit_burst(std::span<rte_mbuf*> burst) noexcept {
  if (held_.size() + burst.size() > kHeldMax) flush();
  for (rte_mbuf* packet : burst) {
    const std::uint8_t* frame = data(packet);
    if (!is_datagram(frame)) {
      release(packet);
      continue;
    }
    held_.push_back(packet);
    departures_.push_back({.address = load_be32(frame + kIp + 16),
                           .port = load_be16(frame + kUdp + 2),
                           .bytes = static_cast<std::uint16_t>(size(packet) - kHeaderBytes)});
  }
  has_transmitted_ = true;
  if (!segments_) flush();
  return burst.size();
}

// Segments are worth waiting for while every iteration brings more.
void SocketPlatform::report_quiescent() noexcept {
  if (!has_transmitted_) flush();
  has_transmitted_ = false;
  DpdkPlatform::report_quiescent();
}

void SocketPlatform::wait() noexcept {
  flush();
  if (received_count_ == 0) receive(MSG_WAITFORONE);
  is_drained_ = is_drained_ && received_count_ != 0;
}

void SocketPlatform::flush() noexcept {
  if (held_.empty()) return;
  parts_.clear();
  messages_.clear();
  destinations_.clear();
  controls_.clear();
  const auto add_part = [this](rte_mbuf* packet) {
    parts_.push_back({data(packet) + kHeaderBytes, size(packet) - kHeaderBytes});
  };
  if (segments_) {
    grouper_.group(departures_);
    for (const std::size_t index : grouper_.order()) add_part(held_[index]);
    for (const SegmentGroup& group : grouper_.groups()) {
      add_message(group.first, group.count, departures_[grouper_.order()[group.first]]);
    }
  } else {
    for (std::size_t i = 0; i < held_.size(); ++i) {
      add_part(held_[i]);
      add_message(i, 1, departures_[i]);
    }
  }
  send_messages();
  rte_pktmbuf_free_bulk(held_.data(), static_cast<unsigned>(held_.size()));
  held_.clear();
  departures_.clear();
}

// Of the parts from `first` on.
void SocketPlatform::add_message(std::size_t first, std::size_t count,
                                 const Departure& departure) noexcept {
  sockaddr_in& destination = destinations_.emplace_back();
  destination.sin_family = AF_INET;
  destination.sin_addr.s_addr = htonl(departure.address);
  destination.sin_port = htons(departure.port);
  msghdr& message = messages_.emplace_back().msg_hdr;
  message.msg_name = &destination;
  message.msg_namelen = sizeof(destination);
  message.msg_iov = &parts_[first];
  message.msg_iovlen = count;
  if (count == 1) return;
  Control& control = controls_.emplace_back();
  message.msg_control = &control;
  message.msg_controllen = sizeof(control.bytes);
  cmsghdr* header = CMSG_FIRSTHDR(&message);
  header->cmsg_level = SOL_UDP;
  header->cmsg_type = UDP_SEGMENT;
  header->cmsg_len = CMSG_LEN(sizeof(departure.bytes));
  std::memcpy(CMSG_DATA(header), &departure.bytes, sizeof(departure.bytes));
}

// Blocks while the socket's buffer is full, as the kernel's senders do.
void SocketPlatform::send_messages() noexcept {
  for (std::size_t next = 0; next < messages_.size();) {
    const int sent = ::sendmmsg(socket_.fd(), &messages_[next],
                                static_cast<unsigned>(messages_.size() - next), 0);
    if (sent > 0) {
      next += static_cast<std::size_t>(sent);
    } else if (errno != EINTR) {
      send_error_ = errno;
      unsent_ += messages_[next++].msg_hdr.msg_iovlen;
    }
  }
}

}  // namespace penstock::compare
