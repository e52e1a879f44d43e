#include "controlplane/whip/layer_choice.h"

#include <algorithm>

#include "controlplane/janus/json.h"
#include "controlplane/janus/json_text.h"

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
  return choice;
}

std::string layers_json(std::span<const room::PlayedStream> played,
                        std::span<const std::string> mids) {
  janus::ObjectText layers;
  for (std::size_t i = 0; i < played.size() && i < mids.size(); ++i) {
    const room::PlayedStream& line = played[i];
    if (mids[i].empty() || line.kind != MediaKind::kVideo || !line.is_active) continue;
    if (line.encodings < 2 && !line.layer) continue;
    janus::ObjectText media;
    const auto list = [&](std::string_view name, std::string_view id_name) {
      media.add_array(name, [&](janus::ArrayText& items) {
        for (std::size_t rank = 0; rank < line.encodings; ++rank) {
          items.add(janus::ObjectText{{id_name, std::to_string(rank)}, {"simulcastIdx", rank}});
        }
      });
    };
    list("active", "id");
    media.add_array("inactive", [](janus::ArrayText&) {});
    list("layers", "encodingId");
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
