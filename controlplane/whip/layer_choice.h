// Which layer of a picture a player wants, as it says in a request (WHEP's extension "layer"), and
// how it is told of layers. Pure functions.
#pragma once

#include <cstdint>
#include <expected>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "controlplane/room/guests.h"
#include "controlplane/room/subscriber.h"

namespace penstock::whip {

struct Fault;  // offer_rules.h

struct LayerChoice {
  std::string media_id;  // the mid of the m-line; empty: all
  room::LayerTargets targets;
  std::optional<std::uint64_t> pixels_max;  // of the picture

  // What of it holds for an m-line of which these layers come.
  room::LayerTargets targets_for(const LayerReports& layers) const;
};

// {"mediaId","encodingId","spatialLayerId","temporalLayerId","maxSpatialLayerId",
// "maxTemporalLayerId","maxWidth","maxHeight"}, all of them optional: what is not said is not
// limited. An encoding is named as layers_json names it. Of pictures it is their number of pixels
// that is known: of one side alone the other follows by 16:9.
std::expected<LayerChoice, Fault> read_layer_choice(std::string_view text);

// {"<mid>":{"active":[{"id":"0","simulcastIdx":0,"bitrate":100000},...],"inactive":[...],
// "layers":[{"encodingId":"0","simulcastIdx":0,"temporalLayerId":0,"bitrate":50000},...]}}: of each
// m-line of video that shows something of several encodings or layers, the smallest picture first;
// what does not come is inactive. `current` beside them is what is received.
std::string layers_json(std::span<const room::PlayedStream> played,
                        std::span<const std::string> mids);

}  // namespace penstock::whip
