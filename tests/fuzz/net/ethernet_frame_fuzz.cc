// Any bytes as a received frame. The first byte is no part of it: it says what the device verified.
#include "tests/fuzz/net/fuzz_port.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace penstock;
  if (size == 0) return 0;
  const std::vector<std::uint8_t> frame(data + 1, data + size);
  const ParseOptions options{.ipv4_checksum_known_good = (data[0] & 1U) != 0,
                             .udp_checksum_known_good = (data[0] & 2U) != 0};
  const FrameVerdict verdict = fuzz::judge(frame, options);
  if (verdict.is_link_work()) fuzz::respond(frame, verdict);
  return 0;
}
