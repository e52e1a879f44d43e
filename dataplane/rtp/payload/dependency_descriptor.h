// The mandatory fields of the dependency descriptor header extension (AV1 RTP specification,
// appendix A.8.1), which is sent for AV1 and, by Chromium, for VP9 too. Stateless; called by
// workers.
#pragma once

#include <cstdint>
#include <optional>
#include <span>

namespace penstock {

struct DependencyDescriptor {
  bool is_frame_start = false;
  bool is_frame_end = false;
  std::uint8_t template_id = 0;  // 6 bits
  std::uint16_t frame_number = 0;
  // A template dependency structure is attached: the frame starts a coded video sequence.
  bool has_structure = false;
};

// Reads the element's data (HeaderExtension::kDependencyDescriptor); empty if it has fewer than 3
// bytes.
std::optional<DependencyDescriptor> parse_dependency_descriptor(std::span<const std::uint8_t> data);

}  // namespace penstock
