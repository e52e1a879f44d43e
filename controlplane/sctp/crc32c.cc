#include "controlplane/sctp/crc32c.h"

#include <nmmintrin.h>

#include <cstring>

namespace penstock {
namespace {

constexpr std::size_t kChecksumOffset = 8;
constexpr std::size_t kChecksumBytes = 4;

std::uint32_t add(std::uint32_t crc, std::span<const std::uint8_t> bytes) {
  std::uint64_t wide = crc;
  while (bytes.size() >= 8) {
    std::uint64_t word;
    std::memcpy(&word, bytes.data(), 8);
    wide = _mm_crc32_u64(wide, word);
    bytes = bytes.subspan(8);
  }
  crc = static_cast<std::uint32_t>(wide);
  for (const std::uint8_t byte : bytes) crc = _mm_crc32_u8(crc, byte);
  return crc;
}

}  // namespace

std::uint32_t sctp_checksum(std::span<const std::uint8_t> packet) {
  std::uint32_t crc = add(~0U, packet.first(kChecksumOffset));
  crc = _mm_crc32_u32(crc, 0);
  return ~add(crc, packet.subspan(kChecksumOffset + kChecksumBytes));
}

bool has_valid_sctp_checksum(std::span<const std::uint8_t> packet) {
  std::uint32_t stored;
  std::memcpy(&stored, packet.data() + kChecksumOffset, kChecksumBytes);
  return stored == sctp_checksum(packet);
}

void write_sctp_checksum(std::span<std::uint8_t> packet) {
  const std::uint32_t checksum = sctp_checksum(packet);
  std::memcpy(packet.data() + kChecksumOffset, &checksum, kChecksumBytes);
}

}  // namespace penstock
