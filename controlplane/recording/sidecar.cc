#include "controlplane/recording/sidecar.h"

#include <boost/json.hpp>

#include "controlplane/recording/mjr_format.h"

namespace penstock::recording {
namespace {

namespace json = boost::json;

// What it is about is text of ours already.
json::value about(const Description& description) {
  boost::system::error_code error;
  json::value value = json::parse(description.about_json, error);
  return error ? json::value(json::object()) : value;
}

template <typename Entries, typename Write>
json::array list(const Entries& entries, Write&& write) {
  json::array array;
  array.reserve(entries.size());
  for (const auto& entry : entries) array.push_back(write(entry));
  return array;
}

}  // namespace

std::string Sidecar::json(const Description& description, const Totals& totals) const {
  json::object all;
  all["penstock_recording"] = 1;
  all["participant"] = about(description);
  all["mid"] = description.mid;
  all["mindex"] = description.mindex;
  all["codec"] = mjr_codec(description);
  if (description.kind != MediaKind::kData) all["clock_hz"] = codec_clock_hz(description.codec);
  all["created_us"] = totals.created_us;
  all["first_us"] = totals.first_us;
  all["duration_ms"] = totals.duration_ms;
  all["packets"] = totals.packets;
  all["bytes"] = totals.bytes;
  all["lost"] = lost_;
  all["ended"] = totals.ended;
  all["clocks"] = list(clocks_.entries(), [](const Clock& clock) {
    return json::object{{"unix_us", clock.unix_us}, {"rtp", clock.rtp_timestamp}};
  });
  all["gaps"] = list(gaps_.entries(), [](const Gap& gap) {
    return json::object{{"at_ms", gap.at_ms}, {"packets", gap.packets}};
  });
  all["layers"] = list(layers_.entries(), [](const LayerChange& change) {
    return json::object{{"at_ms", change.at_ms}, {"layer", change.layer}};
  });
  all["keyframes"] = list(keyframes_.entries(), [](const Keyframe& keyframe) {
    return json::object{{"at_ms", keyframe.at_ms}, {"offset", keyframe.offset}};
  });
  return json::serialize(all) + "\n";
}

}  // namespace penstock::recording
