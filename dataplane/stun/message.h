// Parsing of STUN messages (RFC 8489) as ICE uses them (RFC 8445). No allocation, no copies: the
// view borrows the datagram. Workers use it for known flows, the control plane for unknown ones;
// stateless.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "dataplane/base/drop_reason.h"
#include "dataplane/base/ip_address.h"
#include "dataplane/base/limits.h"
#include "dataplane/base/static_vector.h"
#include "dataplane/stun/attribute.h"

namespace penstock::stun {

using TransactionId = std::array<std::uint8_t, 12>;

enum class MessageClass : std::uint8_t {
  kRequest = 0,
  kIndication = 1,
  kSuccessResponse = 2,
  kErrorResponse = 3,
};

struct MessageView {
  std::span<const std::uint8_t> bytes;  // the whole datagram
  MessageClass message_class = MessageClass::kRequest;
  std::uint16_t method = 0;
  TransactionId transaction_id{};

  std::optional<std::string_view> username;
  std::optional<std::uint32_t> priority;
  bool use_candidate = false;
  std::optional<std::uint64_t> ice_controlling;  // the tie breaker
  std::optional<std::uint64_t> ice_controlled;   // the tie breaker
  std::optional<std::uint32_t> nomination;
  std::optional<SocketAddress> xor_mapped_address;
  std::optional<std::uint16_t> error_code;  // 300..699
  std::string_view error_reason;
  // Comprehension-required types we do not know, in order, those before MESSAGE-INTEGRITY only.
  StaticVector<std::uint16_t, kStunUnknownAttributesMax> unknown_required;
  // Where the attribute starts in `bytes`; zero without one. Not verified: verify_integrity().
  std::uint16_t message_integrity_offset = 0;
  bool has_message_integrity_sha256 = false;  // noted only: ICE uses SHA-1 (RFC 8445 section 7)
  bool has_fingerprint = false;               // present and right; a wrong one fails the parse
};

// Parses one datagram. kStunInvalid unless it is a whole, well-formed message: first two bits zero,
// the magic cookie, a length that is a multiple of four and ends with the datagram, attributes
// inside it and of the size their type has, and FINGERPRINT, if present, last and right. Attributes
// behind MESSAGE-INTEGRITY other than FINGERPRINT have no effect (section 14.5); of repeated ones
// the first counts (section 14).
[[nodiscard]] DropReason parse_message(std::span<const std::uint8_t> datagram,
                                       MessageView& message);

// The two ufrags of an ICE username, "receiver's:sender's" (RFC 8445 section 7.2.2).
struct UsernameParts {
  std::string_view local_ufrag;   // ours, when we received the request
  std::string_view remote_ufrag;  // the sender's
};
// Empty unless there is exactly one colon with text on both sides.
std::optional<UsernameParts> split_username(std::string_view username);

}  // namespace penstock::stun
