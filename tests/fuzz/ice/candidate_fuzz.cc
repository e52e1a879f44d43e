// a=candidate lines of peers: whatever is accepted stays within its limits.
#include <cstdint>
#include <string_view>

#include "controlplane/ice/candidate.h"
#include "dataplane/base/check.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view line(reinterpret_cast<const char*>(data), size);
  const auto candidate = penstock::parse_candidate(line);
  if (!candidate) return 0;
  PENSTOCK_CHECK(!candidate->foundation.empty());
  PENSTOCK_CHECK(candidate->foundation.size() < size);
  PENSTOCK_CHECK(!candidate->ufrag || !candidate->ufrag->empty());
  return 0;
}
