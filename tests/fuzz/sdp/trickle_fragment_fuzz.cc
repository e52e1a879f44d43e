// Any text as a fragment with ICE credentials and candidates (RFC 8840): what is read survives
// being written and read again, and stays within its limits.
#include <cstdint>
#include <string>
#include <string_view>

#include "controlplane/sdp/limits.h"
#include "controlplane/sdp/trickle_fragment.h"
#include "dataplane/base/check.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  namespace sdp = penstock::sdp;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto fragment = sdp::parse_trickle_fragment(text);
  if (!fragment) return 0;
  PENSTOCK_CHECK(fragment->ice_ufrag.empty() == fragment->ice_pwd.empty());
  std::size_t candidates = 0;
  for (const sdp::FragmentMedia& media : fragment->media) candidates += media.candidates.size();
  PENSTOCK_CHECK(candidates <= sdp::kCandidatesMax);
  const std::string written = sdp::write_trickle_fragment(*fragment);
  if (written.size() > sdp::kFragmentBytesMax) return 0;
  // Mids and options alone say nothing; credentials or candidates do.
  const auto again = sdp::parse_trickle_fragment(written);
  PENSTOCK_CHECK(again.has_value());
  PENSTOCK_CHECK(*again == *fragment);
  return 0;
}
