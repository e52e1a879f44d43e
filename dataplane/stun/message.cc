#include "dataplane/stun/message.h"

#include <algorithm>
#include <cstring>

#include "dataplane/base/byte_reader.h"
#include "dataplane/base/endian.h"
#include "dataplane/stun/crc32.h"
#include "dataplane/stun/xor_address.h"

namespace penstock::stun {
namespace {

using Bytes = std::span<const std::uint8_t>;

std::string_view as_text(Bytes bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

// Walks the attributes of one message and fills its view.
class AttributeParser {
 public:
  AttributeParser(Bytes datagram, MessageView& message) : datagram_(datagram), message_(message) {}

  bool parse() {
    ByteReader reader(datagram_);
    reader.skip(kHeaderBytes);
    while (reader.remaining() > 0) {
      // FINGERPRINT is the last attribute or the message is not what it was.
      if (message_.has_fingerprint) return false;
      offset_ = reader.position();
      const std::uint16_t type = reader.read_u16();
      const std::size_t value_bytes = reader.read_u16();
      const Bytes value = reader.read_bytes(value_bytes);
      reader.skip((4 - value_bytes % 4) % 4);
      if (!reader.ok() || !take(type, value)) return false;
    }
    return true;
  }

 private:
  // False if the attribute makes the message malformed.
  bool take(std::uint16_t type, Bytes value) {
    if (type == kAttributeFingerprint) return take_fingerprint(value);
    if (is_sealed_) return true;
    if (type == kAttributeMessageIntegrity) return take_message_integrity(value);
    if (type == kAttributeMessageIntegritySha256) {
      message_.has_message_integrity_sha256 = true;
      is_sealed_ = true;
      return true;
    }
    return take_plain(type, value);
  }

  bool take_plain(std::uint16_t type, Bytes value) {
    switch (type) {
      case kAttributeUsername:
        if (value.size() > kUsernameBytesMax) return false;
        if (!message_.username) message_.username = as_text(value);
        return true;
      case kAttributePriority:
        return take_u32(value, message_.priority);
      case kAttributeNomination:
        return take_u32(value, message_.nomination);
      case kAttributeUseCandidate:
        message_.use_candidate = true;
        return value.empty();
      case kAttributeIceControlling:
        return take_u64(value, message_.ice_controlling);
      case kAttributeIceControlled:
        return take_u64(value, message_.ice_controlled);
      case kAttributeXorMappedAddress:
        return take_xor_mapped_address(value);
      case kAttributeErrorCode:
        return take_error_code(value);
      case kAttributeUnknownAttributes:
      case kAttributeRealm:
      case kAttributeNonce:
        return true;  // known, and without meaning for ICE
      default:
        note_unknown(type);
        return true;
    }
  }

  static bool take_u32(Bytes value, std::optional<std::uint32_t>& field) {
    if (value.size() != 4) return false;
    if (!field) field = load_be32(value.data());
    return true;
  }

  static bool take_u64(Bytes value, std::optional<std::uint64_t>& field) {
    if (value.size() != 8) return false;
    if (!field) field = load_be64(value.data());
    return true;
  }

  bool take_xor_mapped_address(Bytes value) {
    if (value.size() != 8 && value.size() != 20) return false;
    const std::uint8_t family = value.size() == 8 ? kAddressFamilyIpv4 : kAddressFamilyIpv6;
    if (value[1] != family) return false;
    if (message_.xor_mapped_address) return true;
    std::array<std::uint8_t, 16> address{};
    std::memcpy(address.data(), &value[4], value.size() - 4);
    xor_address(address, message_.transaction_id);
    message_.xor_mapped_address = {family == kAddressFamilyIpv4
                                       ? IpAddress::from_v4_bytes(address.data())
                                       : IpAddress::from_v6_bytes(address.data()),
                                   xor_port(load_be16(&value[2]))};
    return true;
  }

  bool take_error_code(Bytes value) {
    if (value.size() < 4) return false;
    const unsigned hundreds = value[2] & 7U;
    const unsigned rest = value[3];
    if (hundreds < 3 || hundreds > 6 || rest > 99) return false;
    if (message_.error_code) return true;
    message_.error_code = static_cast<std::uint16_t>(hundreds * 100 + rest);
    message_.error_reason = as_text(value.subspan(4));
    return true;
  }

  bool take_message_integrity(Bytes value) {
    if (value.size() != kMessageIntegrityBytes) return false;
    message_.message_integrity_offset = static_cast<std::uint16_t>(offset_);
    is_sealed_ = true;
    return true;
  }

  bool take_fingerprint(Bytes value) {
    if (value.size() != 4) return false;
    message_.has_fingerprint = true;
    return load_be32(value.data()) == (crc32(datagram_.first(offset_)) ^ kFingerprintXor);
  }

  void note_unknown(std::uint16_t type) {
    if (!is_comprehension_required(type)) return;
    const auto known = message_.unknown_required.span();
    if (std::find(known.begin(), known.end(), type) != known.end()) return;
    // Beyond the limit they are refused all the same; the answer just does not name them.
    (void)message_.unknown_required.push_back(type);
  }

  Bytes datagram_;
  MessageView& message_;
  std::size_t offset_ = 0;  // of the attribute at hand
  bool is_sealed_ = false;  // behind MESSAGE-INTEGRITY: nothing but FINGERPRINT counts
};

bool parse_header(Bytes datagram, MessageView& message) {
  ByteReader reader(datagram);
  const std::uint16_t type = reader.read_u16();
  const std::uint16_t length = reader.read_u16();
  const std::uint32_t cookie = reader.read_u32();
  const Bytes transaction_id = reader.read_bytes(message.transaction_id.size());
  if (!reader.ok() || (type & 0xC000U) != 0 || cookie != kMagicCookie) return false;
  if (length % 4 != 0 || length != reader.remaining()) return false;
  // The class is spread over bits 4 and 8 of the type (section 5).
  message.message_class = static_cast<MessageClass>(((type >> 7) & 2U) | ((type >> 4) & 1U));
  message.method =
      static_cast<std::uint16_t>((type & 0xFU) | ((type >> 1) & 0x70U) | ((type >> 2) & 0xF80U));
  std::copy(transaction_id.begin(), transaction_id.end(), message.transaction_id.begin());
  return true;
}

}  // namespace

DropReason parse_message(std::span<const std::uint8_t> datagram, MessageView& message) {
  message = {};
  message.bytes = datagram;
  if (!parse_header(datagram, message)) return DropReason::kStunInvalid;
  return AttributeParser(datagram, message).parse() ? DropReason::kNone : DropReason::kStunInvalid;
}

std::optional<UsernameParts> split_username(std::string_view username) {
  const std::size_t colon = username.find(':');
  if (colon == std::string_view::npos || colon == 0 || colon + 1 == username.size()) return {};
  if (username.find(':', colon + 1) != std::string_view::npos) return {};
  return UsernameParts{username.substr(0, colon), username.substr(colon + 1)};
}

}  // namespace penstock::stun
