#include "dataplane/rtp/header_extension.h"

#include "dataplane/base/endian.h"

namespace penstock {

ParsedExtensions parse_extensions(std::span<const std::uint8_t> packet, const RtpHeader& header,
                                  const ExtensionMap& map) {
  ParsedExtensions parsed;
  ExtensionReader reader(packet, header);
  while (const auto element = reader.next()) {
    for (std::size_t kind = 0; kind < kHeaderExtensionCount; ++kind) {
      if (map.ids[kind] != element->id) continue;
      auto& location = parsed.locations[kind];
      if (location.offset == 0) location = {element->offset, element->size};
      break;
    }
  }
  return parsed;
}

std::string_view ParsedExtensions::text(std::span<const std::uint8_t> packet,
                                        HeaderExtension kind) const {
  static_assert(kMidBytesMax == kRidBytesMax);
  const auto data = bytes(packet, kind);
  if (data.empty() || data.size() > kMidBytesMax) return {};
  return {reinterpret_cast<const char*>(data.data()), data.size()};
}

std::optional<std::uint16_t> ParsedExtensions::transport_sequence_number(
    std::span<const std::uint8_t> packet) const {
  const auto data = bytes(packet, HeaderExtension::kTransportCc);
  if (data.size() != 2) return std::nullopt;
  return load_be16(data.data());
}

std::optional<AudioLevel> ParsedExtensions::audio_level(
    std::span<const std::uint8_t> packet) const {
  const auto data = bytes(packet, HeaderExtension::kAudioLevel);
  if (data.size() != 1) return std::nullopt;
  return AudioLevel{static_cast<std::uint8_t>(data[0] & 0x7F), (data[0] & 0x80) != 0};
}

}  // namespace penstock
