// A socket's platform and a peer of the kernel's, over loopback, whose MTU takes any datagram.
#include "dataplane/dpdk/socket_platform.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sched.h>

#include <algorithm>
#include <memory>
#include <set>
#include <thread>
#include <vector>

#include "dataplane/dpdk/dpdk_worker_link.h"
#include "dataplane/dpdk/worker_loop.h"
#include "dataplane/net/udp_writer.h"
#include "tests/unit/dpdk/eal_test_main.h"
#include "tests/unit/dpdk/in_child.h"

namespace penstock {
namespace {

const IpAddress kHost = IpAddress::from_v4({127, 0, 0, 1});

SocketAddress local_address(const UdpSocket& socket) {
  KernelAddress kernel;
  socklen_t bytes = sizeof(kernel);
  ::getsockname(socket.fd(), &kernel.generic, &bytes);
  return from_kernel(kernel);
}

// A port that nobody has.
std::uint16_t free_port() {
  return local_address(UdpSocket::open({.address = kHost}).value()).port;
}

// This thread's, until it goes: with a loopback device of that MTU.
class NetworkOfItsOwn {
 public:
  explicit NetworkOfItsOwn(int mtu) : before_(::open("/proc/thread-self/ns/net", O_RDONLY)) {
    EXPECT_EQ(::unshare(CLONE_NEWNET), 0);
    EXPECT_TRUE(run(("ip link set lo up mtu " + std::to_string(mtu)).c_str()));
  }
  ~NetworkOfItsOwn() {
    EXPECT_EQ(::setns(before_, CLONE_NEWNET), 0);
    ::close(before_);
  }
  NetworkOfItsOwn(const NetworkOfItsOwn&) = delete;
  NetworkOfItsOwn& operator=(const NetworkOfItsOwn&) = delete;

 private:
  int before_;
};

// Keeps the thread on the CPU that it is on: packets of one sender go through a queue of the kernel
// for each CPU, and after a move some overtake others.
class OneCpu {
 public:
  OneCpu() {
    EXPECT_EQ(::sched_getaffinity(0, sizeof(before_), &before_), 0);
    cpu_set_t present;
    CPU_ZERO(&present);
    CPU_SET(static_cast<std::size_t>(::sched_getcpu()), &present);
    EXPECT_EQ(::sched_setaffinity(0, sizeof(present), &present), 0);
  }
  ~OneCpu() { EXPECT_EQ(::sched_setaffinity(0, sizeof(before_), &before_), 0); }
  OneCpu(const OneCpu&) = delete;
  OneCpu& operator=(const OneCpu&) = delete;

 private:
  cpu_set_t before_{};
};

// At an address that may have been added just now: the kernel lets it be used a little later, which
// is a matter of a thread of its own.
UdpSocket open_at(const IpAddress& address) {
  const UdpSocketConfig config{.address = address, .receive_buffer_bytes = 1'000'000};
  for (int tries = 1'000;; --tries) {
    auto opened = UdpSocket::open(config);
    if (opened.has_value()) return std::move(*opened);
    if (tries == 0) {
      ADD_FAILURE() << opened.error();
      return std::move(opened).value();
    }
    sleep_for(10 * kMillisecond);
  }
}

class Peer {
 public:
  explicit Peer(const IpAddress& address) : socket_(open_at(address)) {}

  SocketAddress address() const { return local_address(socket_); }

  void send(const SocketAddress& to, const std::vector<std::uint8_t>& bytes) {
    KernelAddress kernel;
    to_kernel(to, AF_INET6, kernel);
    ASSERT_EQ(
        ::sendto(socket_.fd(), bytes.data(), bytes.size(), 0, &kernel.generic, sizeof(kernel.v6)),
        static_cast<ssize_t>(bytes.size()));
  }

  struct Received {
    SocketAddress from;
    std::size_t bytes;
    std::uint8_t mark;  // the first byte
  };
  // The traffic class of the next one; -1 if there is none.
  int receive_traffic_class() {
    for (const int level : {IPPROTO_IP, IPPROTO_IPV6}) {
      const int on = 1;
      ::setsockopt(socket_.fd(), level, level == IPPROTO_IP ? IP_RECVTOS : IPV6_RECVTCLASS, &on,
                   sizeof(on));
    }
    std::uint8_t byte = 0;
    iovec part{&byte, 1};
    alignas(cmsghdr) std::array<char, 256> control;
    msghdr message{};
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    message.msg_control = control.data();
    message.msg_controllen = control.size();
    if (::recvmsg(socket_.fd(), &message, MSG_DONTWAIT) < 0) return -1;
    for (cmsghdr* item = CMSG_FIRSTHDR(&message); item != nullptr;
         item = CMSG_NXTHDR(&message, item)) {
      if (item->cmsg_type == IP_TOS || item->cmsg_type == IPV6_TCLASS) return *CMSG_DATA(item);
    }
    return 0;
  }
  // What is there.
  std::vector<Received> receive() {
    std::vector<Received> all;
    std::array<std::uint8_t, 2'048> buffer;
    for (;;) {
      KernelAddress from;
      socklen_t from_bytes = sizeof(from);
      const ssize_t bytes =
          ::recvfrom(socket_.fd(), buffer.data(), buffer.size(), 0, &from.generic, &from_bytes);
      if (bytes < 0) return all;
      all.push_back({from_kernel(from), static_cast<std::size_t>(bytes), buffer[0]});
    }
  }

 private:
  UdpSocket socket_;
};

class SocketPlatformTest : public ::testing::Test {
 protected:
  void open(const std::vector<IpAddress>& addresses,
            std::size_t send_buffer_bytes = kSocketSendBytes) {
    auto opened = SocketPort::open({.driver = PortDriver::kSockets,
                                    .udp_port_base = free_port(),
                                    .addresses = addresses,
                                    .send_buffer_bytes = send_buffer_bytes});
    ASSERT_TRUE(opened.has_value()) << opened.error();
    port = std::move(*opened);
    const DpdkPlatform base({.worker = 0,
                             .pool = shared_pool().mempool(),
                             .rings = &rings,
                             .qsbr = &qsbr,
                             .doorbell = doorbell.get()});
    if (rings.bell(0) == nullptr) {
      ASSERT_TRUE(rings.make_bells());
    }
    platform = std::make_unique<SocketPlatform>(base, *port, rings, 0);
  }

  void TearDown() override {
    platform.reset();
    EXPECT_EQ(shared_pool().available(), shared_pool().capacity()) << "a packet was lost";
  }

  SocketAddress ours(const IpAddress& address) const { return {address, port->udp_port(0)}; }

  // All that has come.
  std::vector<rte_mbuf*> receive() {
    platform->wait(kSecond);
    std::vector<rte_mbuf*> all;
    std::array<rte_mbuf*, kBurstMax> burst;
    for (int i = 0; i < 2; ++i) {
      const std::size_t count = platform->receive_burst(burst);
      all.insert(all.end(), burst.begin(), burst.begin() + static_cast<std::ptrdiff_t>(count));
    }
    return all;
  }

  // A frame along the way to `remote`, whose payload begins with `mark`.
  rte_mbuf* make_frame(const SocketAddress& remote, const IpAddress& local, std::size_t bytes,
                       std::uint8_t mark = 0, std::uint8_t dscp = 0) {
    const UdpPathTemplate way = make_udp_path_template(
        {.remote_mac = {}, .remote = remote, .local = ours(local)}, {}, {.dscp = dscp});
    rte_mbuf* packet = platform->allocate();
    std::uint8_t* frame = platform->data(packet);
    std::memset(frame + way.header_bytes, 0, bytes);
    frame[way.header_bytes] = mark;
    write_udp_headers(way, frame, bytes);
    platform->set_size(packet, way.header_bytes + bytes);
    return packet;
  }

  void transmit(rte_mbuf* packet) {
    ASSERT_EQ(platform->transmit_burst(std::span(&packet, 1)), 1U);
  }
  // Ends an iteration that has sent something, and one that has not.
  void end_iterations() {
    platform->report_quiescent();
    platform->report_quiescent();
  }

  WorkerRings rings{1, {}};
  Qsbr qsbr{1};
  std::unique_ptr<Doorbell> doorbell = Doorbell::create().value();
  std::unique_ptr<SocketPort> port;
  std::unique_ptr<SocketPlatform> platform;
};

TEST_F(SocketPlatformTest, ADatagramComesWithItsWay) {
  open({kHost});
  Peer peer(kHost);
  peer.send(ours(kHost), {7, 8, 9});
  const auto received = receive();
  ASSERT_EQ(received.size(), 1U);
  const PacketMetadata& about = platform->metadata(received[0]);
  EXPECT_EQ(about.path.remote, peer.address());
  EXPECT_EQ(about.path.local, ours(kHost));
  EXPECT_EQ(about.datagram_bytes, 3U);
  EXPECT_EQ(platform->data(received[0])[about.datagram_offset], 7);
  EXPECT_EQ(port->stats().received_packets, 1U);
  platform->release(received[0]);
}

// Bound to all addresses of the host, and offered are some. What is sent leaves from the address
// that the peer knows: by itself the kernel would take the one that it sends to.
TEST_F(SocketPlatformTest, WithSeveralAddressesEachWayHasItsOwn) {
  const NetworkOfItsOwn network(1'500);
  for (const char* address : {"198.18.0.2/24", "198.18.0.9/24", "fd00::2/64", "fd00::9/64"}) {
    ASSERT_TRUE(run(("ip address add dev lo " + std::string(address)).c_str()));
  }
  const IpAddress ours_v4 = IpAddress::from_v4({198, 18, 0, 2});
  const IpAddress ours_v6 = parse_ip_address("fd00::2").value();
  open({ours_v4, ours_v6});
  Peer peer(IpAddress::from_v4({198, 18, 0, 9}));
  Peer peer6(parse_ip_address("fd00::9").value());
  peer.send(ours(ours_v4), {4});
  peer6.send(ours(ours_v6), {6});
  peer.send(ours(kHost), {9});
  const auto received = receive();
  ASSERT_EQ(received.size(), 2U);
  EXPECT_EQ(port->stats().receive_errors, 1U) << "to an address that is not offered";
  for (rte_mbuf* packet : received) {
    const bool is_v4 = platform->data(packet)[0] == 4;
    EXPECT_EQ(platform->metadata(packet).path.local, ours(is_v4 ? ours_v4 : ours_v6));
    platform->release(packet);
  }
  for (int i = 0; i < 2; ++i) {
    transmit(make_frame(peer.address(), ours_v4, 100));
    transmit(make_frame(peer6.address(), ours_v6, 100));
  }
  end_iterations();
  for (Peer* each : {&peer, &peer6}) {
    const auto answers = each->receive();
    ASSERT_EQ(answers.size(), 2U);
    EXPECT_EQ(answers[1].from, ours(each == &peer ? ours_v4 : ours_v6));
  }
}

// Marked as their headers say (RFC 8837), whatever else leaves for the same peer.
TEST_F(SocketPlatformTest, DatagramsLeaveWithTheTrafficClassOfTheirHeaders) {
  for (const IpAddress& host : {kHost, parse_ip_address("::1").value()}) {
    open({host});
    Peer peer(host);
    ASSERT_EQ(peer.receive_traffic_class(), -1);
    for (const std::uint8_t dscp : {kDscpAudio, std::uint8_t{0}, kDscpAudio, kDscpOther})
      transmit(make_frame(peer.address(), host, 100, 0, dscp));
    end_iterations();
    std::multiset<int> classes;
    for (int i = 0; i < 4; ++i) classes.insert(peer.receive_traffic_class());
    EXPECT_EQ(classes, (std::multiset<int>{0, 36 << 2, 46 << 2, 46 << 2}));
  }
}

TEST_F(SocketPlatformTest, PacketsToOnePeerLeaveTogetherAndArriveEachForItself) {
  open({kHost});
  Peer one(kHost);
  Peer other(kHost);
  for (std::uint8_t i = 0; i < 20; ++i) {
    transmit(make_frame(one.address(), kHost, i == 19 ? 500 : 1'100, i));
    transmit(make_frame(other.address(), kHost, 100 + i, i));  // each of another size
  }
  platform->report_quiescent();
  EXPECT_TRUE(one.receive().empty()) << "more may come in the next iteration";
  platform->report_quiescent();
  for (Peer* peer : {&one, &other}) {
    const auto received = peer->receive();
    ASSERT_EQ(received.size(), 20U);
    for (std::uint8_t i = 0; i < 20; ++i) {
      EXPECT_EQ(received[i].mark, i);
      EXPECT_EQ(received[i].bytes, peer == &other ? 100U + i : i == 19 ? 500U : 1'100U);
    }
  }
  EXPECT_EQ(port->stats().transmitted_packets, 40U);
}

TEST_F(SocketPlatformTest, AWorkerThatSleepsHasSentEverything) {
  open({kHost});
  Peer peer(kHost);
  transmit(make_frame(peer.address(), kHost, 100));
  platform->wait(0);
  EXPECT_EQ(peer.receive().size(), 1U);
}

TEST_F(SocketPlatformTest, ADatagramWakesWhoWaits) {
  open({kHost});
  Peer peer(kHost);
  peer.send(ours(kHost), {1});
  const Timestamp before = monotonic_now();
  platform->wait(60 * kSecond);
  EXPECT_LT(monotonic_now() - before, 30 * kSecond);
  const auto received = receive();
  ASSERT_EQ(received.size(), 1U);
  platform->release(received[0]);
}

// What comes through rings wakes it, too; and when it is rung no more it sleeps again.
TEST_F(SocketPlatformTest, ACommandWakesWhoWaits) {
  open({kHost});
  DpdkWorkerLink link(rings, qsbr);
  Timestamp before = monotonic_now();
  std::thread control([&] {
    sleep_for(20 * kMillisecond);
    ASSERT_TRUE(link.send_command(0, {}));
  });
  platform->wait(60 * kSecond);
  EXPECT_LT(monotonic_now() - before, 30 * kSecond);
  control.join();
  before = monotonic_now();
  platform->wait(60 * kSecond);
  EXPECT_LT(monotonic_now() - before, 30 * kSecond) << "it is not taken yet";
  std::array<Command, 4> commands;
  ASSERT_EQ(platform->receive_commands(commands), 1U);

  before = monotonic_now();
  platform->wait(0);  // may have a ring left
  platform->wait(50 * kMillisecond);
  EXPECT_GE(monotonic_now() - before, 50 * kMillisecond);
}

// What one message meets is not the others' concern: a peer that is gone, whose host says so by
// ICMP, a way that does not exist, and a size that no way takes.
TEST_F(SocketPlatformTest, ErrorsStopNothingAndAreCounted) {
  open({kHost});
  Peer peer(kHost);
  const SocketAddress gone{kHost, free_port()};
  for (int i = 0; i < 3; ++i) {
    transmit(make_frame(gone, kHost, 100));
    transmit(make_frame(peer.address(), kHost, 100));
    transmit(make_frame({IpAddress::from_v4({255, 255, 255, 255}), 9}, kHost, 100));
    transmit(make_frame({IpAddress::from_v4({255, 255, 255, 255}), 9}, kHost, 100));
    end_iterations();
  }
  peer.send(ours(kHost), {1});
  const auto received = receive();
  ASSERT_EQ(received.size(), 1U);
  platform->release(received[0]);
  EXPECT_EQ(peer.receive().size(), 3U);
  EXPECT_EQ(port->stats().transmit_errors, 6U) << "broadcast is not permitted";
  EXPECT_EQ(port->stats().too_large_packets, 0U);
}

// Alone or with others to the same peer: it is not sent in parts, and those that fit arrive.
TEST_F(SocketPlatformTest, WhatIsTooLargeForItsWayIsCountedAndTheRestArrives) {
  const NetworkOfItsOwn network(1'300);
  open({kHost});
  EXPECT_EQ(port->mtu(), 1'300U);
  Peer peer(kHost);
  for (const std::size_t bytes : {1'273U, 1'272U, 1'273U, 1'273U, 1'273U, 1'200U, 1'200U}) {
    transmit(make_frame(peer.address(), kHost, bytes));
  }
  end_iterations();
  std::vector<std::size_t> arrived;
  for (const auto& each : peer.receive()) arrived.push_back(each.bytes);
  EXPECT_EQ(arrived, (std::vector<std::size_t>{1'272, 1'200, 1'200}));
  EXPECT_EQ(port->stats().too_large_packets, 4U);
  EXPECT_EQ(port->stats().transmit_errors, 0U);
}

// As a DTLS peer sends its certificates: in fragments, which the kernel puts together.
TEST_F(SocketPlatformTest, WhatHasNoRoomInAPacketComesBesideThem) {
  open({kHost});
  Peer peer(kHost);
  std::vector<std::uint8_t> large(kReassembledBytesMax);
  for (std::size_t i = 0; i < large.size(); ++i) large[i] = static_cast<std::uint8_t>(i % 251);
  peer.send(ours(kHost), large);
  peer.send(ours(kHost), std::vector<std::uint8_t>(kDatagramBytesMax));
  platform->wait(kSecond);
  std::array<rte_mbuf*, kBurstMax> burst;
  ASSERT_EQ(platform->receive_burst(burst), 1U);
  EXPECT_EQ(platform->size(burst[0]), kDatagramBytesMax);
  platform->release(burst[0]);
  ASSERT_EQ(platform->large_datagrams().size(), 1U);
  const LargeDatagram& datagram = platform->large_datagrams()[0];
  EXPECT_EQ(datagram.path.remote, peer.address());
  EXPECT_TRUE(std::ranges::equal(datagram.payload, large));
  ASSERT_EQ(platform->receive_burst(burst), 0U);
  EXPECT_TRUE(platform->large_datagrams().empty());
}

TEST_F(SocketPlatformTest, WhatIsTooLargeToReceiveIsRefused) {
  open({kHost});
  Peer peer(kHost);
  peer.send(ours(kHost), std::vector<std::uint8_t>(kReassembledBytesMax + 1));
  peer.send(ours(kHost), std::vector<std::uint8_t>(kDatagramBytesMax));
  const auto received = receive();
  ASSERT_EQ(received.size(), 1U);
  EXPECT_EQ(platform->take_refused(), 1U);
  EXPECT_EQ(platform->take_refused(), 0U) << "each is told once";
  platform->release(received[0]);
}

// The worker keeps what the port does not take, as with a device whose ring is full, and nothing
// is lost, doubled or out of order.
TEST_F(SocketPlatformTest, AFullSocketIsAPortWithoutRoom) {
  const OneCpu cpu;
  const NetworkOfItsOwn network(1'500);
  // Slower than the slowest sender: 1,000 packets in a second.
  ASSERT_TRUE(run("tc qdisc add dev lo root tbf rate 10mbit burst 16kb limit 10mb"));
  open({kHost}, kSocketBufferBytesMin);
  Peer peer(kHost);
  constexpr std::size_t kPackets = 1'000;
  std::size_t refusals = 0;
  std::vector<std::uint8_t> marks;
  std::size_t sent = 0;
  rte_mbuf* next = nullptr;
  const Timestamp deadline = monotonic_now() + 60 * kSecond;
  while (marks.size() < kPackets && monotonic_now() < deadline) {
    for (; sent < kPackets; ++sent) {
      if (next == nullptr)
        next = make_frame(peer.address(), kHost, 1'200 - sent % 2, static_cast<std::uint8_t>(sent));
      if (platform->transmit_burst(std::span(&next, 1)) == 0) {
        ++refusals;
        break;
      }
      next = nullptr;
    }
    platform->wait(kMillisecond);
    for (const auto& each : peer.receive()) marks.push_back(each.mark);
  }
  ASSERT_EQ(marks.size(), kPackets);
  EXPECT_GT(refusals, 0U);
  for (std::size_t i = 0; i < kPackets; ++i) ASSERT_EQ(marks[i], static_cast<std::uint8_t>(i));
}

TEST(SocketPortTest, SaysWhoHasThePort) {
  const auto taken = UdpSocket::open({.address = kHost});
  ASSERT_TRUE(taken.has_value());
  const auto opened = SocketPort::open({.driver = PortDriver::kSockets,
                                        .udp_port_base = local_address(*taken).port,
                                        .addresses = {kHost}});
  ASSERT_FALSE(opened.has_value());
  EXPECT_NE(opened.error().find("another program has it"), std::string::npos) << opened.error();
}

TEST(SocketPortTest, SaysWhatTheKernelGaveOfItsBuffers) {
  const auto opened = SocketPort::open({.driver = PortDriver::kSockets,
                                        .udp_port_base = free_port(),
                                        .addresses = {kHost},
                                        .receive_buffer_bytes = kSocketBufferBytesMin,
                                        .send_buffer_bytes = kSocketBufferBytesMin});
  ASSERT_TRUE(opened.has_value()) << opened.error();
  const std::string summary = (*opened)->summary();
  EXPECT_NE(summary.find("addresses 127.0.0.1 (lo)"), std::string::npos) << summary;
  EXPECT_NE(summary.find("receive buffer 64 KiB, send buffer 64 KiB"), std::string::npos)
      << summary;
}

// A kernel without IPv6 has sockets of the other family only.
TEST(SocketPortTest, ASocketOfIpv4AloneTellsItsAddressesToo) {
  const UdpSocket socket = UdpSocket::open({.address = {}}, AF_INET).value();
  ASSERT_TRUE(socket.has_all_addresses());
  Peer peer(kHost);
  peer.send({kHost, local_address(socket).port}, {1});
  pollfd events{.fd = socket.fd(), .events = POLLIN, .revents = 0};
  ASSERT_EQ(::poll(&events, 1, 10'000), 1);

  std::uint8_t byte = 0;
  iovec part{&byte, 1};
  KernelAddress from;
  alignas(cmsghdr) std::array<char, 64> control;
  msghdr message{};
  message.msg_name = &from;
  message.msg_namelen = sizeof(from);
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  message.msg_control = control.data();
  message.msg_controllen = control.size();
  ASSERT_EQ(::recvmsg(socket.fd(), &message, 0), 1);
  EXPECT_EQ(from_kernel(from), peer.address());
  EXPECT_EQ(destination_of(message), kHost);

  message.msg_controllen = 0;
  add_source(message, AF_INET, kHost);
  ASSERT_EQ(::sendmsg(socket.fd(), &message, 0), 1);
  const auto answers = peer.receive();
  ASSERT_EQ(answers.size(), 1U);
  EXPECT_EQ(answers[0].from.ip, kHost);
}

}  // namespace
}  // namespace penstock
