#include <array>

#include "dataplane/base/check.h"
#include "dataplane/forward/active_targets.h"

// Two descriptors, of which the first byte says where the second begins, for a receiver of the
// layers that the second byte says. What is written anew reads as before, but for the mask.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  const penstock::Layer shown{static_cast<std::uint8_t>(data[1] & 3U),
                              static_cast<std::uint8_t>(data[1] >> 2 & 3U)};
  const std::span rest(data + 2, size - 2);
  const std::size_t first = data[0] < rest.size() ? data[0] : rest.size();
  penstock::ActiveTargets targets;
  penstock::DependencyStructure before;
  penstock::DependencyStructure after;
  for (const auto descriptor : {rest.first(first), rest.subspan(first)}) {
    if (descriptor.size() > penstock::ActiveTargets::kDescriptorBytesMax) return 0;
    targets.take(descriptor, 1, shown);
    std::array<std::uint8_t, penstock::ActiveTargets::kDescriptorBytesMax> bytes;
    std::span<const std::uint8_t> sent = descriptor;
    if (targets.changes(descriptor, 1)) {
      const std::size_t written = targets.write(descriptor, bytes);
      if (written != 0) sent = std::span(bytes).first(written);
    }
    const auto was = before.read(descriptor);
    const auto is = after.read(sent);
    if (!was) return 0;
    PENSTOCK_CHECK(is && is->spatial_layer == was->spatial_layer);
    PENSTOCK_CHECK(is->temporal_layer == was->temporal_layer && is->pixels == was->pixels);
    PENSTOCK_CHECK(is->not_for_spatial == was->not_for_spatial);
    if (sent.data() == bytes.data())
      PENSTOCK_CHECK((after.active_targets() & ~before.targets().all()) == 0);
  }
  return 0;
}
