#include "controlplane/admin/metrics.h"

#include <gtest/gtest.h>

#include <map>
#include <regex>
#include <set>
#include <sstream>

#include "tests/unit/admin/lifetimes_fixture.h"

namespace penstock {
namespace {

// The samples by name and labels; checks every line against the text format on the way.
std::map<std::string, std::string> samples_of(const std::string& text) {
  static const std::regex kSample(
      R"(^(penstock_[a-z_]+(\{[a-z]+="[^"\\]*"(,[a-z]+="[^"\\]*")*\})?) ([0-9.e+-]+|\+Inf)$)");
  static const std::regex kComment(R"(^# (HELP|TYPE) (penstock_[a-z_]+) .+$)");
  std::map<std::string, std::string> samples;
  std::set<std::string> families;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    std::smatch match;
    if (std::regex_match(line, match, kComment)) {
      if (match[1] == "TYPE") {
        EXPECT_TRUE(families.insert(match[2]).second) << "twice: " << line;
      }
      continue;
    }
    const bool is_sample = std::regex_match(line, match, kSample);
    EXPECT_TRUE(is_sample) << line;
    if (!is_sample) continue;
    EXPECT_TRUE(samples.emplace(match[1], match[4]).second) << "twice: " << line;
  }
  return samples;
}

TEST(MetricsTest, PoolsPacketsAndListsAreGauges) {
  const SampleLifetimes sample;
  auto samples = samples_of(metrics_text(sample.lifetimes));
  EXPECT_EQ(samples[R"(penstock_pool_objects{pool="rooms",state="live"})"], "2");
  EXPECT_EQ(samples[R"(penstock_pool_objects{pool="rooms",state="free"})"], "5");
  EXPECT_EQ(samples[R"(penstock_pool_objects{pool="rooms",state="retired"})"], "1");
  EXPECT_EQ(samples[R"(penstock_pool_capacity{pool="streams"})"], "64");
  EXPECT_EQ(samples["penstock_packets_in_use"], "100");
  EXPECT_EQ(samples["penstock_packets_free"], "900");
  EXPECT_EQ(samples["penstock_heap_in_use_bytes"], "123456");
  EXPECT_EQ(samples[R"(penstock_retire_waiting{list="data plane"})"], "1");
  EXPECT_EQ(samples[R"(penstock_retire_oldest_seconds{list="data plane"})"], "1.5e-06");
  EXPECT_EQ(samples["penstock_grace_period_seconds"], "1.5e-06");
  EXPECT_EQ(samples["penstock_audit_findings"], "1");
}

TEST(MetricsTest, WhatWorkersCountIsThereForEachWorkerAndReason) {
  const SampleLifetimes sample;
  auto samples = samples_of(metrics_text(sample.lifetimes));
  EXPECT_EQ(samples[R"(penstock_media_received_total{worker="0"})"], "7");
  EXPECT_EQ(samples[R"(penstock_media_forwarded_total{worker="0"})"], "21");
  EXPECT_EQ(samples[R"(penstock_drops_total{worker="0",reason="flow_unknown"})"], "3");
  EXPECT_EQ(samples[R"(penstock_drops_total{worker="0",reason="pool_exhausted"})"], "0");
  EXPECT_EQ(samples[R"(penstock_heartbeat_age_seconds{worker="0"})"], "0.00025");
  EXPECT_EQ(samples[R"(penstock_stalls_total{worker="0"})"], "2");
  EXPECT_EQ(samples[R"(penstock_worker_stalled{worker="0"})"], "0");
}

TEST(MetricsTest, ThePortsDeviceCounts) {
  const SampleLifetimes sample;
  auto samples = samples_of(metrics_text(sample.lifetimes));
  EXPECT_EQ(samples["penstock_port_received_packets_total"], "1001");
  EXPECT_EQ(samples["penstock_port_received_bytes_total"], "1002");
  EXPECT_EQ(samples["penstock_port_transmitted_packets_total"], "1003");
  EXPECT_EQ(samples["penstock_port_transmitted_bytes_total"], "1004");
  EXPECT_EQ(samples["penstock_port_missed_packets_total"], "1005");
  EXPECT_EQ(samples["penstock_port_no_buffer_packets_total"], "1006");
  EXPECT_EQ(samples["penstock_port_receive_errors_total"], "1007");
  EXPECT_EQ(samples["penstock_port_transmit_errors_total"], "1008");
  EXPECT_EQ(samples["penstock_port_too_large_packets_total"], "1009");
  EXPECT_EQ(samples["penstock_port_link_changes_total"], "2");
  EXPECT_EQ(samples["penstock_port_link_up"], "1");
}

TEST(MetricsTest, TheListenersCount) {
  const SampleLifetimes sample;
  auto samples = samples_of(metrics_text(sample.lifetimes));
  EXPECT_EQ(samples["penstock_signalling_connections"], "17");
  EXPECT_EQ(samples["penstock_signalling_failed_total"], "2");
  EXPECT_EQ(samples["penstock_signalling_unread_bytes"], "99");
  EXPECT_EQ(samples["penstock_signalling_refused_total"], "0");
}

TEST(MetricsTest, WhatDataChannelsDidIsCounted) {
  const SampleLifetimes sample;
  auto samples = samples_of(metrics_text(sample.lifetimes));
  EXPECT_EQ(samples["penstock_data_messages_sent_total"], "50");
  EXPECT_EQ(samples["penstock_data_messages_dropped_total"], "3");
  EXPECT_EQ(samples["penstock_data_channels_overflowed_total"], "1");
  EXPECT_EQ(samples["penstock_data_messages_received_total"], "0");
}

TEST(MetricsTest, WhatDtlsDiscardedOrDelayedIsCounted) {
  const SampleLifetimes sample;
  auto samples = samples_of(metrics_text(sample.lifetimes));
  EXPECT_EQ(samples["penstock_dtls_records_discarded_total"], "31");
  EXPECT_EQ(samples["penstock_dtls_datagrams_discarded_total"], "17");
  EXPECT_EQ(samples["penstock_dtls_handshakes_delayed_total"], "5");
  EXPECT_EQ(samples["penstock_dtls_jobs"], "6");
}

TEST(MetricsTest, ReclaimTimesAreACumulativeHistogram) {
  const SampleLifetimes sample;
  const std::string text = metrics_text(sample.lifetimes);
  EXPECT_NE(text.find("# TYPE penstock_reclaim_seconds histogram\n"), std::string::npos);
  auto samples = samples_of(text);
  const auto bucket = [&](const std::string& le) {
    return samples["penstock_reclaim_seconds_bucket{list=\"data plane\",le=\"" + le + "\"}"];
  };
  EXPECT_EQ(bucket("1.024e-06"), "0");
  EXPECT_EQ(bucket("2.048e-06"), "99");
  EXPECT_EQ(bucket("0.002097152"), "99");
  EXPECT_EQ(bucket("0.004194304"), "100");
  EXPECT_EQ(bucket("+Inf"), "100");
  EXPECT_EQ(samples[R"(penstock_reclaim_seconds_count{list="data plane"})"], "100");
  EXPECT_EQ(samples[R"(penstock_reclaim_seconds_sum{list="data plane"})"], "0.003198");
}

}  // namespace
}  // namespace penstock
