#!/usr/bin/env bash
# usrsctp 0.9.5.0, receive callback: of a message that is longer than half of the receive buffer (the
# default partial delivery point) the first part comes without MSG_EOR. If packets are lost meanwhile,
# the next message of the same stream may then come whole, with MSG_EOR, before the last part of the
# one that was begun: who puts parts together up to MSG_EOR cuts the large message, and joins the small
# one to it. Two associations in one process, a link that loses 5 % of the packets and
# reorders the others, 40 seeds: a message
# of 262,144 bytes and one of 5 on one stream, ordered and reliable.
#
# Prints what came for the first seed for which that is so. Exit 0: it still does so. 1: it does not any
# more. 2: it could not be tried.
set -euo pipefail
version=0.9.5.0-2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
chmod 755 "$work"
cd "$work"
{
  apt-get download "libusrsctp-dev=$version" >/dev/null
  dpkg -x libusrsctp-dev_*.deb root
} || exit 2
cat >finding.cc <<'CC'
#include <usrsctp.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <deque>
#include <random>
#include <string>
#include <vector>

namespace {

struct Packet {
  std::uintptr_t to;
  std::vector<char> bytes;
};
std::deque<Packet> under_way;
std::mt19937 randomness;
bool is_lossy = false;
std::string came;
bool is_wrong = false;
std::size_t begun_bytes = 0;

int send_packet(void* from, void* data, std::size_t bytes, std::uint8_t, std::uint8_t) {
  const auto* begin = static_cast<const char*>(data);
  const std::uintptr_t to = reinterpret_cast<std::uintptr_t>(from) ^ 1;
  if (!is_lossy || randomness() % 100 >= 5) under_way.push_back({to, {begin, begin + bytes}});
  return 0;
}

int take(struct socket*, union sctp_sockstore, void* data, std::size_t bytes, struct sctp_rcvinfo,
         int flags, void*) {
  if (data != nullptr && (flags & MSG_NOTIFICATION) == 0) {
    const bool is_end = (flags & MSG_EOR) != 0;
    came += "  " + std::to_string(bytes) + " bytes" + (is_end ? ", end\n" : "\n");
    if (bytes == 5 && begun_bytes != 0 && begun_bytes != 262'144) is_wrong = true;
    begun_bytes += bytes;
  }
  std::free(data);
  return 1;
}

sockaddr_conn address(std::uintptr_t id) {
  sockaddr_conn made{};
  made.sconn_family = AF_CONN;
  made.sconn_port = htons(5000);
  made.sconn_addr = reinterpret_cast<void*>(id);
  return made;
}

struct socket* open(std::uintptr_t id) {
  usrsctp_register_address(reinterpret_cast<void*>(id));
  struct socket* made = usrsctp_socket(AF_CONN, SOCK_STREAM, IPPROTO_SCTP, take, nullptr, 0, nullptr);
  usrsctp_set_non_blocking(made, 1);
  const int buffer = 600'000;
  usrsctp_setsockopt(made, SOL_SOCKET, SO_SNDBUF, &buffer, sizeof(buffer));
  sockaddr_conn at = address(id);
  usrsctp_bind(made, reinterpret_cast<sockaddr*>(&at), sizeof(at));
  return made;
}

void run(int ticks) {
  for (; ticks > 0; --ticks) {
    std::shuffle(under_way.begin(), under_way.end(), randomness);
    for (std::size_t n = under_way.size(); n > 0; --n) {
      const Packet packet = std::move(under_way.front());
      under_way.pop_front();
      usrsctp_conninput(reinterpret_cast<void*>(packet.to), packet.bytes.data(), packet.bytes.size(), 0);
    }
    usrsctp_handle_timers(10);
  }
}

}  // namespace

int main() {
  usrsctp_init_nothreads(0, send_packet, nullptr);
  usrsctp_sysctl_set_sctp_ecn_enable(0);
  for (std::uintptr_t seed = 1; seed <= 40; ++seed) {
    const std::uintptr_t a = 2 * seed, b = a + 1;
    randomness.seed(static_cast<unsigned>(seed));
    is_lossy = false;
    under_way.clear();
    came.clear();
    begun_bytes = 0;
    struct socket* one = open(a);
    struct socket* other = open(b);
    for (auto [from, id] : {std::pair(one, a), std::pair(other, b)}) {
      sockaddr_conn remote = address(id);  // both ends of an association have one name
      usrsctp_connect(from, reinterpret_cast<sockaddr*>(&remote), sizeof(remote));
    }
    run(100);
    is_lossy = true;
    const std::string large(262'144, 'l');
    usrsctp_sendv(one, large.data(), large.size(), nullptr, 0, nullptr, 0, SCTP_SENDV_NOINFO, 0);
    usrsctp_sendv(one, "after", 5, nullptr, 0, nullptr, 0, SCTP_SENDV_NOINFO, 0);
    run(3'000);
    if (is_wrong) {
      std::printf("seed %d: a message of 262,144 bytes and one of 5 came as\n%s", int(seed), came.c_str());
      return 0;
    }
    usrsctp_close(one);
    usrsctp_close(other);
    run(50);
  }
  std::puts("every message came whole and in order");
  return 1;
}
CC
g++ -std=c++20 -O1 -I root/usr/include finding.cc "$(find root -name libusrsctp.a)" -lpthread -o finding || exit 2
echo "libusrsctp-dev $version"
timeout 60 ./finding
