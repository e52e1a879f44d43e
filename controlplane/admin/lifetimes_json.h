// GET /lifetimes of the admin interface: one JSON object. Durations are in ns. Pure.
#pragma once

#include <string>

#include "controlplane/admin/lifetimes.h"

namespace penstock {

std::string lifetimes_json(const Lifetimes& lifetimes);

}  // namespace penstock
