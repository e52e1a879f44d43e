#include "dataplane/stun/integrity.h"

#include <cstring>

#include "dataplane/base/endian.h"
#include "dataplane/stun/hmac_sha1.h"

namespace penstock::stun {

bool verify_integrity(const MessageView& message, std::string_view password) {
  const std::size_t offset = message.message_integrity_offset;
  if (offset == 0) return false;
  // The header as it was when the attribute was made: its length ends with the attribute, and does
  // not count what follows (section 14.5).
  std::array<std::uint8_t, kHeaderBytes> header;
  std::memcpy(header.data(), message.bytes.data(), header.size());
  const std::size_t end = offset + kAttributeHeaderBytes + kMessageIntegrityBytes;
  store_be16(&header[2], static_cast<std::uint16_t>(end - kHeaderBytes));
  const Sha1Digest expected =
      hmac_sha1({reinterpret_cast<const std::uint8_t*>(password.data()), password.size()}, header,
                message.bytes.subspan(kHeaderBytes, offset - kHeaderBytes));
  const std::span<const std::uint8_t, kSha1Bytes> received(
      message.bytes.subspan(offset + kAttributeHeaderBytes, kSha1Bytes).data(), kSha1Bytes);
  return equal_in_constant_time(expected, received);
}

}  // namespace penstock::stun
