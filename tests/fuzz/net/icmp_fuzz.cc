// Any bytes as an ICMP message with a right checksum.
#include "dataplane/net/ethernet.h"
#include "dataplane/net/icmp.h"
#include "dataplane/net/ipv4.h"
#include "tests/fuzz/net/fuzz_port.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace penstock;
  if (size < 4 || size > 1'480) return 0;
  constexpr std::size_t kHeadersBytes = kEthernetHeaderBytes + kIpv4HeaderBytes;
  const InterfaceNetwork ipv4 = fuzz::our_addresses().ipv4;
  std::vector<std::uint8_t> frame(kHeadersBytes);
  write_ethernet_header(frame.data(), {fuzz::kOurMac, fuzz::kPeerMac, kEtherTypeIpv4});
  write_ipv4_header(&frame[kEthernetHeaderBytes], {ipv4.gateway, ipv4.address, kProtocolIcmp,
                                                   kHopLimit, static_cast<std::uint16_t>(size)});
  frame.insert(frame.end(), data, data + size);
  store_icmp_checksum(std::span(frame).subspan(kHeadersBytes));
  const FrameVerdict verdict = fuzz::judge(frame);
  PENSTOCK_CHECK(verdict.kind == FrameKind::kIcmp);
  fuzz::respond(frame, verdict);
  return 0;
}
