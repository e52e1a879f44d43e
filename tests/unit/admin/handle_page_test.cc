#include "controlplane/admin/handle_page.h"

#include <gtest/gtest.h>

#include <boost/json.hpp>

namespace penstock {
namespace {

std::optional<TransportSnapshot> take(PeerId peer) {
  if (peer != 4'503'599'627'370'497) return std::nullopt;
  TransportSnapshot snapshot{
      .is_connected = true, .round_trip_ns = 41'500'000, .estimate_bps = 1'200'000, .streams = {}};
  snapshot.streams.push_back({.mid = "1",
                              .kind = MediaKind::kVideo,
                              .is_sent = true,
                              .report = {.ssrc = 4'000'000'000,
                                         .packets = 700,
                                         .payload_bytes = 800'000,
                                         .packets_lost = -2,
                                         .fraction_lost = 64,
                                         .jitter = 90}});
  return snapshot;
}

TEST(HandlePage, SaysHowTheConnectionDoes) {
  const auto page = handle_page("/handles/4503599627370497", &take);
  ASSERT_TRUE(page.has_value());
  EXPECT_EQ(boost::json::parse(*page),
            boost::json::parse(R"({"handle":4503599627370497,"connected":true,
                "round_trip_ns":41500000,"estimate_bps":1200000,"streams":[{"mid":"1","kind":"video","direction":"sent",
                "ssrc":4000000000,"packets":700,"payload_bytes":800000,"packets_lost":-2,
                "fraction_lost":0.25,"jitter":90}]})"));
}

TEST(HandlePage, OtherPathsAndHandlesHaveNone) {
  for (const char* path : {"/handles/", "/handles/1", "/handles/-1", "/handles/12x", "/handles",
                           "/handles/4503599627370497/", "/handles/99999999999999999999", "/"}) {
    EXPECT_FALSE(handle_page(path, &take).has_value()) << path;
  }
}

}  // namespace
}  // namespace penstock
