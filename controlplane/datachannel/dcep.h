// The messages that open data channels (DCEP, RFC 8832), and the payload protocol identifiers of
// what goes over them (RFC 8831 section 8). Values and pure functions; any thread.
#pragma once

#include <cstdint>
#include <expected>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "controlplane/sctp/sctp_association.h"

namespace penstock {

inline constexpr std::uint32_t kDcepProtocol = 50;
inline constexpr std::uint32_t kTextProtocol = 51;
inline constexpr std::uint32_t kBinaryProtocol = 53;
inline constexpr std::uint32_t kEmptyTextProtocol = 56;
inline constexpr std::uint32_t kEmptyBinaryProtocol = 57;

// What a channel promises, and how it is called.
struct DataChannelParameters {
  std::string label;
  std::string protocol;
  bool is_ordered = true;
  SctpReliability reliability = SctpReliability::kFull;
  std::uint32_t reliability_limit = 0;  // milliseconds, or how often
  std::uint16_t priority = 256;

  bool is_reliable() const { return reliability == SctpReliability::kFull; }
  bool operator==(const DataChannelParameters&) const = default;
};

enum class DcepError : std::uint8_t { kTooShort, kNoSuchType, kTooLong, kNotUtf8 };
std::string_view to_string(DcepError error);

bool is_dcep_open(std::span<const std::uint8_t> message);
bool is_dcep_ack(std::span<const std::uint8_t> message);
// Of a message that is_dcep_open().
std::expected<DataChannelParameters, DcepError> read_dcep_open(
    std::span<const std::uint8_t> message);
// Label and protocol have at most kDataLabelBytesMax bytes.
std::vector<std::uint8_t> write_dcep_open(const DataChannelParameters& parameters);
std::vector<std::uint8_t> write_dcep_ack();

}  // namespace penstock
