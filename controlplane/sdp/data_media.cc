#include "controlplane/sdp/data_media.h"

#include <algorithm>

#include "controlplane/sdp/tokens.h"

namespace penstock::sdp {
namespace {

constexpr std::string_view kDataChannelFormat = "webrtc-datachannel";

}  // namespace

std::expected<DataMedia, std::string> read_data_media(const MediaDescription& media) {
  if (media.protocol != "UDP/DTLS/SCTP" && media.protocol != "TCP/DTLS/SCTP")
    return std::unexpected("its protocol is neither UDP/DTLS/SCTP nor TCP/DTLS/SCTP");
  if (media.formats.empty() || !equals_ignoring_case(media.formats.front(), kDataChannelFormat))
    return std::unexpected("its format is not webrtc-datachannel");
  if (!media.sctp_port || *media.sctp_port == 0) return std::unexpected("no a=sctp-port");
  return DataMedia{.sctp_port = *media.sctp_port,
                   .message_bytes_max = media.max_message_bytes.value_or(kMessageBytesMaxDefault)};
}

MediaDescription describe_data_media(std::string_view mid, std::string_view protocol,
                                     std::uint64_t message_bytes_max) {
  MediaDescription media;
  media.kind = "application";
  media.protocol = protocol;
  media.formats = {std::string(kDataChannelFormat)};
  media.mid = mid;
  media.sctp_port = kOurSctpPort;
  media.max_message_bytes = message_bytes_max;
  return media;
}

}  // namespace penstock::sdp
