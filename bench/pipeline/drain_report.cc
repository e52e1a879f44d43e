#include <algorithm>

#include "bench/pipeline/drain.h"
#include "bench/report/document.h"
#include "bench/report/text.h"
#include "dataplane/base/limits.h"

namespace penstock::bench {
namespace {

double us(Duration duration) { return static_cast<double>(duration) / 1e3; }

double percent_lost(const DrainResult& result) {
  return 100 * static_cast<double>(result.lost) / std::max(static_cast<double>(result.sent), 1.0);
}

std::size_t receivers_of_nothing(const DrainResult& result) {
  return static_cast<std::size_t>(std::ranges::count(result.lost_share_by_receiver, 1.0));
}

// The first of the list, those at its quarters, and the last.
std::vector<double> along_the_list(const DrainResult& result) {
  std::vector<double> shares;
  const std::vector<double>& all = result.lost_share_by_receiver;
  for (std::size_t i = 0; i <= 4 && !all.empty(); ++i)
    shares.push_back(all[(all.size() - 1) * i / 4]);
  return shares;
}

std::string case_lines(const DrainResult& result) {
  std::string lines = text("  %s, a frame each %.1f us: link load %.1f %%, busy %.1f %%\n",
                           result.setup.name.c_str(), us(result.frame_interval),
                           100 * result.link_load, 100 * result.link_busy);
  lines += text("    lost                     %llu of %llu (%.3f %%)\n",
                static_cast<unsigned long long>(result.lost),
                static_cast<unsigned long long>(result.sent), percent_lost(result));
  if (result.lost != 0) {
    lines += "    by receiver, %            ";
    for (const double share : along_the_list(result)) lines += text("%.1f  ", 100 * share);
    lines += text("(first to last of the list); %zu of %zu get nothing\n",
                  receivers_of_nothing(result), result.lost_share_by_receiver.size());
  }
  if (result.receive_overruns != 0) {
    lines += text("    receive ring full        %llu of the publishers' packets\n",
                  static_cast<unsigned long long>(result.receive_overruns));
  }
  for (const auto& [reason, count] : result.drops) {
    lines += text("    dropped                  %s %llu\n", reason.c_str(),
                  static_cast<unsigned long long>(count));
  }
  lines += text("    first to last packet     p50 %.1f us, max %.1f us; the wire's own %.1f us\n",
                us(result.spread_p50), us(result.spread_max), us(result.wire_spread));
  lines += text("    feedback to a publisher  %.1f ms apart at most; due each %.0f ms\n",
                us(result.rtcp_gap_max) / 1e3, us(kTransportCcInterval) / 1e3);
  const WaitingMemory& waiting = result.most_waiting;
  lines +=
      text("    waits, at the most       %.2f MB: %zu packets in %.1f KB of slots, %zu for a pace,",
           static_cast<double>(waiting.bytes()) / 1e6, waiting.media.packets,
           static_cast<double>(waiting.media.slot_bytes) / 1e3, waiting.media.paced);
  lines += text(" %.1f KB of queues,", static_cast<double>(waiting.queue_bytes()) / 1e3);
  lines += text(" %zu buffers of %zu B (%zu received, %zu finished, %zu in the ring)\n",
                waiting.buffers(), waiting.buffer_bytes, waiting.received, waiting.media.frames,
                waiting.transmitted);
  lines += text("    end of consent           found %.1f ms late at most; of %zu that ended %zu\n",
                us(result.consents.late_max) / 1e3, result.consents.ended, result.consents.found);
  return lines + text("    CPU per packet           %.1f ns\n", result.cpu_ns_per_packet);
}

json::object case_json(const DrainResult& result) {
  json::object drops;
  for (const auto& [reason, count] : result.drops) drops[reason] = count;
  return {{"name", result.setup.name},
          {"publishers", result.setup.publishers},
          {"subscribers", result.setup.subscribers},
          {"packets_per_frame", result.setup.packets_per_frame},
          {"in_step", result.setup.is_in_step},
          {"frame_interval_ns", result.frame_interval},
          {"link_load", result.link_load},
          {"link_busy", result.link_busy},
          {"sent", result.sent},
          {"lost", result.lost},
          {"lost_percent", percent_lost(result)},
          {"lost_share_by_receiver", json::value_from(result.lost_share_by_receiver)},
          {"receivers_of_nothing", receivers_of_nothing(result)},
          {"receive_overruns", result.receive_overruns},
          {"drops", std::move(drops)},
          {"spread_ns", {{"p50", result.spread_p50}, {"max", result.spread_max}}},
          {"wire_spread_ns", result.wire_spread},
          {"rtcp_gap_max_ns", result.rtcp_gap_max},
          {"most_waiting",
           {{"bytes", result.most_waiting.bytes()},
            {"packets", result.most_waiting.media.packets},
            {"slot_bytes", result.most_waiting.media.slot_bytes},
            {"paced", result.most_waiting.media.paced},
            {"queue_bytes", result.most_waiting.queue_bytes()},
            {"buffers", result.most_waiting.buffers()},
            {"buffer_bytes", result.most_waiting.buffer_bytes}}},
          {"consents",
           {{"ended", result.consents.ended},
            {"found", result.consents.found},
            {"late_max_ns", result.consents.late_max}}},
          {"cpu_ns_per_packet", result.cpu_ns_per_packet}};
}

}  // namespace

std::string to_table(const BenchOptions& options, const std::vector<DrainResult>& results) {
  std::string table =
      text("a link of %g Gb/s, rings of %zu, %u-byte payloads, ", *options.drain_gbps,
           options.ring_entries, unsigned{options.payload_bytes});
  table += text("%g s of virtual time at %lld ns for each packet sent\n", options.seconds,
                static_cast<long long>(options.cpu_ns_per_frame));
  for (const DrainResult& result : results) table += case_lines(result);
  return table;
}

std::string to_json(const BenchOptions& options, const std::vector<DrainResult>& results) {
  json::array cases;
  for (const DrainResult& result : results) cases.push_back(case_json(result));
  const json::object root{{"gbps", *options.drain_gbps},
                          {"ring", options.ring_entries},
                          {"payload_bytes", options.payload_bytes},
                          {"profile", to_string(options.profile)},
                          {"backend", to_string(options.backend)},
                          {"link_load_percent", options.link_load_percent},
                          {"virtual_cpu_ns", options.cpu_ns_per_frame},
                          {"seconds", options.seconds},
                          {"cases", std::move(cases)}};
  return json::serialize(root) + "\n";
}

}  // namespace penstock::bench
