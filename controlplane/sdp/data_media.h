// The m-line of data channels (RFC 8841): what a peer's says, and ours. Internal to negotiation but
// for DataMedia; pure functions.
#pragma once

#include <cstdint>
#include <expected>
#include <string>

#include "controlplane/sdp/session_description.h"

namespace penstock::sdp {

inline constexpr std::uint16_t kOurSctpPort = 5'000;
// RFC 8841 section 6.1: what a peer takes that does not say.
inline constexpr std::uint64_t kMessageBytesMaxDefault = 65'536;

// What a peer says of its end.
struct DataMedia {
  std::uint16_t sctp_port = kOurSctpPort;
  std::uint64_t message_bytes_max = kMessageBytesMaxDefault;  // 0: any

  bool operator==(const DataMedia&) const = default;
};

inline bool is_data_media(const MediaDescription& media) { return media.kind == "application"; }

// Of an m-line that is_data_media(); or why it cannot be taken.
std::expected<DataMedia, std::string> read_data_media(const MediaDescription& media);

// Ours, in an offer or an answer: `protocol` as the offer has it. The transport is not in it yet.
MediaDescription describe_data_media(std::string_view mid, std::string_view protocol,
                                     std::uint64_t message_bytes_max);

}  // namespace penstock::sdp
