#include "bench/report/goals.h"

#include "bench/report/text.h"

namespace penstock::bench {
namespace {

// Of the windows by the clock, at least so many must have been undisturbed to judge them.
constexpr std::size_t kWindowsMin = 10;

class Judge {
 public:
  explicit Judge(const json::value& document) : document_(document) {}

  std::optional<double> pipeline(std::string_view run, std::string_view pointer) const {
    const json::value* result = pipeline_result(document_, run);
    return result == nullptr ? std::nullopt : number_at(*result, pointer);
  }

  // Nanoseconds above `base`, both of the same run.
  Goal overhead(Goal goal, std::string_view base, double ns_max) const {
    const auto ns = pipeline("subscribers-16", "/ns_per_packet_spread/median");
    const auto q1 = pipeline("subscribers-16", "/ns_per_packet_spread/q1");
    const auto q3 = pipeline("subscribers-16", "/ns_per_packet_spread/q3");
    const auto less = pipeline("subscribers-16", base);
    if (!ns || !q1 || !q3 || !less) return goal;
    goal.measured = text("%.1f ns (%.1f to %.1f)", *ns - *less, *q1 - *less, *q3 - *less);
    goal.is_met = *ns - *less <= ns_max;
    return goal;
  }

  // A ratio of two medians.
  Goal ratio(Goal goal, std::optional<double> value, std::optional<double> base, double max) const {
    if (!value || !base || *base == 0) return goal;
    goal.measured = text("%.2f (%.1f / %.1f)", *value / *base, *value, *base);
    goal.is_met = *value / *base <= max;
    return goal;
  }

  Goal costs(Goal goal, std::string_view run, double max) const {
    return ratio(std::move(goal), pipeline(run, "/ns_per_packet"),
                 pipeline("subscribers-16", "/ns_per_packet"), max);
  }

  Goal audio_beside_keyframes(Goal goal) const {
    const auto us = [](std::optional<double> ns) {
      return ns ? std::optional(*ns / 1e3) : std::nullopt;
    };
    return ratio(std::move(goal), us(pipeline("audio-beside-keyframes", "/latency_ns/p99")),
                 us(pipeline("audio-beside-keyframes", "/idle_latency_ns/p99")), 1.5);
  }

  // By the clock if the machine let it be measured, else by CPU time.
  Goal scaling(Goal goal, const std::string& setup, double min) const {
    auto ratio = spread_at(document_, "/scaling/result/" + setup + "/ratio");
    if (!ratio || ratio->count < kWindowsMin) {
      ratio = spread_at(document_, "/scaling/result/" + setup + "/cpu_ratio");
      goal.note = "by CPU time: the cores were not idle beside us";
    }
    if (!ratio) return goal;
    goal.what += text(" (rooms of %.0f x %.0f)",
                      number_at(document_, "/scaling/result/publishers").value_or(0),
                      number_at(document_, "/scaling/result/subscribers").value_or(0));
    goal.measured = text("%.2f (%.2f to %.2f)", ratio->median, ratio->q1, ratio->q3);
    goal.is_met = ratio->median >= min;
    return goal;
  }

  // At a ring that drains at the rate of its link, of all cases.
  Goal lost(Goal goal) const {
    double lost = 0;
    std::size_t cases = 0;
    for (const json::value& run : array_at(document_, "/drain")) {
      for (const json::value& one : array_at(run, "/result/cases")) {
        lost += number_at(one, "/lost").value_or(0);
        ++cases;
      }
    }
    if (cases == 0) return goal;
    goal.measured = text("%.0f packets in %zu cases", lost, cases);
    goal.is_met = lost == 0;
    return goal;
  }

  // Of one packet to 500 receivers at 10 Gb/s, to what the wire needs.
  Goal drain_spread(Goal goal, double max) const {
    const auto us = [](std::optional<double> ns) {
      return ns ? std::optional(*ns / 1e3) : std::nullopt;
    };
    for (const json::value& run : array_at(document_, "/drain")) {
      if (number_at(run, "/result/gbps") != 10) continue;
      for (const json::value& one : array_at(run, "/result/cases")) {
        if (number_at(one, "/subscribers") != 500) continue;
        return ratio(std::move(goal), us(number_at(one, "/spread_ns/max")),
                     us(number_at(one, "/wire_spread_ns")), max);
      }
    }
    return goal;
  }

  Goal quiescent(Goal goal) const {
    const auto share = pipeline("subscribers-16", "/quiescent_share");
    if (!share) return goal;
    goal.measured = text("%.2f %%", *share * 100);
    goal.is_met = *share <= 0.005;
    return goal;
  }

  // The minimum: a pure function.
  Goal kernel(Goal goal, const std::string& bytes, double max) const {
    const auto best = [&](const std::string& name) {
      const auto ns = micro_ns(document_, name + "/" + bytes);
      return ns ? std::optional(ns->min) : std::nullopt;
    };
    return ratio(std::move(goal), best("ours/gcm128"), best("library/gcm128_without_gfni"), max);
  }

 private:
  const json::value& document_;
};

}  // namespace

std::vector<Goal> judge(const json::value& document) {
  const Judge judge(document);
  return {
      judge.overhead({.what = "a forwarded 1,100-byte packet, everything but the cipher",
                      .limit = "at most 50 ns (stretch 35)"},
                     "/cipher_ns_per_packet", 50),
      judge.overhead({.what = "the whole of it, above ipsec-mb's own time for the same packets",
                      .limit = "at most 50 ns"},
                     "/library_cipher_ns_per_packet", 50),
      judge.costs({.what = "512 subscribers, to 16", .limit = "at most 1.2 times"},
                  "subscribers-512", 1.2),
      judge.costs({.what = "1,024 packets in flight, to 256", .limit = "at most 1.25 times"},
                  "in-flight-1024", 1.25),
      judge.ratio({.what = "a carrier's 1,000 rooms, to 16 (ns)", .limit = "at most 1.25 times"},
                  judge.pipeline("carrier-1000", "/ns_per_packet"),
                  judge.pipeline("carrier-16", "/ns_per_packet"), 1.25),
      judge.lost({.what = "lost at rings of 1,024 that drain at 1 to 100 Gb/s, link load 85 %",
                  .limit = "none"}),
      judge.drain_spread({.what = "first to last of 500 receivers at 10 Gb/s, to the wire's (us)",
                          .limit = "at most 1.1 times"},
                         1.1),
      judge.audio_beside_keyframes(
          {.what = "audio p99 beside keyframes of 50 packets to 64 subscribers, to idle (us)",
           .limit = "at most 1.5 times"}),
      judge.scaling(
          {.what = "a room sharded over 2 workers, to one worker", .limit = "at least 1.7 times"},
          "sharded_room", 1.7),
      judge.scaling({.what = "two rooms on 2 workers, to one", .limit = "at least 1.9 times"},
                    "two_rooms", 1.9),
      judge.quiescent({.what = "QSBR's reports, of the cycles", .limit = "at most 0.5 %"}),
      judge.kernel({.what = "our GCM, to ipsec-mb without GFNI, 1,100 bytes (ns)",
                    .limit = "at most 0.65 times (stretch 0.55)"},
                   "1100", 0.65),
      judge.kernel(
          {.what = "the same, 100 bytes (ns)", .limit = "at most 0.85 times (stretch 0.65)"}, "100",
          0.85),
  };
}

}  // namespace penstock::bench
