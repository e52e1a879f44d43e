// Building of STUN messages (RFC 8489) into a caller's buffer. The responder writes answers with
// it, test clients and the load generator write requests. A value on the stack of its user.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "dataplane/base/byte_writer.h"
#include "dataplane/base/ip_address.h"
#include "dataplane/stun/message.h"

namespace penstock::stun {

// Appends attributes in the order of the calls. MESSAGE-INTEGRITY and FINGERPRINT cover what was
// written before them and come last, in this order.
class MessageWriter {
 public:
  // Writes the header of a Binding message.
  MessageWriter(std::span<std::uint8_t> buffer, MessageClass message_class,
                const TransactionId& transaction_id);

  void add_bytes(std::uint16_t type, std::span<const std::uint8_t> value);
  void add_text(std::uint16_t type, std::string_view value);
  void add_flag(std::uint16_t type) { add_bytes(type, {}); }
  void add_u32(std::uint16_t type, std::uint32_t value);
  void add_u64(std::uint16_t type, std::uint64_t value);
  void add_xor_mapped_address(const SocketAddress& address);
  void add_error_code(std::uint16_t code, std::string_view reason);
  void add_unknown_attributes(std::span<const std::uint16_t> types);
  void add_message_integrity(std::string_view password);
  void add_fingerprint();

  // The size of the message; zero if it did not fit the buffer.
  std::size_t finish() const { return writer_.ok() ? writer_.size() : 0; }

 private:
  // Starts an attribute and sets the header's length to its end, which integrity and fingerprint
  // rely on.
  void begin(std::uint16_t type, std::size_t value_bytes);
  void pad();

  ByteWriter writer_;
  TransactionId transaction_id_;
};

// Writes a success answer: XOR-MAPPED-ADDRESS, MESSAGE-INTEGRITY, FINGERPRINT and nothing else (no
// USERNAME, RFC 8489 section 9.1.3; no SOFTWARE). Returns its size, zero if it does not fit.
std::size_t write_binding_success(const TransactionId& transaction_id, const SocketAddress& mapped,
                                  std::string_view password, std::span<std::uint8_t> out);

struct BindingError {
  std::uint16_t code = 0;  // one of attribute.h's; the reason phrase follows from it
  std::span<const std::uint16_t> unknown_attributes;  // for 420
  // Set if the request was authenticated; 400 and 401 go without MESSAGE-INTEGRITY (section 9.1.3).
  std::optional<std::string_view> password;
};
// Writes an error answer. Returns its size, zero if it does not fit.
std::size_t write_binding_error(const TransactionId& transaction_id, const BindingError& error,
                                std::span<std::uint8_t> out);

struct BindingRequest {
  TransactionId transaction_id{};
  std::string_view username;  // "receiver's ufrag:sender's ufrag"
  std::string_view password;  // the receiver's pwd
  std::uint32_t priority = 0;
  bool use_candidate = false;
  std::optional<std::uint64_t> ice_controlling;
  std::optional<std::uint64_t> ice_controlled;
  std::optional<std::uint32_t> nomination;
};
// Writes a connectivity check as a full agent sends it (RFC 8445 section 7.2). Returns its size,
// zero if it does not fit.
std::size_t write_binding_request(const BindingRequest& request, std::span<std::uint8_t> out);

}  // namespace penstock::stun
