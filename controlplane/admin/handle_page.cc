#include "controlplane/admin/handle_page.h"

#include <boost/json.hpp>
#include <charconv>

namespace penstock {
namespace {

namespace json = boost::json;

json::object stream_json(const StreamSnapshot& stream) {
  return {{"mid", stream.mid},
          {"kind", stream.kind == MediaKind::kAudio ? "audio" : "video"},
          {"direction", stream.is_sent ? "sent" : "received"},
          {"ssrc", stream.report.ssrc},
          {"packets", stream.report.packets},
          {"payload_bytes", stream.report.payload_bytes},
          {"packets_lost", stream.report.packets_lost},
          {"fraction_lost", stream.report.fraction_lost / 256.0},
          {"jitter", stream.report.jitter}};
}

}  // namespace

std::string handle_json(PeerId peer, const TransportSnapshot& snapshot) {
  json::array streams;
  for (const StreamSnapshot& stream : snapshot.streams) streams.push_back(stream_json(stream));
  const json::object root = {{"handle", peer},
                             {"connected", snapshot.is_connected},
                             {"round_trip_ns", snapshot.round_trip_ns},
                             {"estimate_bps", snapshot.estimate_bps},
                             {"streams", std::move(streams)}};
  return json::serialize(root) + "\n";
}

std::optional<std::string> handle_page(std::string_view path, const TakeSnapshot& take) {
  constexpr std::string_view kFolder = "/handles/";
  if (!path.starts_with(kFolder)) return std::nullopt;
  const std::string_view id = path.substr(kFolder.size());
  PeerId peer = 0;
  const auto read = std::from_chars(id.data(), id.data() + id.size(), peer);
  if (read.ec != std::errc() || read.ptr != id.data() + id.size()) return std::nullopt;
  const auto snapshot = take(peer);
  if (!snapshot) return std::nullopt;
  return handle_json(peer, *snapshot);
}

}  // namespace penstock
