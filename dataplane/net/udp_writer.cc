#include "dataplane/net/udp_writer.h"

#include <algorithm>
#include <cstring>

#include "dataplane/base/check.h"
#include "dataplane/base/endian.h"
#include "dataplane/net/checksum.h"

namespace penstock {
namespace {

constexpr std::size_t kIpv4TotalLengthOffset = 2;
constexpr std::size_t kIpv4ChecksumOffset = 10;
constexpr std::size_t kIpv6PayloadLengthOffset = 4;

// Behind the Ethernet header, which is there.
void build_ipv4(const Path& path, std::uint8_t dscp, UdpPathTemplate& built) {
  std::uint8_t* ip = &built.header[built.header_bytes];
  write_ipv4_header(ip, {path.local.ip, path.remote.ip, kProtocolUdp, kHopLimit, 0});
  ip[1] = static_cast<std::uint8_t>(dscp << 2);
  store_be16(ip + kIpv4TotalLengthOffset, 0);
  store_be16(ip + kIpv4ChecksumOffset, 0);
  built.ipv4_header_sum = static_cast<std::uint16_t>(ones_complement_sum({ip, kIpv4HeaderBytes}));
  built.header_bytes += kIpv4HeaderBytes + kUdpHeaderBytes;
}

std::uint32_t ipv6_first_word(std::uint8_t dscp) {
  return 0x6000'0000U | (std::uint32_t{dscp} << 22);
}

void build_ipv6(const Path& path, std::uint8_t dscp, UdpPathTemplate& built) {
  std::uint8_t* ip = &built.header[built.header_bytes];
  write_ipv6_header(ip, {path.local.ip, path.remote.ip, kProtocolUdp, kHopLimit, 0});
  store_be32(ip, ipv6_first_word(dscp));
  built.header_bytes += kIpv6HeaderBytes + kUdpHeaderBytes;
}

// Copies of constant size, which compilers turn into a few moves.
void copy_headers(const UdpPathTemplate& path, std::uint8_t* frame) {
  const std::uint8_t* header = path.header.data();
  switch (path.header_bytes) {
    case kUdpOverIpv4HeaderBytes:
      std::memcpy(frame, header, kUdpOverIpv4HeaderBytes);
      return;
    case kUdpOverIpv6HeaderBytes:
      std::memcpy(frame, header, kUdpOverIpv6HeaderBytes);
      return;
    case kUdpOverIpv4HeaderBytes + kVlanTagBytes:
      std::memcpy(frame, header, kUdpOverIpv4HeaderBytes + kVlanTagBytes);
      return;
    default:
      std::memcpy(frame, header, kUdpOverIpv6HeaderBytes + kVlanTagBytes);
      return;
  }
}

std::uint16_t udp_checksum(const UdpPathTemplate& path, const std::uint8_t* payload,
                           std::size_t payload_bytes) {
  const std::uint64_t udp_bytes = kUdpHeaderBytes + payload_bytes;
  // The length counts twice: in the pseudo header and in the UDP header.
  const std::uint64_t sum =
      path.pseudo_header_sum + 2 * udp_bytes + ones_complement_sum({payload, payload_bytes});
  const auto checksum = static_cast<std::uint16_t>(~fold_checksum(sum));
  return checksum == 0 ? std::uint16_t{0xFFFF} : checksum;  // zero means "none" (RFC 768)
}

// One that there is.
void write_udp_checksum(const UdpPathTemplate& path, UdpChecksum checksum, std::uint8_t* payload,
                        std::size_t payload_bytes) {
  store_be16(payload - 2,
             checksum == UdpChecksum::kWritten
                 ? udp_checksum(path, payload, payload_bytes)
                 : fold_checksum(path.pseudo_header_sum + kUdpHeaderBytes + payload_bytes));
}

void write_headers(const UdpPathTemplate& path, UdpChecksum checksum, std::uint8_t* frame,
                   std::size_t payload_bytes) {
  PENSTOCK_DCHECK(path.header_bytes != 0);
  PENSTOCK_DCHECK(payload_bytes <= 65'507);
  const bool is_v4 = path.is_ipv4();
  const auto udp_bytes = static_cast<std::uint16_t>(kUdpHeaderBytes + payload_bytes);
  std::uint8_t* udp = frame + path.header_bytes - kUdpHeaderBytes;
  copy_headers(path, frame);
  if (is_v4) {
    std::uint8_t* ip = udp - kIpv4HeaderBytes;
    const auto total_bytes = static_cast<std::uint16_t>(kIpv4HeaderBytes + udp_bytes);
    const std::uint16_t sum = fold_checksum(std::uint64_t{path.ipv4_header_sum} + total_bytes);
    store_be16(ip + kIpv4TotalLengthOffset, total_bytes);
    store_be16(ip + kIpv4ChecksumOffset, static_cast<std::uint16_t>(~sum));
  } else {
    store_be16(udp - kIpv6HeaderBytes + kIpv6PayloadLengthOffset, udp_bytes);
  }
  store_be16(udp + 4, udp_bytes);
  if (checksum != UdpChecksum::kNone)
    write_udp_checksum(path, checksum, udp + kUdpHeaderBytes, payload_bytes);
}

}  // namespace

std::size_t ip_offset(const UdpPathTemplate& path) {
  return path.header_bytes - kUdpHeaderBytes -
         (path.is_ipv4() ? kIpv4HeaderBytes : kIpv6HeaderBytes);
}

UdpPathTemplate make_udp_path_template(const Path& path, const MacAddress& local_mac,
                                       const UdpPathOptions& options) {
  const bool is_v4 = path.remote.ip.is_v4();
  PENSTOCK_CHECK(path.local.ip.is_v4() == is_v4);
  PENSTOCK_CHECK(options.dscp < 64);
  PENSTOCK_CHECK(options.vlan_id < 4'095);
  UdpPathTemplate built;
  const bool media_has_one = !is_v4 || options.ipv4_udp_checksum == Ipv4UdpChecksum::kCompute;
  built.media_checksum = media_has_one ? options.checksum : UdpChecksum::kNone;
  built.control_checksum = options.checksum;
  write_ethernet_header(built.header.data(),
                        {path.remote_mac, local_mac, is_v4 ? kEtherTypeIpv4 : kEtherTypeIpv6});
  built.header_bytes = static_cast<std::uint8_t>(
      insert_vlan_tag(built.header.data(), kEthernetHeaderBytes, options.vlan_id));
  if (is_v4) {
    build_ipv4(path, options.dscp, built);
  } else {
    build_ipv6(path, options.dscp, built);
  }
  set_mtu(built, options.mtu);
  std::uint8_t* udp = &built.header[built.header_bytes - kUdpHeaderBytes];
  store_be16(udp, path.local.port);
  store_be16(udp + 2, path.remote.port);
  // What the port adds begins with the ports.
  const bool has_ports = options.checksum == UdpChecksum::kWritten;
  built.pseudo_header_sum =
      fold_checksum(pseudo_header_sum(path.local.ip, path.remote.ip, kProtocolUdp, 0) +
                    (has_ports ? std::uint64_t{path.local.port} + path.remote.port : 0));
  return built;
}

UdpPathTemplate with_remote_port(const UdpPathTemplate& path, std::uint16_t port) {
  UdpPathTemplate other = path;
  std::uint8_t* at = &other.header[other.header_bytes - kUdpHeaderBytes + 2];
  if (path.control_checksum == UdpChecksum::kWritten) {
    const auto not_before = static_cast<std::uint16_t>(~load_be16(at));
    other.pseudo_header_sum =
        fold_checksum(std::uint64_t{path.pseudo_header_sum} + not_before + port);
  }
  store_be16(at, port);
  return other;
}

// No checksum covers it.
void set_next_hop(UdpPathTemplate& path, const MacAddress& mac) {
  std::ranges::copy(mac.bytes, path.header.begin());
}

void set_mtu(UdpPathTemplate& path, std::uint16_t mtu) {
  path.frame_bytes_max = static_cast<std::uint16_t>(ip_offset(path) + mtu);
}

void write_udp_headers(const UdpPathTemplate& path, std::uint8_t* frame,
                       std::size_t payload_bytes) {
  write_headers(path, path.media_checksum, frame, payload_bytes);
}

void write_checksummed_udp_headers(const UdpPathTemplate& path, std::uint8_t* frame,
                                   std::size_t payload_bytes) {
  write_headers(path, path.control_checksum, frame, payload_bytes);
}

void set_dscp(const UdpPathTemplate& path, std::uint8_t* frame, std::uint8_t dscp) {
  std::uint8_t* ip = frame + ip_offset(path);
  if (!path.is_ipv4()) return store_be32(ip, ipv6_first_word(dscp));
  // RFC 1624 section 3.
  const std::uint16_t before = load_be16(ip);
  ip[1] = static_cast<std::uint8_t>(dscp << 2);
  const auto not_checksum = static_cast<std::uint16_t>(~load_be16(ip + kIpv4ChecksumOffset));
  const auto not_before = static_cast<std::uint16_t>(~before);
  const std::uint16_t sum = fold_checksum(std::uint64_t{not_checksum} + not_before + load_be16(ip));
  store_be16(ip + kIpv4ChecksumOffset, static_cast<std::uint16_t>(~sum));
}

void allow_fragmentation(const UdpPathTemplate& path, std::uint8_t* frame,
                         std::uint16_t identification) {
  PENSTOCK_DCHECK(path.is_ipv4());
  std::uint8_t* ip = frame + ip_offset(path);
  store_be16(ip + 4, identification);
  store_be16(ip + 6, 0);
  store_be16(ip + 10, 0);
  store_be16(ip + 10, internet_checksum({ip, kIpv4HeaderBytes}));
}

}  // namespace penstock
