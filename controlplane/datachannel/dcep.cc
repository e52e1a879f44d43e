#include "controlplane/datachannel/dcep.h"

#include <array>
#include <cstddef>

#include "controlplane/datachannel/limits.h"
#include "controlplane/datachannel/utf8.h"
#include "dataplane/base/check.h"
#include "dataplane/base/endian.h"

namespace penstock {
namespace {

constexpr std::uint8_t kAck = 0x02;
constexpr std::uint8_t kOpen = 0x03;
constexpr std::size_t kOpenHeaderBytes = 12;
// RFC 8832 section 5.1, channel type.
constexpr std::uint8_t kUnorderedBit = 0x80;

std::string text_of(std::span<const std::uint8_t> bytes) { return {bytes.begin(), bytes.end()}; }

}  // namespace

std::string_view to_string(DcepError error) {
  constexpr std::array<std::string_view, 4> kTexts = {
      "shorter than it says", "no such channel type", "label or protocol too long",
      "label or protocol is not UTF-8"};
  return kTexts[static_cast<std::size_t>(error)];
}

bool is_dcep_open(std::span<const std::uint8_t> message) {
  return !message.empty() && message[0] == kOpen;
}

bool is_dcep_ack(std::span<const std::uint8_t> message) {
  return message.size() == 1 && message[0] == kAck;
}

std::expected<DataChannelParameters, DcepError> read_dcep_open(
    std::span<const std::uint8_t> message) {
  if (message.size() < kOpenHeaderBytes) return std::unexpected(DcepError::kTooShort);
  const std::uint8_t type = message[1];
  const std::size_t label_bytes = load_be16(&message[8]);
  const std::size_t protocol_bytes = load_be16(&message[10]);
  if ((type & ~kUnorderedBit) > 2) return std::unexpected(DcepError::kNoSuchType);
  if (message.size() < kOpenHeaderBytes + label_bytes + protocol_bytes)
    return std::unexpected(DcepError::kTooShort);
  if (label_bytes > kDataLabelBytesMax || protocol_bytes > kDataLabelBytesMax)
    return std::unexpected(DcepError::kTooLong);
  DataChannelParameters parameters;
  parameters.label = text_of(message.subspan(kOpenHeaderBytes, label_bytes));
  parameters.protocol = text_of(message.subspan(kOpenHeaderBytes + label_bytes, protocol_bytes));
  if (!is_utf8(parameters.label) || !is_utf8(parameters.protocol))
    return std::unexpected(DcepError::kNotUtf8);
  parameters.is_ordered = (type & kUnorderedBit) == 0;
  parameters.priority = load_be16(&message[2]);
  switch (type & ~kUnorderedBit) {
    case 1:
      parameters.reliability = SctpReliability::kRetransmissions;
      break;
    case 2:
      parameters.reliability = SctpReliability::kLifetime;
      break;
    default:
      return parameters;
  }
  parameters.reliability_limit = load_be32(&message[4]);
  return parameters;
}

std::vector<std::uint8_t> write_dcep_open(const DataChannelParameters& parameters) {
  PENSTOCK_CHECK(parameters.label.size() <= kDataLabelBytesMax);
  PENSTOCK_CHECK(parameters.protocol.size() <= kDataLabelBytesMax);
  std::vector<std::uint8_t> message(kOpenHeaderBytes);
  message[0] = kOpen;
  if (parameters.reliability == SctpReliability::kRetransmissions) message[1] = 1;
  if (parameters.reliability == SctpReliability::kLifetime) message[1] = 2;
  if (!parameters.is_ordered) message[1] |= kUnorderedBit;
  store_be16(&message[2], parameters.priority);
  if (!parameters.is_reliable()) store_be32(&message[4], parameters.reliability_limit);
  store_be16(&message[8], static_cast<std::uint16_t>(parameters.label.size()));
  store_be16(&message[10], static_cast<std::uint16_t>(parameters.protocol.size()));
  message.insert(message.end(), parameters.label.begin(), parameters.label.end());
  message.insert(message.end(), parameters.protocol.begin(), parameters.protocol.end());
  return message;
}

std::vector<std::uint8_t> write_dcep_ack() { return {kAck}; }

}  // namespace penstock
