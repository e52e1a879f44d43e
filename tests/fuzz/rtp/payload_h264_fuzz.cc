#include "tests/fuzz/rtp/payload_fuzz.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  penstock::fuzz::check_payload(penstock::Codec::kH264, data, size);
  return 0;
}
