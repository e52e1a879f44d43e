#include "dataplane/base/check.h"
#include "dataplane/rtp/header_extension.h"

namespace {

penstock::ExtensionMap test_map() {
  penstock::ExtensionMap map;
  std::uint8_t id = 1;
  for (std::uint8_t& slot : map.ids) slot = id++;
  return map;
}

void check_extensions(std::span<const std::uint8_t> packet, const penstock::RtpHeader& header) {
  using penstock::HeaderExtension;
  const auto extensions = penstock::parse_extensions(packet, header, test_map());
  for (std::uint8_t i = 0; i < penstock::kHeaderExtensionCount; ++i) {
    const auto kind = static_cast<HeaderExtension>(i);
    const auto& location = extensions.at(kind);
    PENSTOCK_CHECK(std::size_t{location.offset} + location.size <= header.header_bytes);
  }
  PENSTOCK_CHECK(extensions.text(packet, HeaderExtension::kMid).size() <= penstock::kMidBytesMax);
  extensions.transport_sequence_number(packet);
  extensions.audio_level(packet);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::span<const std::uint8_t> packet(data, size);
  const auto header = penstock::parse_rtp_header(packet);
  if (!header) return 0;
  PENSTOCK_CHECK(header->header_bytes <= size);
  const auto padding = penstock::padding_bytes(packet, *header);
  PENSTOCK_CHECK(header->header_bytes + padding.value_or(0) <= size);
  check_extensions(packet, *header);
  return 0;
}
