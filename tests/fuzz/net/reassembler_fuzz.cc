// Any frames as fragments. The input is a row of frames, each behind a byte for its length; a
// length of 255 lets time pass.
#include "dataplane/net/reassembler.h"
#include "tests/fuzz/net/fuzz_port.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace penstock;
  Reassembler reassembler;
  Timestamp now = kSecond;
  for (std::size_t at = 0; at < size;) {
    const std::size_t wanted = data[at++];
    if (wanted == 255) {
      now += kReassemblyTimeout / 2;
      reassembler.expire(now);
      continue;
    }
    const std::size_t bytes = std::min(wanted, size - at);
    const std::vector<std::uint8_t> frame(data + at, data + at + bytes);
    at += bytes;
    IpFragment fragment;
    const auto reason = parse_ip_fragment(frame, fuzz::our_addresses(),
                                          {.ipv4_checksum_known_good = true}, fragment);
    if (reason != DropReason::kNone) continue;
    PENSTOCK_CHECK(!fragment.data.empty());
    PENSTOCK_CHECK(!fragment.has_more || fragment.data.size() % 8 == 0);
    const auto result = reassembler.take(fragment, now);
    PENSTOCK_CHECK(result.packet.size() <= kReassembledBytesMax);
    PENSTOCK_CHECK(result.packet.empty() || result.drop == DropReason::kNone);
  }
  return 0;
}
