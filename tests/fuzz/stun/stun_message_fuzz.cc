// Any bytes as a STUN message, at every alignment. The first byte is no part of it: it chooses the
// alignment, and whether a FINGERPRINT is made right first, which random bytes never are.
#include <algorithm>
#include <vector>

#include "dataplane/base/check.h"
#include "dataplane/base/endian.h"
#include "dataplane/stun/crc32.h"
#include "dataplane/stun/integrity.h"
#include "dataplane/stun/message.h"

namespace {

using namespace penstock;

// Makes the last eight bytes a right FINGERPRINT.
void seal(std::span<std::uint8_t> message) {
  if (message.size() < stun::kHeaderBytes + 8) return;
  const std::size_t at = message.size() - 8;
  store_be16(&message[at], stun::kAttributeFingerprint);
  store_be16(&message[at + 2], 4);
  store_be32(&message[at + 4], stun::crc32(message.first(at)) ^ stun::kFingerprintXor);
}

bool is_inside(std::string_view text, std::span<const std::uint8_t> bytes) {
  const auto* start = reinterpret_cast<const std::uint8_t*>(text.data());
  return text.empty() ||
         (start >= bytes.data() && start + text.size() <= bytes.data() + bytes.size());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::size_t offset = data[0] & 7U;
  std::vector<std::uint8_t> buffer(offset + size - 1);
  std::copy(data + 1, data + size, buffer.begin() + static_cast<std::ptrdiff_t>(offset));
  const std::span<std::uint8_t> bytes = std::span(buffer).subspan(offset);
  if ((data[0] & 8U) != 0) seal(bytes);

  stun::MessageView message;
  if (stun::parse_message(bytes, message) != DropReason::kNone) return 0;
  PENSTOCK_CHECK(is_inside(message.username.value_or(""), bytes));
  PENSTOCK_CHECK(is_inside(message.error_reason, bytes));
  PENSTOCK_CHECK(message.message_integrity_offset == 0 ||
                 message.message_integrity_offset + 24U <= bytes.size());
  (void)stun::verify_integrity(message, "password");
  if (message.username) (void)stun::split_username(*message.username);
  return 0;
}
