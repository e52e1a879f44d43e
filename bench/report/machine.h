// Where and when a report was made.
#pragma once

#include <boost/json.hpp>
#include <string>

namespace penstock::bench {

// {cpu, cores, kernel, load}
boost::json::object this_machine();
// UTC, "2026-11-22 20:15 UTC"
std::string date_now();

}  // namespace penstock::bench
