#include "bench/load/report.h"

#include <gtest/gtest.h>

#include <boost/json.hpp>

namespace penstock::load {
namespace {

namespace json = boost::json;

LoadOptions some_options() {
  LoadOptions options;
  options.server.text = "ws://198.18.0.1:8188";
  options.publishers = 4;
  options.subscribers = 20;
  return options;
}

LoadResult some_result() {
  LoadResult result;
  result.publishers = 4;
  result.subscribers = 20;
  result.connected_peers = 24;
  result.seconds = 2;
  result.sent_packets = 100;
  result.expected_packets = 2'000;
  result.received_packets = 1'990;
  result.delays.record(300 * kMicrosecond);
  result.join_times.record(15 * kMillisecond);
  return result;
}

TEST(LoadReportTest, JsonHasEveryKeyThatOthersReadFromIt) {
  const json::object root = json::parse(to_json(some_options(), some_result())).as_object();
  for (const char* key : {"server",
                          "recordings",
                          "publishers",
                          "subscribers",
                          "connected_peers",
                          "failed_peers",
                          "join_ms",
                          "seconds",
                          "sent_packets",
                          "expected_packets",
                          "received_packets",
                          "received_packets_per_second",
                          "lost_packets",
                          "loss",
                          "reordered_packets",
                          "duplicate_packets",
                          "decrypted_packets",
                          "srtp_failures",
                          "delay_ns",
                          "jitter_ns",
                          "own_cpu_seconds",
                          "own_queue_drops",
                          "late_sends",
                          "is_bottleneck",
                          "bottleneck_reason"}) {
    EXPECT_TRUE(root.contains(key)) << key;
  }
  EXPECT_EQ(root.at("received_packets_per_second").as_double(), 995);
  EXPECT_DOUBLE_EQ(root.at("loss").as_double(), 0.005);
  EXPECT_EQ(root.at("delay_ns").at("p50").to_number<Duration>(), 300 * kMicrosecond);
  EXPECT_EQ(root.at("join_ms").at("max").to_number<double>(), 15);
  EXPECT_FALSE(root.at("is_bottleneck").as_bool());
}

TEST(LoadReportTest, JsonHasEachPartOfTheSteadyState) {
  LoadResult result = some_result();
  result.windows = {{.began_at = 5, .ended_at = 7}, {.began_at = 7, .delay_p99 = 12}};
  const json::value root = json::parse(to_json(some_options(), result));
  const json::array& windows = root.at("windows").as_array();
  ASSERT_EQ(windows.size(), 2U);
  EXPECT_EQ(windows[0].at("ended_at_ns").to_number<Timestamp>(), 7);
  EXPECT_EQ(windows[1].at("delay_p99_ns").to_number<Duration>(), 12);
}

TEST(LoadReportTest, TheTableSaysWhatMatters) {
  LoadResult result = some_result();
  const std::string text = to_table(some_options(), result);
  EXPECT_NE(text.find("24 connected, 0 failed"), std::string::npos) << text;
  EXPECT_NE(text.find("1990 of 2000 (995/s)"), std::string::npos) << text;
  EXPECT_NE(text.find("10 (0.5000 %)"), std::string::npos) << text;
  EXPECT_EQ(text.find("bottleneck"), std::string::npos) << text;
  result.own_cpu_seconds = 2;
  result.first_failure = "subscriber 3: no";
  const std::string warned = to_table(some_options(), result);
  EXPECT_NE(warned.find("penstock-load itself was the bottleneck"), std::string::npos) << warned;
  EXPECT_NE(warned.find("first failure: subscriber 3: no"), std::string::npos) << warned;
}

}  // namespace
}  // namespace penstock::load
