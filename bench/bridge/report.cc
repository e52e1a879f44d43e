#include "bench/bridge/report.h"

#include <boost/json.hpp>

namespace penstock::bridge {
namespace {

namespace json = boost::json;

json::object to_object(const WayReport& way) {
  const DirectionCounters& all = way.direction->counters();
  const LinkCounters& link = way.direction->link();
  return {{"frames", all.frames},
          {"bytes", all.bytes},
          {"sent", all.sent},
          {"sent_bytes", all.sent_bytes},
          {"not_sent", all.not_sent},
          {"waiting", way.direction->waiting()},
          {"under_rules", link.offered},
          {"lost", link.lost},
          {"lost_in_burst", link.lost_in_burst},
          {"lost_in_outage", link.lost_in_outage},
          {"queue_full", link.queue_full},
          {"duplicated", link.duplicated},
          {"missed", way.missed},
          {"delay_max_us", link.delay_max / kMicrosecond},
          {"late_max_us", all.late_max / kMicrosecond}};
}

}  // namespace

std::string to_json(const std::array<WayReport, 2>& ways, Duration since_start,
                    std::uint64_t seed) {
  json::object to;
  for (const WayReport& way : ways) to[way.to] = to_object(way);
  const json::object root{{"elapsed_ms", since_start / kMillisecond}, {"seed", seed}, {"to", to}};
  return json::serialize(root);
}

}  // namespace penstock::bridge
