#include "controlplane/whip/layer_choice.h"

#include <algorithm>

#include "controlplane/janus/json.h"
#include "controlplane/janus/json_text.h"
#include "controlplane/whip/offer_rules.h"

namespace penstock::whip {
namespace {

namespace json = janus::json;

// Both kinds of spatial layers: only one of them is what the source has.
void set_spatial(std::uint64_t layer, room::LayerTargets& targets) {
  const auto at_most = static_cast<std::uint32_t>(std::min<std::uint64_t>(layer, 2));
  targets.substream = targets.spatial_layer = at_most;
}

void set_temporal(std::uint64_t layer, room::LayerTargets& targets) {
  const auto at_most = static_cast<std::uint32_t>(std::min<std::uint64_t>(layer, 2));
  targets.temporal = targets.temporal_layer = at_most;
}

std::expected<void, Fault> read_encoding(const json::object& object, room::LayerTargets& targets) {
  for (const char* name : {"encodingId", "rid"}) {
    const auto id = janus::get_string(object, name);
    if (!id) continue;
    const auto rank = parse_number<std::uint32_t>(*id);
    if (!rank) return std::unexpected(Fault{422, "encodings are named as in the event `layers`"});
    set_spatial(*rank, targets);
  }
  return {};
}

// The most pixels of a picture that fits.
std::optional<std::uint64_t> read_size(const json::object& object) {
  constexpr std::uint64_t kSideMax = 65'536;
  auto width = janus::get_uint(object, "maxWidth");
  auto height = janus::get_uint(object, "maxHeight");
  if (!width && !height) return std::nullopt;
  width = std::min(width.value_or(height.value_or(0) * 16 / 9), kSideMax);
  height = std::min(height.value_or(*width * 9 / 16), kSideMax);
  return *width * *height;
}

// Temporal layers of it that come.
std::size_t temporal_count(const LayerReport& layer) {
  std::size_t count = 0;
  for (std::size_t i = 0; i < layer.bps.size(); ++i) {
    if (layer.bps[i] != 0) count = i + 1;
  }
  return count;
}

std::uint32_t bitrate_of(const LayerReport& layer) {
  const std::size_t count = temporal_count(layer);
  return count == 0 ? 0 : layer.bps[count - 1];
}

janus::ObjectText encoding_json(std::string_view id_name, std::size_t rank) {
  return {{id_name, std::to_string(rank)}, {"simulcastIdx", rank}};
}

// An encoding is a spatial layer, but for those of SVC, which are all of encoding 0.
void add_encodings(janus::ObjectText& media, const room::PlayedStream& line) {
  const bool is_simulcast = line.encodings > 1;
  const bool is_known = line.layers.size() > 0;
  const std::size_t active = is_simulcast && is_known ? line.layers.size() : line.encodings;
  media.add_array("active", [&](janus::ArrayText& items) {
    for (std::size_t rank = 0; rank < active; ++rank) {
      janus::ObjectText item = encoding_json("id", rank);
      const std::size_t layer = is_simulcast ? rank : line.layers.size() - 1;
      if (is_known) item.add("bitrate", bitrate_of(line.layers[layer]));
      items.add(std::move(item));
    }
  });
  media.add_array("inactive", [&](janus::ArrayText& items) {
    for (std::size_t rank = active; rank < line.encodings; ++rank)
      items.add(encoding_json("id", rank));
  });
}

void add_layers(janus::ObjectText& media, const room::PlayedStream& line) {
  media.add_array("layers", [&](janus::ArrayText& items) {
    if (line.layers.size() == 0) {
      for (std::size_t rank = 0; rank < line.encodings; ++rank)
        items.add(encoding_json("encodingId", rank));
    }
    for (std::size_t rank = 0; rank < line.layers.size(); ++rank) {
      for (std::size_t i = 0; i < temporal_count(line.layers[rank]); ++i) {
        janus::ObjectText item = encoding_json("encodingId", line.encodings > 1 ? rank : 0);
        if (line.encodings == 1) item.add("spatialLayerId", rank);
        item.add("temporalLayerId", i).add("bitrate", line.layers[rank].bps[i]);
        items.add(std::move(item));
      }
    }
  });
}

}  // namespace

std::expected<LayerChoice, Fault> read_layer_choice(std::string_view text) {
  using janus::JsonType;
  static constexpr janus::Field kFields[] = {
      {"mediaId", JsonType::kString},
      {"encodingId", JsonType::kString},
      {"rid", JsonType::kString},
      {"spatialLayerId", JsonType::kPositiveInteger},
      {"temporalLayerId", JsonType::kPositiveInteger},
      {"maxSpatialLayerId", JsonType::kPositiveInteger},
      {"maxTemporalLayerId", JsonType::kPositiveInteger},
      {"maxWidth", JsonType::kPositiveInteger},
      {"maxHeight", JsonType::kPositiveInteger},
  };
  janus::JsonReader reader(text);
  const auto value = reader.next();
  if (!value) return std::unexpected(Fault{400, "no JSON"});
  if (!*value) return std::unexpected(Fault{400, value->error()});
  const json::object* object = (*value)->if_object();
  if (object == nullptr || reader.next()) return std::unexpected(Fault{400, "not one JSON object"});
  if (const auto checked = janus::check_fields(*object, kFields); !checked)
    return std::unexpected(Fault{400, checked.error().text});
  LayerChoice choice;
  choice.media_id = janus::get_string(*object, "mediaId").value_or("");
  if (const auto read = read_encoding(*object, choice.targets); !read)
    return std::unexpected(read.error());
  for (const char* name : {"maxSpatialLayerId", "spatialLayerId"}) {
    if (const auto layer = janus::get_uint(*object, name)) set_spatial(*layer, choice.targets);
  }
  for (const char* name : {"maxTemporalLayerId", "temporalLayerId"}) {
    if (const auto layer = janus::get_uint(*object, name)) set_temporal(*layer, choice.targets);
  }
  choice.pixels_max = read_size(*object);
  return choice;
}

room::LayerTargets LayerChoice::targets_for(const LayerReports& layers) const {
  room::LayerTargets wanted = targets;
  if (!pixels_max) return wanted;
  std::size_t fitting = 0;
  while (fitting < layers.size() && layers[fitting].pixels <= *pixels_max) ++fitting;
  if (fitting == layers.size()) return wanted;
  const auto most = static_cast<std::uint32_t>(fitting == 0 ? 0 : fitting - 1);
  set_spatial(std::min(wanted.substream.value_or(most), most), wanted);
  return wanted;
}

std::string layers_json(std::span<const room::PlayedStream> played,
                        std::span<const std::string> mids) {
  janus::ObjectText layers;
  for (std::size_t i = 0; i < played.size() && i < mids.size(); ++i) {
    const room::PlayedStream& line = played[i];
    if (mids[i].empty() || line.kind != MediaKind::kVideo || !line.is_active) continue;
    if (line.encodings < 2 && !line.layer) continue;
    janus::ObjectText media;
    add_encodings(media, line);
    add_layers(media, line);
    if (line.layer) {
      media.add("current", janus::ObjectText{{"spatialLayerId", int{line.layer->spatial}},
                                             {"temporalLayerId", int{line.layer->temporal}}}
                               .json());
    }
    layers.add(mids[i], std::move(media).json());
  }
  return std::move(layers).text();
}

}  // namespace penstock::whip
