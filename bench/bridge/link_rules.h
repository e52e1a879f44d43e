// Link conditions as a user writes them, "loss=2,delay-ms=10", and how they change over time:
// "at-s=20,rate-kbps=500". Every rule changes what it names and leaves the rest as it was. Pure
// functions.
#pragma once

#include <expected>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "bench/bridge/link_model.h"

namespace penstock::bridge {

// What the bridge does when no rule says otherwise: nothing. (Once a rule gives it a rate, the
// queue is bounded.)
inline constexpr LinkConditions kNoImpairment{
    .delay = 0, .keeps_order = true, .queue_time_max = 100 * kMillisecond};

struct LinkChange {
  Timestamp at = 0;  // since the rules came into effect
  std::function<void(LinkConditions&)> apply;
};

// The changes of one rule, or what is wrong with it and what was expected.
std::expected<std::vector<LinkChange>, std::string> parse_rule(std::string_view text);

// What changes make of kNoImpairment. Changes of the same time happen in the order given.
std::vector<LinkStep> steps_of(const std::vector<LinkChange>& changes);

// The keys, for --help: a line each.
std::string rule_keys_help();

}  // namespace penstock::bridge
