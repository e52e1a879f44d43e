// Which layer of a picture a player wants, as it says in a request (WHEP's extension "layer"), and
// how it is told of layers. Pure functions.
#pragma once

#include <expected>
#include <span>
#include <string>
#include <string_view>

#include "controlplane/room/guests.h"
#include "controlplane/room/subscriber.h"
#include "controlplane/whip/offer_rules.h"

namespace penstock::whip {

struct LayerChoice {
  std::string media_id;  // the mid of the m-line; empty: all
  room::LayerTargets targets;
};

// {"mediaId","encodingId","spatialLayerId","temporalLayerId","maxSpatialLayerId",
// "maxTemporalLayerId"}, all of them optional: what is not said is not limited. An encoding is
// named as layers_json names it.
std::expected<LayerChoice, Fault> read_layer_choice(std::string_view text);

// {"<mid>":{"active":[{"id":"0","simulcastIdx":0},...],"inactive":[],"layers":[...]}}: of each
// m-line of video that shows something of several encodings, the smallest picture first. `current`
// beside them is what is received.
std::string layers_json(std::span<const room::PlayedStream> played,
                        std::span<const std::string> mids);

}  // namespace penstock::whip
