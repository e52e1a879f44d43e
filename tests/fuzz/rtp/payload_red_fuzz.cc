// RED: the primary block is within the payload; with another payload type of its blocks it is the
// same payload, and unwraps to the same block.
#include <algorithm>
#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "dataplane/base/check.h"
#include "dataplane/rtp/payload/red.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace penstock;
  const std::span<const std::uint8_t> payload(data, size);
  constexpr std::uint8_t kOther = 103;
  std::array<std::uint8_t, kRedHeadersBytesUsual> headers{};
  const std::size_t header_bytes = renumber_red_headers(payload, kOther, headers);
  PENSTOCK_CHECK(header_bytes <= std::min(size, headers.size()));
  const auto primary = red_primary_offset(payload, 111);
  if (!primary) return 0;
  PENSTOCK_CHECK(*primary > 0 && *primary < size && red_payload_type_of(payload) == 111);
  if (header_bytes == 0) return 0;
  PENSTOCK_CHECK(header_bytes <= *primary);
  std::vector<std::uint8_t> other(headers.begin(),
                                  headers.begin() + static_cast<std::ptrdiff_t>(header_bytes));
  other.insert(other.end(), data + header_bytes, data + size);
  PENSTOCK_CHECK(red_primary_offset(other, kOther) == primary);
  return 0;
}
