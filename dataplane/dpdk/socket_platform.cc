#include "dataplane/dpdk/socket_platform.h"

#include <netinet/udp.h>
#include <poll.h>

#include <algorithm>
#include <cerrno>

#include "dataplane/base/endian.h"
#include "dataplane/net/ethernet.h"
#include "dataplane/net/udp_writer.h"

namespace penstock {
namespace {

// Of a frame with a datagram, as net/udp_writer.h writes it.
std::size_t header_bytes(const std::uint8_t* frame) {
  return load_be16(frame + 12) == kEtherTypeIpv6 ? kUdpOverIpv6HeaderBytes
                                                 : kUdpOverIpv4HeaderBytes;
}

bool is_datagram(const std::uint8_t* frame) {
  const std::uint8_t* ip = frame + kEthernetHeaderBytes;
  const std::uint16_t type = load_be16(frame + 12);
  return (type == kEtherTypeIpv4 && ip[9] == kProtocolUdp) ||
         (type == kEtherTypeIpv6 && ip[6] == kProtocolUdp);
}

Departure departure_of(const std::uint8_t* frame, std::size_t frame_bytes) {
  const std::uint8_t* ip = frame + kEthernetHeaderBytes;
  const std::size_t headers = header_bytes(frame);
  Departure departure;
  if (headers == kUdpOverIpv4HeaderBytes) {
    departure.local = IpAddress::from_v4_bytes(ip + 12);
    departure.remote.ip = IpAddress::from_v4_bytes(ip + 16);
    departure.traffic_class = ip[1];
  } else {
    departure.local = IpAddress::from_v6_bytes(ip + 8);
    departure.remote.ip = IpAddress::from_v6_bytes(ip + 24);
    departure.traffic_class = static_cast<std::uint8_t>(load_be16(ip) >> 4);
  }
  departure.remote.port = load_be16(frame + headers - kUdpHeaderBytes + 2);
  departure.bytes = static_cast<std::uint16_t>(frame_bytes - headers);
  return departure;
}

}  // namespace

SocketPlatform::SocketPlatform(const DpdkPlatform& base, SocketPort& port, WorkerRings& rings,
                               std::size_t worker)
    : DpdkPlatform(base),
      rings_(rings),
      bell_(*rings.bell(worker)),
      socket_(port.socket(worker)),
      counters_(port.counters(worker)),
      addresses_(port.addresses()),
      port_(port.udp_port(worker)),
      segments_(socket_.has_segmentation()),
      large_bytes_(
          std::make_unique_for_overwrite<std::uint8_t[]>(kBurstMax * kReassembledBytesMax)) {}

SocketPlatform::~SocketPlatform() {
  flush();
  for (std::size_t i = 0; i < held_count_; ++i) release(held_[i]);
  for (rte_mbuf* buffer : buffers_) {
    if (buffer != nullptr) release(buffer);
  }
}

// Returns how many there are, of at most so many.
std::size_t SocketPlatform::prepare_buffers(std::size_t wanted) noexcept {
  for (std::size_t i = 0; i < wanted; ++i) {
    if (buffers_[i] == nullptr) buffers_[i] = allocate();
    if (buffers_[i] == nullptr) return i;
    receive_parts_[i] = {
        {{data(buffers_[i]), kDatagramBytesMax},
         {large_bytes(i) + kDatagramBytesMax, kReassembledBytesMax - kDatagramBytesMax}}};
    msghdr& message = received_[i].msg_hdr;
    message = {};
    message.msg_name = &sources_[i];
    message.msg_namelen = sizeof(sources_[i]);
    message.msg_iov = receive_parts_[i].data();
    message.msg_iovlen = receive_parts_[i].size();
    if (!socket_.has_all_addresses()) continue;
    message.msg_control = &received_controls_[i];
    message.msg_controllen = sizeof(received_controls_[i].bytes);
  }
  return wanted;
}

std::size_t SocketPlatform::receive_burst(std::span<rte_mbuf*> burst) noexcept {
  large_count_ = 0;
  // Nothing more was there a moment ago: let the iteration end, and block.
  if (std::exchange(is_drained_, false)) return 0;
  const std::size_t room = prepare_buffers(std::min(burst.size(), kBurstMax));
  if (room == 0) counters_.no_buffer.add(1);
  const int count = room == 0 ? 0
                              : ::recvmmsg(socket_.fd(), received_.data(),
                                           static_cast<unsigned>(room), MSG_DONTWAIT, nullptr);
  const std::size_t received = count > 0 ? static_cast<std::size_t>(count) : 0;
  is_drained_ = received != 0 && received < room;
  std::size_t given = 0;
  for (std::size_t i = 0; i < received; ++i) {
    if (take_received(i)) burst[given++] = std::exchange(buffers_[i], nullptr);
  }
  return given;
}

// False if the datagram is not one for the worker: its buffer is used again.
bool SocketPlatform::take_received(std::size_t index) noexcept {
  msghdr& message = received_[index].msg_hdr;
  if ((message.msg_flags & MSG_TRUNC) != 0) {
    ++refused_;
    return false;
  }
  const SocketAddress remote = from_kernel(sources_[index]);
  const IpAddress local =
      socket_.has_all_addresses() ? destination_of(message) : addresses_.front();
  // Nobody can be answered at port zero.
  if (remote.port == 0 || std::ranges::find(addresses_, local) == addresses_.end()) {
    counters_.receive_errors.add(1);
    return false;
  }
  const Path path{.remote_mac = {}, .remote = remote, .local = {local, port_}};
  const std::size_t bytes = received_[index].msg_len;
  counters_.received_packets.add(1);
  counters_.received_bytes.add(bytes);
  if (bytes > kDatagramBytesMax) [[unlikely]] {
    take_large(index, path);
    return false;
  }
  rte_mbuf* packet = buffers_[index];
  set_size(packet, bytes);
  PacketMetadata& about = metadata(packet);
  about = {};
  about.path = path;
  about.datagram_bytes = static_cast<std::uint16_t>(bytes);
  return true;
}

void SocketPlatform::take_large(std::size_t index, const Path& path) noexcept {
  std::memcpy(large_bytes(index), data(buffers_[index]), kDatagramBytesMax);
  large_[large_count_++] = {path, {large_bytes(index), received_[index].msg_len}};
}

std::size_t SocketPlatform::transmit_burst(std::span<rte_mbuf*> burst) noexcept {
  has_transmitted_ = true;
  for (std::size_t i = 0; i < burst.size(); ++i) {
    if (held_count_ == held_.size()) flush();
    if (held_count_ == held_.size()) return i;
    const std::uint8_t* frame = data(burst[i]);
    if (!is_datagram(frame)) [[unlikely]] {  // what only a link has
      release(burst[i]);
      continue;
    }
    departures_[held_count_] = departure_of(frame, size(burst[i]));
    held_[held_count_++] = burst[i];
  }
  return burst.size();
}

// More to the same peers is worth waiting for while every iteration brings more.
void SocketPlatform::report_quiescent() noexcept {
  if (!std::exchange(has_transmitted_, false)) flush();
  if (handed_to_ != 0) wake_others();
  DpdkPlatform::report_quiescent();
}

void SocketPlatform::wake_others() noexcept {
  for (std::size_t worker = 0; handed_to_ != 0; ++worker, handed_to_ >>= 1U) {
    if ((handed_to_ & 1U) != 0) rings_.bell(worker)->ring_if_asleep();
  }
}

void SocketPlatform::wait(Duration longest) noexcept {
  flush();
  std::array<pollfd, 2> events{{{.fd = socket_.fd(), .events = POLLIN, .revents = 0},
                                {.fd = bell_.fd(), .events = POLLIN, .revents = 0}}};
  if (waits_for_room_) events[0].events |= POLLOUT;
  const timespec time{.tv_sec = longest / kSecond, .tv_nsec = longest % kSecond};
  bell_.declare_asleep();
  if (!has_arrivals()) ::ppoll(events.data(), events.size(), &time, nullptr);
  bell_.declare_awake(events[1].revents != 0);
  is_drained_ = false;
}

void SocketPlatform::flush() noexcept {
  bool in_groups = segments_;
  while (held_count_ != 0) {
    write_messages(in_groups);
    const SendResult result = send_messages();
    if (result == SendResult::kFull) return;
    in_groups = false;
  }
  waits_for_room_ = false;
}

void SocketPlatform::write_messages(bool in_groups) noexcept {
  message_count_ = 0;
  part_count_ = 0;
  if (in_groups) {
    grouper_.group({departures_.data(), held_count_});
    std::ranges::copy(grouper_.order(), order_.begin());
    for (const SegmentGroup& group : grouper_.groups()) write_message(group);
  } else {
    const auto count = static_cast<std::uint16_t>(held_count_);
    for (std::uint16_t i = 0; i < count; ++i) {
      order_[i] = i;
      write_message({i, 1});
    }
  }
}

void SocketPlatform::write_message(const SegmentGroup& group) noexcept {
  const std::size_t index = message_count_++;
  groups_[index] = group;
  const Departure& first = departures_[order_[group.first]];
  to_kernel(first.remote, socket_.family(), destinations_[index]);
  msghdr& message = messages_[index].msg_hdr;
  message.msg_name = &destinations_[index];
  message.msg_namelen = kernel_address_bytes(socket_.family());
  message.msg_iov = &parts_[part_count_];
  message.msg_iovlen = group.count;
  message.msg_flags = 0;
  message.msg_control = &controls_[index];
  message.msg_controllen = 0;
  if (socket_.has_all_addresses()) add_source(message, socket_.family(), first.local);
  if (first.traffic_class != 0) add_traffic_class(message, first.remote.ip, first.traffic_class);
  if (group.count > 1) add_control(message, IPPROTO_UDP, UDP_SEGMENT, first.bytes);
  for (std::size_t i = group.first; i < std::size_t{group.first} + group.count; ++i) {
    rte_mbuf* packet = held_[order_[i]];
    const std::size_t bytes = departures_[order_[i]].bytes;  // behind the headers
    parts_[part_count_++] = {data(packet) + size(packet) - bytes, bytes};
  }
}

// Nothing that the kernel says of one message keeps the others from being sent.
SocketPlatform::SendResult SocketPlatform::send_messages() noexcept {
  std::size_t next = 0;
  while (next < message_count_) {
    const int sent = ::sendmmsg(socket_.fd(), &messages_[next],
                                static_cast<unsigned>(message_count_ - next), MSG_DONTWAIT);
    if (sent > 0) {
      count_sent(next, static_cast<std::size_t>(sent));
      next += static_cast<std::size_t>(sent);
      continue;
    }
    const int error = errno;
    if (error == EINTR) continue;
    waits_for_room_ = error == EAGAIN;
    // Where only the interface's queue is full, nobody says when it has room: time will.
    if (error == EAGAIN || error == ENOBUFS || error == ENOMEM) {
      keep_rest(next);
      return SendResult::kFull;
    }
    // A way whose MTU is smaller than the segments, or a device that cannot write checksums: that
    // one cuts nothing, for anybody.
    const bool is_about_groups = error == EINVAL || error == EMSGSIZE || error == EIO;
    if (groups_[next].count > 1 && is_about_groups) {
      if (error == EIO) segments_ = false;
      keep_rest(next);
      return SendResult::kNoGroups;
    }
    count_unsent(groups_[next], error);
    ++next;
  }
  held_count_ = 0;
  return SendResult::kSent;
}

void SocketPlatform::count_sent(std::size_t first_message, std::size_t count) noexcept {
  const SegmentGroup& first = groups_[first_message];
  const SegmentGroup& last = groups_[first_message + count - 1];
  const std::size_t end = std::size_t{last.first} + last.count;
  std::size_t bytes = 0;
  for (std::size_t i = first.first; i < end; ++i) {
    bytes += departures_[order_[i]].bytes;
    release(held_[order_[i]]);
  }
  counters_.transmitted_packets.add(end - first.first);
  counters_.transmitted_bytes.add(bytes);
}

void SocketPlatform::count_unsent(const SegmentGroup& group, int error) noexcept {
  (error == EMSGSIZE ? counters_.too_large : counters_.transmit_errors).add(group.count);
  for (std::size_t i = 0; i < group.count; ++i) release(held_[order_[group.first + i]]);
}

// In the order of the messages, which is that of each way.
void SocketPlatform::keep_rest(std::size_t first_message) noexcept {
  std::array<rte_mbuf*, kSocketHeldMax> packets;
  std::array<Departure, kSocketHeldMax> departures;
  const std::size_t begin = groups_[first_message].first;
  const std::size_t count = held_count_ - begin;
  for (std::size_t i = 0; i < count; ++i) {
    packets[i] = held_[order_[begin + i]];
    departures[i] = departures_[order_[begin + i]];
  }
  std::ranges::copy_n(packets.begin(), static_cast<std::ptrdiff_t>(count), held_.begin());
  std::ranges::copy_n(departures.begin(), static_cast<std::ptrdiff_t>(count), departures_.begin());
  held_count_ = count;
}

}  // namespace penstock
