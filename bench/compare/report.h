// What a comparison found, as a table for people and as JSON for tools/bench. Pure functions.
//
// The JSON:
//   machine, date, rounds, options        where, when and with what it was measured
//   load_average                          before: other programs disturb
//   softirq                               {counted_apart, is_known, idle_ns_per_second}
//   servers[]                             in the order of the table:
//     name, version, available, reason    reason: why it could not be run; else null
//     cpu_ns_per_packet                   {median, q1, q3}: CPU time of the server's threads per
//                                         forwarded packet, the kernel's work on them included
//     softirq_ns_per_packet               the same of soft interrupts that are in no such thread's
//                                         time: the cost of a packet is the sum of these two
//     busy_ns_per_packet                  of those who poll: iterations with work only; else null
//     packets_per_second_at_01_loss       highest rate with at most 0.1 % lost; null: not searched
//     cost_ns_per_packet_at_01_loss       CPU and softirq together, at that rate
//     rate_is_limited_by_load             in a round or more it may have been the load
//                                         generator that could do no more
//     delay_p50_ns, delay_p99_ns, loss    as the load generator saw them
//     runs[]                              each round: round, error or null, these figures, and
//                                         machine_softirq_ns_per_packet, load_cpu_ns_per_packet,
//                                         busy_share, load_excuse, load (its whole report)
// Figures of a server that could not be run are null.
#pragma once

#include <boost/json.hpp>
#include <string>

#include "bench/compare/comparison.h"

namespace penstock::compare {

// Where and when: not measured here, so that the rest is a function.
struct Occasion {
  std::string machine;
  std::string date;
  double load_average = 0;  // over a minute, before: what other programs do
};
Occasion this_occasion();

boost::json::object to_json(const ComparisonOptions& options, const Comparison& comparison,
                            const Occasion& occasion);
std::string to_table(const ComparisonOptions& options, const Comparison& comparison,
                     const Occasion& occasion);
// Lines that say who is better than the best Penstock, and in what.
std::vector<std::string> where_penstock_loses(const Comparison& comparison);

}  // namespace penstock::compare
