// GET /metrics of the admin interface: Prometheus' text format, version 0.0.4. Names begin with
// penstock_, end with their unit, and counters with _total. Pure.
#pragma once

#include <string>

#include "controlplane/admin/lifetimes.h"

namespace penstock {

inline constexpr const char* kMetricsContentType = "text/plain; version=0.0.4; charset=utf-8";

std::string metrics_text(const Lifetimes& lifetimes);

}  // namespace penstock
