// a=fingerprint values of peers: what is accepted survives being written and parsed again.
#include <cstdint>
#include <string_view>

#include "controlplane/dtls/fingerprint.h"
#include "dataplane/base/check.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view value(reinterpret_cast<const char*>(data), size);
  const auto fingerprint = penstock::parse_fingerprint(value);
  if (!fingerprint) return 0;
  const std::string written = penstock::format_fingerprint(*fingerprint);
  PENSTOCK_CHECK(written.size() == size);
  PENSTOCK_CHECK(penstock::parse_fingerprint(written) == fingerprint);
  return 0;
}
