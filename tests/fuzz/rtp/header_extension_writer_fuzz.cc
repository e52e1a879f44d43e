#include <array>
#include <vector>

#include "dataplane/base/byte_reader.h"
#include "dataplane/base/check.h"
#include "dataplane/rtp/header_extension.h"
#include "dataplane/rtp/header_extension_writer.h"

// Input: size of the buffer, then elements of {id, size, data}. What was written is read back.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  penstock::ByteReader input({data, size});
  std::vector<std::uint8_t> packet(penstock::kRtpFixedHeaderBytes + input.read_u16() % 1'400);
  packet[0] = 0x90;
  penstock::ExtensionWriter writer{std::span(packet).subspan(penstock::kRtpFixedHeaderBytes)};
  std::vector<std::pair<std::uint8_t, std::span<const std::uint8_t>>> added;
  while (input.remaining() > 0 && writer.ok()) {
    const std::uint8_t id = input.read_u8();
    const auto value = input.read_bytes(input.read_u8());
    writer.add(id, value);
    if (id != 0) added.emplace_back(id, value);
  }
  const std::size_t bytes = writer.finish();
  if (bytes == 0) return 0;
  packet.resize(penstock::kRtpFixedHeaderBytes + bytes);
  const auto header = penstock::parse_rtp_header(packet);
  PENSTOCK_CHECK(header && header->header_bytes == packet.size());
  penstock::ExtensionReader reader(packet, *header);
  for (const auto& [id, value] : added) {
    const auto element = reader.next();
    PENSTOCK_CHECK(element && element->id == id && element->size == value.size());
    PENSTOCK_CHECK(std::equal(value.begin(), value.end(), packet.begin() + element->offset));
  }
  PENSTOCK_CHECK(!reader.next());
  return 0;
}
