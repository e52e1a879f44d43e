#include "controlplane/admin/lifetimes_json.h"

#include <gtest/gtest.h>

#include <boost/json.hpp>

#include "tests/unit/admin/lifetimes_fixture.h"

namespace penstock {
namespace {

boost::json::value parsed(const std::string& text) { return boost::json::parse(text); }

TEST(LifetimesJsonTest, HasEverythingUnderItsName) {
  const SampleLifetimes sample;
  EXPECT_EQ(parsed(lifetimes_json(sample.lifetimes)), parsed(R"({
    "pools": [{"name": "rooms", "capacity": 8, "free": 5, "live": 2, "retired": 1},
              {"name": "streams", "capacity": 64, "free": 64, "live": 0, "retired": 0}],
    "packets": {"capacity": 1000, "free": 900, "in_use": 100},
    "port": {"link_up": true, "link_changes": 2, "received_packets": 1001, "received_bytes": 1002,
             "transmitted_packets": 1003, "transmitted_bytes": 1004, "missed_packets": 1005,
             "no_buffer_packets": 1006, "receive_errors": 1007, "transmit_errors": 1008,
             "too_large_packets": 1009},
    "heap": {"in_use_bytes": 123456},
    "dtls": {"jobs": 6},
    "retire": [{"name": "data plane", "waiting": 1, "capacity": 200, "reclaimed": 100,
                "oldest_ns": 1500,
                "reclaim_ns": {"p50": 2015, "p99": 2015, "max": 3000000, "count": 100}}],
    "grace_period": {"in_progress": true, "since_ns": 1500},
    "workers": [{"heartbeat_age_ns": 250000, "stalled": false, "stalls": 2}],
    "audit": {"runs": 12, "owned_objects": 2,
              "findings": [{"pool": "rooms", "what": "1 live without an owner", "audits": 4}]}})"));
}

TEST(LifetimesJsonTest, AnEmptyServerHasEmptyLists) {
  EXPECT_EQ(parsed(lifetimes_json({})), parsed(R"({
    "pools": [], "packets": {"capacity": 0, "free": 0, "in_use": 0},
    "port": {"link_up": false, "link_changes": 0, "received_packets": 0, "received_bytes": 0,
             "transmitted_packets": 0, "transmitted_bytes": 0, "missed_packets": 0,
             "no_buffer_packets": 0, "receive_errors": 0, "transmit_errors": 0,
             "too_large_packets": 0},
    "heap": {"in_use_bytes": 0}, "dtls": {"jobs": 0}, "retire": [],
    "grace_period": {"in_progress": false, "since_ns": 0}, "workers": [],
    "audit": {"runs": 0, "owned_objects": 0, "findings": []}})"));
}

}  // namespace
}  // namespace penstock
