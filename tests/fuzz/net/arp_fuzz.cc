// Any bytes as what follows the Ethernet header of an ARP frame to us.
#include "dataplane/net/ethernet.h"
#include "tests/fuzz/net/fuzz_port.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace penstock;
  std::vector<std::uint8_t> frame(kEthernetHeaderBytes);
  write_ethernet_header(frame.data(), {fuzz::kOurMac, fuzz::kPeerMac, kEtherTypeArp});
  frame.insert(frame.end(), data, data + size);
  const FrameVerdict verdict = fuzz::judge(frame);
  if (verdict.is_link_work()) fuzz::respond(frame, verdict);
  return 0;
}
