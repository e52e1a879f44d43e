#include "dataplane/stun/writer.h"

#include "dataplane/base/endian.h"
#include "dataplane/stun/crc32.h"
#include "dataplane/stun/hmac_sha1.h"
#include "dataplane/stun/xor_address.h"

namespace penstock::stun {
namespace {

std::span<const std::uint8_t> as_bytes(std::string_view text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

std::uint16_t binding_type(MessageClass message_class) {
  const auto value = static_cast<unsigned>(message_class);
  return static_cast<std::uint16_t>(((value & 2U) << 7) | ((value & 1U) << 4) | kMethodBinding);
}

std::string_view reason_phrase(std::uint16_t code) {
  switch (code) {
    case kErrorBadRequest:
      return "Bad Request";
    case kErrorUnauthenticated:
      return "Unauthenticated";
    case kErrorUnknownAttribute:
      return "Unknown Attribute";
    case kErrorRoleConflict:
      return "Role Conflict";
    default:
      return "";
  }
}

}  // namespace

MessageWriter::MessageWriter(std::span<std::uint8_t> buffer, MessageClass message_class,
                             const TransactionId& transaction_id)
    : writer_(buffer), transaction_id_(transaction_id) {
  writer_.write_u16(binding_type(message_class));
  writer_.write_u16(0);
  writer_.write_u32(kMagicCookie);
  writer_.write_bytes(transaction_id);
}

void MessageWriter::begin(std::uint16_t type, std::size_t value_bytes) {
  const std::size_t padded_bytes = (value_bytes + 3) / 4 * 4;
  writer_.patch_u16(2, static_cast<std::uint16_t>(writer_.size() + kAttributeHeaderBytes +
                                                  padded_bytes - kHeaderBytes));
  writer_.write_u16(type);
  writer_.write_u16(static_cast<std::uint16_t>(value_bytes));
}

void MessageWriter::pad() { writer_.write_zeros((4 - writer_.size() % 4) % 4); }

void MessageWriter::add_bytes(std::uint16_t type, std::span<const std::uint8_t> value) {
  begin(type, value.size());
  writer_.write_bytes(value);
  pad();
}

void MessageWriter::add_text(std::uint16_t type, std::string_view value) {
  add_bytes(type, as_bytes(value));
}

void MessageWriter::add_u32(std::uint16_t type, std::uint32_t value) {
  begin(type, 4);
  writer_.write_u32(value);
}

void MessageWriter::add_u64(std::uint16_t type, std::uint64_t value) {
  begin(type, 8);
  writer_.write_u64(value);
}

void MessageWriter::add_xor_mapped_address(const SocketAddress& address) {
  const bool is_v4 = address.ip.is_v4();
  std::array<std::uint8_t, 16> bytes = address.ip.bytes;
  if (is_v4) std::memcpy(bytes.data(), address.ip.v4_bytes(), 4);
  const std::span<std::uint8_t> value(bytes.data(), is_v4 ? 4 : 16);
  xor_address(value, transaction_id_);
  begin(kAttributeXorMappedAddress, 4 + value.size());
  writer_.write_u8(0);
  writer_.write_u8(is_v4 ? kAddressFamilyIpv4 : kAddressFamilyIpv6);
  writer_.write_u16(xor_port(address.port));
  writer_.write_bytes(value);
}

void MessageWriter::add_error_code(std::uint16_t code, std::string_view reason) {
  begin(kAttributeErrorCode, 4 + reason.size());
  writer_.write_u16(0);
  writer_.write_u8(static_cast<std::uint8_t>(code / 100));
  writer_.write_u8(static_cast<std::uint8_t>(code % 100));
  writer_.write_bytes(as_bytes(reason));
  pad();
}

void MessageWriter::add_unknown_attributes(std::span<const std::uint16_t> types) {
  begin(kAttributeUnknownAttributes, 2 * types.size());
  for (const std::uint16_t type : types) writer_.write_u16(type);
  pad();
}

void MessageWriter::add_message_integrity(std::string_view password) {
  const std::size_t covered_bytes = writer_.size();
  begin(kAttributeMessageIntegrity, kMessageIntegrityBytes);
  if (!writer_.ok()) return;
  writer_.write_bytes(hmac_sha1(as_bytes(password), writer_.written().first(covered_bytes)));
}

void MessageWriter::add_fingerprint() {
  const std::size_t covered_bytes = writer_.size();
  begin(kAttributeFingerprint, 4);
  if (!writer_.ok()) return;
  writer_.write_u32(crc32(writer_.written().first(covered_bytes)) ^ kFingerprintXor);
}

std::size_t write_binding_success(const TransactionId& transaction_id, const SocketAddress& mapped,
                                  std::string_view password, std::span<std::uint8_t> out) {
  MessageWriter writer(out, MessageClass::kSuccessResponse, transaction_id);
  writer.add_xor_mapped_address(mapped);
  writer.add_message_integrity(password);
  writer.add_fingerprint();
  return writer.finish();
}

std::size_t write_binding_error(const TransactionId& transaction_id, const BindingError& error,
                                std::span<std::uint8_t> out) {
  MessageWriter writer(out, MessageClass::kErrorResponse, transaction_id);
  writer.add_error_code(error.code, reason_phrase(error.code));
  if (error.code == kErrorUnknownAttribute) writer.add_unknown_attributes(error.unknown_attributes);
  if (error.password) writer.add_message_integrity(*error.password);
  writer.add_fingerprint();
  return writer.finish();
}

std::size_t write_binding_request(const BindingRequest& request, std::span<std::uint8_t> out) {
  MessageWriter writer(out, MessageClass::kRequest, request.transaction_id);
  writer.add_text(kAttributeUsername, request.username);
  writer.add_u32(kAttributePriority, request.priority);
  if (request.ice_controlling) writer.add_u64(kAttributeIceControlling, *request.ice_controlling);
  if (request.ice_controlled) writer.add_u64(kAttributeIceControlled, *request.ice_controlled);
  if (request.use_candidate) writer.add_flag(kAttributeUseCandidate);
  if (request.nomination) writer.add_u32(kAttributeNomination, *request.nomination);
  writer.add_message_integrity(request.password);
  writer.add_fingerprint();
  return writer.finish();
}

}  // namespace penstock::stun
