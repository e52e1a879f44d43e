// Any bytes as an ICMPv6 message with a right checksum. The first byte is no part of it: it chooses
// source, destination and hop limit.
#include "dataplane/net/ethernet.h"
#include "dataplane/net/icmp.h"
#include "dataplane/net/ipv4.h"
#include "dataplane/net/ipv6.h"
#include "tests/fuzz/net/fuzz_port.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace penstock;
  if (size < 5 || size > 1'501) return 0;
  const unsigned choice = data[0];
  const InterfaceAddresses addresses = fuzz::our_addresses();
  const IpAddress ours = addresses.ipv6.address;
  const bool is_listener_query = (choice & 16U) != 0;
  IpAddress source = (choice & 1U) != 0 ? IpAddress{} : addresses.ipv6.gateway;
  if (is_listener_query) source.bytes = {0xFE, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1};
  const IpAddress destinations[] = {ours, solicited_node_group(ours), all_nodes_group(),
                                    addresses.link_local()};
  const IpAddress destination = destinations[(choice >> 1) & 3U];
  std::uint8_t hop_limit = (choice & 8U) != 0 ? 64 : kNeighborHopLimit;
  if (is_listener_query) hop_limit = 1;

  constexpr std::size_t kHeadersBytes = kEthernetHeaderBytes + kIpv6HeaderBytes;
  std::vector<std::uint8_t> frame(kHeadersBytes);
  write_ethernet_header(frame.data(), {fuzz::kOurMac, fuzz::kPeerMac, kEtherTypeIpv6});
  write_ipv6_header(&frame[kEthernetHeaderBytes], {source, destination, kProtocolIcmpv6, hop_limit,
                                                   static_cast<std::uint16_t>(size - 1)});
  frame.insert(frame.end(), data + 1, data + size);
  store_icmpv6_checksum(std::span(frame).subspan(kHeadersBytes), source, destination);
  const FrameVerdict verdict = fuzz::judge(frame);
  if (verdict.is_link_work()) fuzz::respond(frame, verdict);
  return 0;
}
