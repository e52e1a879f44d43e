#include "tests/churn/rush_report.h"

#include <algorithm>

#include "tests/churn/progress.h"

namespace penstock::churn {
namespace {

constexpr double kControlMsMax = 1.0;
constexpr double kRatioMax = 1.2;
// Beyond these the machine had too much else to do, or too few CPUs for all who take part.
constexpr double kWaitingShareMax = 0.03;
constexpr double kRateShareMin = 0.9;

struct Sums {
  Duration time = 0;
  Duration control = 0;
  Duration dtls = 0;
  Duration waiting = 0;
  Duration busy = 0;
};

Sums sum_up(const std::vector<RushPeriod>& periods, bool has_joins) {
  Sums sums;
  for (const RushPeriod& period : periods) {
    if (period.has_joins != has_joins) continue;
    sums.time += period.ended.at - period.began.at;
    sums.control += period.ended.control - period.began.control;
    sums.dtls += period.ended.dtls - period.began.dtls;
    sums.waiting += period.ended.worker_waiting - period.began.worker_waiting;
    sums.busy += period.ended.worker_busy - period.began.worker_busy;
  }
  return sums;
}

double share(Duration part, Duration whole) {
  return whole > 0 ? static_cast<double>(part) / static_cast<double>(whole) : 0;
}

// Of the windows that lie within a period of this kind.
double median_p99(const RushOutcome& outcome, bool has_joins) {
  std::vector<Duration> p99s;
  for (const MediaWindow& window : outcome.media.windows) {
    const auto holds = [&](const RushPeriod& period) {
      return period.has_joins == has_joins && window.began_at >= period.began.at &&
             window.ended_at <= period.ended.at;
    };
    if (std::ranges::any_of(outcome.periods, holds)) p99s.push_back(window.delay_p99);
  }
  if (p99s.empty()) return 0;
  const auto middle = p99s.begin() + static_cast<std::ptrdiff_t>(p99s.size() / 2);
  std::ranges::nth_element(p99s, middle);
  return static_cast<double>(*middle);
}

std::string percent(double share) { return number_text(100 * share, 1) + " %"; }

}  // namespace

double busy_share(const RushClocks& began, const RushClocks& ended) {
  return share(ended.worker_busy - began.worker_busy, ended.at - began.at);
}

RushFigures rush_figures(const RushOutcome& outcome) {
  const Sums quiet = sum_up(outcome.periods, false);
  const Sums beside = sum_up(outcome.periods, true);
  const auto per_join_ms = [&](Duration spent, Duration spent_quiet) {
    const double without = share(spent_quiet, quiet.time);
    return (static_cast<double>(spent) - without * static_cast<double>(beside.time)) /
           static_cast<double>(outcome.joins * kMillisecond);
  };
  return {.joins_per_second = share(static_cast<Duration>(outcome.joins) * kSecond, beside.time),
          .control_ms_per_join = per_join_ms(beside.control, quiet.control),
          .dtls_ms_per_join = per_join_ms(beside.dtls, quiet.dtls),
          .busy_share = share(quiet.busy, quiet.time),
          .waiting_share_quiet = share(quiet.waiting, quiet.time),
          .waiting_share_beside = share(beside.waiting, beside.time),
          .p99_quiet_ns = median_p99(outcome, false),
          .p99_beside_ns = median_p99(outcome, true)};
}

std::string why_no_verdict(const RushOutcome& outcome, const RushFigures& figures) {
  if (!outcome.media.bottleneck_reason.empty()) {
    return "penstock-load itself was the bottleneck: " + outcome.media.bottleneck_reason;
  }
  if (figures.joins_per_second < kRateShareMin * kRushPerSecond) {
    return "no more than " + number_text(figures.joins_per_second, 0) + " joined in a second";
  }
  const double waiting = std::max(figures.waiting_share_quiet, figures.waiting_share_beside);
  if (waiting > kWaitingShareMax) {
    return "for " + percent(waiting) +
           " of the time the worker was ready to run and others had its CPU";
  }
  return {};
}

Report rush_report(const RushOutcome& outcome) {
  const RushFigures figures = rush_figures(outcome);
  const std::string excuse = why_no_verdict(outcome, figures);
  Report report("rush", outcome.joins);
  report.add("each join", "publish and receive (ICE and DTLS twice), over a WebSocket of its own");
  report.add("rate", number_text(figures.joins_per_second, 1) + " joins and leaves a second");
  report.add("media before",
             std::to_string(outcome.subscribers) + " subscribers, " +
                 with_commas(static_cast<std::uint64_t>(outcome.media.packets_per_second)) +
                 " packets a second, the worker busy for " + percent(figures.busy_share));
  report.add("DTLS threads",
             number_text(figures.dtls_ms_per_join, 2) + " ms of CPU time a join and leave");
  report.add("the worker waited for a CPU", percent(figures.waiting_share_quiet) +
                                                " of the time, beside joins " +
                                                percent(figures.waiting_share_beside));
  if (!excuse.empty()) report.add("no verdict on what is missed", excuse);

  const auto judge = [&](const std::string& what, bool is_kept, const std::string& detail) {
    if (is_kept || excuse.empty()) return report.promise(what, is_kept, detail);
    report.add("no verdict: " + what, "would be broken (" + detail + ")");
  };
  judge("no media lost", outcome.media.lost_packets == 0,
        with_commas(outcome.media.lost_packets) + " of " +
            with_commas(outcome.media.expected_packets));
  judge("control thread: 1 ms", figures.control_ms_per_join <= kControlMsMax,
        number_text(figures.control_ms_per_join, 3) + " ms of CPU time a join and leave");
  const double ratio = figures.p99_quiet_ns > 0 ? figures.p99_beside_ns / figures.p99_quiet_ns : 0;
  judge("forwarding p99: 1.2 times", ratio > 0 && ratio <= kRatioMax,
        number_text(ratio, 2) + ": " +
            duration_text(static_cast<std::uint64_t>(figures.p99_quiet_ns)) + ", beside joins " +
            duration_text(static_cast<std::uint64_t>(figures.p99_beside_ns)));
  report.values()["joins_per_second"] = figures.joins_per_second;
  report.values()["control_thread_ms_per_join"] = figures.control_ms_per_join;
  report.values()["dtls_threads_ms_per_join"] = figures.dtls_ms_per_join;
  report.values()["worker_busy_share"] = figures.busy_share;
  report.values()["worker_waiting_share"] = figures.waiting_share_quiet;
  report.values()["worker_waiting_share_beside_joins"] = figures.waiting_share_beside;
  report.values()["media_packets_lost"] = outcome.media.lost_packets;
  report.values()["p99_ns"] = figures.p99_quiet_ns;
  report.values()["p99_ns_beside_joins"] = figures.p99_beside_ns;
  report.values()["why_no_verdict"] = excuse;
  return report;
}

}  // namespace penstock::churn
