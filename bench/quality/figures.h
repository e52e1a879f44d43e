// The figures of a call: what was measured, by name, and over time.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "bench/quality/call.h"

namespace penstock::quality {

// By name; those that a scenario has no use for are not there.
//
//   utilisation         of receivers, the worst: media sent in the steady state to what the link
//                       could carry at best of what is published (ideal.h)
//   queue_delay_p95_ms  of packets at the bottleneck, in the steady state, of the worst receiver
//   queue_delay_after_step_p95_ms   the same in the two seconds after the link became worse
//   time_down_ms        from then until nothing of a larger encoding was sent any more
//   time_up_ms          from when the link became better until the encoding that fits was sent
//   frozen_share        of the time in the steady state, of the worst stream of any receiver
//   recovered_share     of video packets that the way to the receivers lost: came all the same
//   recovered_up_share  the same of the way from the publishers
//   fairness            of receivers with one link: the least rate to the greatest
//   neighbours_lost     packets that receivers other than the first did not get
//   keyframe_requests   that publishers got in the steady state
//   oracle_violations   what a receiver could trip over although the network did not cause it
using Figures = std::map<std::string, double>;

Figures figures_of(const Scenario& scenario, const CallRecord& call);

// Whether the expectation is met. False if there is no such figure.
bool is_met(const Expectation& expectation, const Figures& figures);

}  // namespace penstock::quality
