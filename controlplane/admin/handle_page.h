// How the connection of a Janus handle does, as JSON: what the admin interface has at /handles/ID.
// Pure functions but for the question to media; control thread.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "controlplane/media/media.h"

namespace penstock {

// Called for each request.
using TakeSnapshot = std::function<std::optional<TransportSnapshot>(PeerId peer)>;

std::string handle_json(PeerId peer, const TransportSnapshot& snapshot);

// The page at `path`; nothing if it names no handle with a connection.
std::optional<std::string> handle_page(std::string_view path, const TakeSnapshot& take);

}  // namespace penstock
