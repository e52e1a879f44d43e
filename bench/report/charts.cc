#include "bench/report/charts.h"

#include <algorithm>
#include <cmath>
#include <map>

#include "bench/report/bars.h"
#include "bench/report/plot.h"
#include "bench/report/svg.h"

namespace penstock::bench {
namespace {

constexpr double kUsualInFlight = 256;
const std::string kUsualProfile = "AEAD_AES_128_GCM";

double figure(const json::value& run, std::string_view pointer) {
  return number_at(run, "/result" + std::string(pointer)).value_or(0);
}

bool is_usual(const json::value& run) {
  return text_at(run, "/result/mix") == "fixed" && figure(run, "/workers") == 1 &&
         text_at(run, "/result/profile") == kUsualProfile &&
         figure(run, "/packets_in_flight") == kUsualInFlight && figure(run, "/publishers") == 1 &&
         figure(run, "/rooms") <= 1 && figure(run, "/joins_per_second") == 0 &&
         figure(run, "/loss_percent") == 0;
}

std::string short_name(const std::string& profile) {
  if (profile == "AEAD_AES_256_GCM") return "GCM-256";
  return profile == "AES128_CM_HMAC_SHA1_80" ? "CM-80" : profile;
}

// Percentiles at equal distances for each nine: 0, 90 %, 99 %, 99.9 %.
double nines(double share) { return 1 / (1 - share); }

PlotLine latency_line(const json::value& run, const std::string& pointer, std::string name) {
  PlotLine line{.name = std::move(name), .color = {}, .points = {}};
  for (const json::value& point : array_at(run, pointer)) {
    const auto share = number_at(point, "/0");
    const auto ns = number_at(point, "/1");
    if (share && ns) line.points.push_back({nines(*share), *ns / 1e3});
  }
  return line;
}

std::optional<BarRange> range_of(const std::optional<Spread>& spread, double add, double unit) {
  if (!spread) return std::nullopt;
  return BarRange{(spread->q1 + add) / unit, (spread->q3 + add) / unit};
}

}  // namespace

std::string run_title(const json::value& run) {
  const std::string mix = text_at(run, "/result/mix");
  const double rooms = figure(run, "/rooms");
  if (mix == "carrier") return "carrier, " + svg_number(rooms) + " rooms";
  std::string title =
      svg_number(figure(run, "/publishers")) + " x " + svg_number(figure(run, "/subscribers"));
  if (rooms > 1) title = svg_number(rooms) + " rooms of " + title;
  title += ", " + (mix == "fixed" ? svg_number(figure(run, "/payload_bytes")) + " B" : mix);
  const std::string profile = text_at(run, "/result/profile");
  if (profile != kUsualProfile) title += ", " + short_name(profile);
  const double in_flight = figure(run, "/packets_in_flight");
  if (in_flight != kUsualInFlight) title += ", " + svg_number(in_flight) + " in flight";
  if (figure(run, "/keyframe_packets") != 0) title += ", keyframes";
  if (figure(run, "/loss_percent") != 0) title += ", loss";
  if (figure(run, "/joins_per_second") != 0) title += ", joins";
  return title;
}

std::string stage_chart(const json::value& document) {
  BarChart chart{
      .title = "CPU time of a forwarded packet, by stage",
      .unit = "ns",
      .pieces = {"receive", "unprotect", "attribute", "project", "protect", "transmit", "control"},
      .mark = "ipsec-mb alone",
      .rows = {}};
  for (const json::value& run : array_at(document, "/pipeline")) {
    BarRow row{.name = run_title(run), .pieces = {}, .range = {}, .mark = {}};
    for (const std::string& stage : chart.pieces) {
      row.pieces.push_back(figure(run, "/stage_ns/" + stage));
    }
    const double library = figure(run, "/library_cipher_ns_per_packet");
    if (library != 0) row.mark = library;
    chart.rows.push_back(std::move(row));
  }
  return chart.rows.empty() ? std::string() : to_svg(chart);
}

std::string throughput_chart(const json::value& document) {
  Plot plot{.title = "Throughput of one worker by subscribers",
            .x = {.label = "subscribers", .is_logarithmic = true},
            .y = {.label = "million packets per CPU second"},
            .lines = {}};
  std::map<double, PlotLine, std::greater<>> lines;  // by payload
  for (const json::value& run : array_at(document, "/pipeline")) {
    if (!is_usual(run) || figure(run, "/keyframe_packets") != 0) continue;
    const double subscribers = figure(run, "/subscribers");
    lines[figure(run, "/payload_bytes")].points.push_back(
        {subscribers, figure(run, "/packets_per_cpu_second") / 1e6});
    const auto is_there = [&](const PlotTick& tick) { return tick.value == subscribers; };
    if (std::ranges::none_of(plot.x.ticks, is_there)) {
      plot.x.ticks.push_back({subscribers, svg_number(subscribers)});
    }
  }
  for (auto& [payload, line] : lines) {
    std::ranges::sort(line.points, {}, &Point::x);
    line.name = svg_number(payload) + "-byte payloads";
    line.color = chart_color(plot.lines.size());
    plot.lines.push_back(std::move(line));
  }
  return plot.lines.empty() ? std::string() : to_svg(plot);
}

std::string latency_chart(const json::value& document) {
  Plot plot{.title = "Latency from receive to the last transmit, at half load",
            .x = {.label = "share of packets that are at least as fast",
                  .is_logarithmic = true,
                  .ticks = {{nines(0), "0"},
                            {nines(0.5), "50 %"},
                            {nines(0.9), "90 %"},
                            {nines(0.99), "99 %"},
                            {nines(0.999), "99.9 %"},
                            {nines(0.9999), "99.99 %"}}},
            .y = {.label = "us", .is_logarithmic = true},
            .lines = {}};
  const auto add = [&](PlotLine line) {
    if (line.points.empty()) return;
    line.color = chart_color(plot.lines.size());
    plot.lines.push_back(std::move(line));
  };
  for (const json::value& run : array_at(document, "/pipeline")) {
    const std::string name = text_at(run, "/name");
    if (figure(run, "/keyframe_packets") != 0) {
      add(latency_line(run, "/result/idle_latency_ns/percentiles", "audio alone, 64 subscribers"));
      add(latency_line(run, "/result/latency_ns/percentiles", "the same, beside keyframes"));
    } else if (name.starts_with("mix-") || name == "subscribers-16") {
      add(latency_line(run, "/result/latency_ns/percentiles", run_title(run)));
    }
  }
  return plot.lines.empty() ? std::string() : to_svg(plot);
}

std::string scaling_chart(const json::value& document) {
  BarChart chart{.title = "What a second worker brings: million packets per second of its CPU time",
                 .unit = "",
                 .pieces = {"packets"},
                 .rows = {}};
  for (const auto& [title, key] : {std::pair{"one room on one worker", "one_worker"},
                                   std::pair{"one room on two workers", "sharded_room"},
                                   std::pair{"two rooms on two workers", "two_rooms"}}) {
    const auto rate =
        spread_at(document, std::string("/scaling/result/") + key + "/packets_per_cpu_second");
    if (!rate) continue;
    chart.rows.push_back({.name = title,
                          .pieces = {rate->median / 1e6},
                          .range = range_of(rate, 0, 1e6),
                          .mark = {}});
  }
  return chart.rows.empty() ? std::string() : to_svg(chart);
}

std::string cipher_chart(const json::value& document, const std::string& bytes) {
  const std::vector<std::pair<const char*, const char*>> benchmarks = {
      {"GCM-128: ours (AVX-512)", "ours/gcm128_avx512"},
      {"GCM-128: ours (VAES)", "ours/gcm128"},
      {"GCM-128: ipsec-mb, no GFNI", "library/gcm128_without_gfni"},
      {"GCM-128: ipsec-mb as here", "library/gcm128"},
      {"GCM-128: OpenSSL", "openssl/gcm128"},
      {"SRTP GCM-128: ours", "protect/gcm128_vaes"},
      {"SRTP GCM-128: ipsec-mb", "protect/gcm128_ipsec_mb"},
      {"SRTP GCM-128: libsrtp2", "protect/gcm128_libsrtp"},
      {"SRTP GCM-256: ipsec-mb", "protect/gcm256_ipsec_mb"},
      {"SRTP CM-80: ipsec-mb", "protect/cm80_ipsec_mb"},
      {"SRTP CM-80: OpenSSL", "openssl_cm80"}};
  BarChart chart{.title = "Encrypting a packet of " + bytes + " bytes",
                 .unit = "ns",
                 .pieces = {"CPU time"},
                 .rows = {}};
  for (const auto& [title, name] : benchmarks) {
    const auto ns = micro_ns(document, std::string(name) + "/" + bytes);
    if (!ns) continue;
    chart.rows.push_back(
        {.name = title, .pieces = {ns->median}, .range = range_of(ns, 0, 1), .mark = {}});
  }
  return chart.rows.empty() ? std::string() : to_svg(chart);
}

std::string comparison_cost_chart(const json::value& document) {
  BarChart chart{.title = "CPU time per forwarded packet, on a veth pair",
                 .unit = "us",
                 .pieces = {"server's threads", "softirq"},
                 .mark = "not idle polling",
                 .rows = {}};
  for (const json::value& server : array_at(document, "/comparison/result/servers")) {
    const auto threads = spread_at(server, "/cpu_ns_per_packet");
    if (!threads) continue;
    const double softirq = number_at(server, "/softirq_ns_per_packet/median").value_or(0);
    const auto busy = number_at(server, "/busy_ns_per_packet/median");
    chart.rows.push_back({.name = text_at(server, "/name"),
                          .pieces = {threads->median / 1e3, softirq / 1e3},
                          .range = range_of(threads, softirq, 1e3),
                          .mark = busy ? std::optional(*busy / 1e3) : std::nullopt});
  }
  return chart.rows.empty() ? std::string() : to_svg(chart);
}

std::string comparison_delay_chart(const json::value& document) {
  BarChart chart{.title = "Delay end to end, on a veth pair",
                 .unit = "ms",
                 .pieces = {"p50", "p99 above it"},
                 .rows = {}};
  for (const json::value& server : array_at(document, "/comparison/result/servers")) {
    const auto p50 = number_at(server, "/delay_p50_ns/median");
    const auto p99 = spread_at(server, "/delay_p99_ns");
    if (!p50 || !p99) continue;
    chart.rows.push_back({.name = text_at(server, "/name"),
                          .pieces = {*p50 / 1e6, (p99->median - *p50) / 1e6},
                          .range = range_of(p99, 0, 1e6),
                          .mark = {}});
  }
  return chart.rows.empty() ? std::string() : to_svg(chart);
}

}  // namespace penstock::bench
