#include "bench/report/page.h"

#include <gtest/gtest.h>

#include "bench/report/bars.h"
#include "bench/report/charts.h"
#include "tests/unit/bench/occurrences.h"

namespace penstock::bench {
namespace {

json::object run(double subscribers, double payload) {
  return {{"name", "subscribers-" + std::to_string(static_cast<int>(subscribers))},
          {"command", "penstock-bench <1>"},
          {"result",
           {{"mix", "fixed"},
            {"workers", 1},
            {"publishers", 1},
            {"subscribers", subscribers},
            {"payload_bytes", payload},
            {"profile", "AEAD_AES_128_GCM"},
            {"packets_in_flight", 256},
            {"packets_per_cpu_second", 7e6},
            {"stage_ns", {{"project", 22}, {"protect", 90}}},
            {"drops", {{"pool_exhausted", 3}}},
            {"latency_ns",
             {{"percentiles", json::array{json::array{0.0, 1'000}, json::array{0.99, 9'000}}}}}}}};
}

json::object document() {
  return {{"machine", {{"cpu", "A & B"}, {"cores", 2}}},
          {"date", "2026-11-22"},
          {"pipeline", json::array{run(1, 1'100), run(16, 1'100), run(16, 100)}},
          {"comparison", {{"missing", "no <root>"}}}};
}

TEST(Page, NeedsNothingElseAndHasEveryChartForWhichThereAreFigures) {
  const std::string html = to_html(document(), {});
  EXPECT_EQ(count(html, "<svg"), 3U);  // stages, throughput, latency
  EXPECT_EQ(count(html, "<script"), 0U);
  EXPECT_EQ(count(html, "src="), 0U);
  EXPECT_EQ(count(html, "url("), 0U);
  EXPECT_EQ(count(html, "nan"), 0U);
  EXPECT_EQ(count(html, ">inf"), 0U);
}

TEST(Page, SaysWhereWhenAndHow) {
  const std::string html = to_html(document(), {});
  EXPECT_NE(html.find("A &amp; B"), std::string::npos);
  EXPECT_NE(html.find("2026-11-22"), std::string::npos);
  EXPECT_NE(html.find("penstock-bench &lt;1&gt;"), std::string::npos);
  EXPECT_NE(html.find("no &lt;root&gt;"), std::string::npos);
  EXPECT_NE(html.find("pool_exhausted 3"), std::string::npos);
}

TEST(Page, SaysNothingOfALibraryThatWasNotMeasured) {
  json::object measured = run(1, 1'100);
  measured.at("result").as_object()["library_cipher_ns_per_packet"] = 83.5;
  const json::object with{{"pipeline", json::array{measured}}};
  const json::object without{{"pipeline", json::array{run(1, 1'100)}}};
  EXPECT_EQ(count(to_summary(with), "ipsec-mb alone  83.5"), 1U) << to_summary(with);
  EXPECT_EQ(count(to_summary(without), "ipsec-mb alone     -"), 1U) << to_summary(without);
  EXPECT_EQ(count(to_html(with, {}), ">83.5</td>"), 1U);
  EXPECT_EQ(count(to_html(without, {}), ">-</td>"), count(to_html(with, {}), ">-</td>") + 1);
}

TEST(Page, ShowsWhatRingsLost) {
  const json::object one{
      {"name", "25 publishers x 64"}, {"link_load", 0.85},         {"lost", 7},
      {"lost_percent", 0.125},        {"receivers_of_nothing", 3}, {"spread_ns", {{"p50", 60'600}}},
      {"wire_spread_ns", 60'500}};
  const json::object drain{{"name", "10 Gb/s"},
                           {"command", "penstock-bench --drain-gbps 10"},
                           {"result", {{"gbps", 10}, {"cases", json::array{one}}}}};
  const std::string html = to_html(json::object{{"drain", json::array{drain}}}, {});
  EXPECT_EQ(count(html, ">25 publishers x 64<"), 1U);
  EXPECT_EQ(count(html, "class=\"missed\">0.125<"), 1U);
  EXPECT_EQ(count(html, ">60.6<"), 1U);
  EXPECT_EQ(count(html, ">60.5<"), 1U);
  EXPECT_NE(html.find("penstock-bench --drain-gbps 10"), std::string::npos);
}

TEST(Page, CallsACarriersRoomsByTheirNumber) {
  json::object carrier = run(0, 1'100);
  carrier.at("result").as_object()["mix"] = "carrier";
  carrier.at("result").as_object()["rooms"] = 250;
  EXPECT_EQ(run_title(carrier), "carrier, 250 rooms");
  json::object rooms = run(3, 1'100);
  rooms.at("result").as_object()["rooms"] = 64;
  EXPECT_EQ(run_title(rooms), "64 rooms of 1 x 3, 1100 B");
}

TEST(Page, ShowsRatiosToAnOlderReport) {
  const Spread before{.median = 10, .q1 = 9, .q3 = 11};
  const Spread now{.median = 20, .q1 = 19, .q3 = 21};
  const std::string html =
      to_html(document(), {.drift = {}, .ratios = {*ratio_of("pipeline a", "ns", before, now)}});
  EXPECT_NE(html.find("pipeline a"), std::string::npos);
  EXPECT_NE(html.find(">worse<"), std::string::npos);
}

TEST(Page, OfAnEmptyReportIsAPage) {
  const std::string html = to_html(json::object{}, {});
  EXPECT_EQ(count(html, "<svg"), 0U);
  EXPECT_EQ(count(html, "not measured"), 13U);
  EXPECT_EQ(html.substr(html.size() - 15), "</body></html>\n");
}

TEST(Charts, ThroughputHasALineForEachPayload) {
  const std::string svg = throughput_chart(document());
  EXPECT_EQ(count(svg, "<polyline"), 2U);
  EXPECT_EQ(count(svg, ">1100-byte payloads<"), 1U);
  EXPECT_EQ(count(svg, ">16</text>"), 1U);
}

TEST(Charts, ThroughputIsOfOnePublisher) {
  json::object four = document();
  for (json::value& other : four["pipeline"].as_array()) {
    other.as_object()["result"].as_object()["publishers"] = 4;
  }
  EXPECT_EQ(throughput_chart(four), "");
}

TEST(Charts, ThroughputLeavesOutRunsThatDifferInSomethingElse) {
  json::object with_mix = document();
  for (json::value& other : with_mix["pipeline"].as_array()) {
    other.as_object()["result"].as_object()["mix"] = "720p";
  }
  EXPECT_EQ(throughput_chart(with_mix), "");
}

TEST(Bars, EachRowHasItsPiecesOneBehindTheOtherAndTheirSum) {
  const std::string svg =
      to_svg(BarChart{.title = "t",
                      .unit = "ns",
                      .pieces = {"a", "b"},
                      .rows = {{"x", {10, 30}, {}, {}}, {"y", {20, 0}, {}, {}}}});
  // 490 pixels are 40 ns.
  EXPECT_NE(svg.find("x=\"230\" y=\"74\" width=\"122.5\""), std::string::npos) << svg;
  EXPECT_NE(svg.find("x=\"352.5\" y=\"74\" width=\"367.5\""), std::string::npos) << svg;
  EXPECT_EQ(count(svg, ">40.0</text>"), 1U);
  EXPECT_EQ(count(svg, "<title>b: 30.0</title>"), 1U);
}

TEST(Bars, AMarkAndARangeThatReachFartherWidenTheScale) {
  const BarChart chart{
      .title = "t", .unit = "ns", .pieces = {"a"}, .rows = {{"x", {10}, BarRange{8, 20}, {}}}};
  EXPECT_NE(to_svg(chart).find("width=\"245\""), std::string::npos) << to_svg(chart);
}

}  // namespace
}  // namespace penstock::bench
