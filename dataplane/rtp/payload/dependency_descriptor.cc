#include "dataplane/rtp/payload/dependency_descriptor.h"

#include "dataplane/base/endian.h"

namespace penstock {

namespace {

constexpr std::size_t kMandatoryBytes = 3;

}  // namespace

std::optional<DependencyDescriptor> parse_dependency_descriptor(
    std::span<const std::uint8_t> data) {
  if (data.size() < kMandatoryBytes) return std::nullopt;
  DependencyDescriptor descriptor;
  descriptor.is_frame_start = (data[0] & 0x80) != 0;
  descriptor.is_frame_end = (data[0] & 0x40) != 0;
  descriptor.template_id = data[0] & 0x3F;
  descriptor.frame_number = load_be16(&data[1]);
  descriptor.has_structure = data.size() > kMandatoryBytes && (data[3] & 0x80) != 0;
  return descriptor;
}

}  // namespace penstock
