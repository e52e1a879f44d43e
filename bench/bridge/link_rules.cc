#include "bench/bridge/link_rules.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <map>
#include <optional>
#include <span>

namespace penstock::bridge {
namespace {

// Numbers of a key, as many as were given.
using Values = std::span<const double>;

struct Range {
  double min;
  double max;
  const char* unit;
};
constexpr Range kPercent{0, 100, "percent"};
constexpr Range kMs{0, 60'000, "ms"};

constexpr std::size_t kValuesMax = 3;
struct Key {
  const char* name;
  const char* values;  // for people
  const char* help;
  std::size_t needed;  // of its values
  std::size_t allowed;
  std::array<Range, kValuesMax> ranges;
  void (*apply)(LinkConditions&, Values);
};

std::uint32_t per_million(double percent) {
  return static_cast<std::uint32_t>(std::lround(percent * 10'000));
}
Duration from_ms(double ms) { return std::llround(ms * static_cast<double>(kMillisecond)); }

constexpr const char* kAt = "at-s";
constexpr const char* kOutage = "outage-ms";
constexpr Range kSeconds{0, 86'400, "s"};

// Those that are a change of conditions; kAt and kOutage are about when.
const std::array kKeys = {
    Key{"loss",
        "P",
        "lose P percent at random",
        1,
        1,
        {kPercent},
        [](LinkConditions& link, Values v) { link.loss_per_million = per_million(v[0]); }},
    Key{"bursts",
        "P/Q[/R]",
        "lose bursts too: P percent of the frames begin one, Q percent in it end it,\n"
        "R percent in it are lost (100)",
        2,
        3,
        {kPercent, kPercent, kPercent},
        [](LinkConditions& link, Values v) {
          link.bursts = {per_million(v[0]), per_million(v[1]),
                         per_million(v.size() > 2 ? v[2] : 100)};
        }},
    Key{"duplicate",
        "P",
        "deliver P percent twice",
        1,
        1,
        {kPercent},
        [](LinkConditions& link, Values v) { link.duplicate_per_million = per_million(v[0]); }},
    Key{"delay-ms",
        "MS",
        "deliver so much later",
        1,
        1,
        {kMs},
        [](LinkConditions& link, Values v) { link.delay = from_ms(v[0]); }},
    Key{"jitter-ms",
        "MS",
        "and up to so much later than that",
        1,
        1,
        {kMs},
        [](LinkConditions& link, Values v) { link.jitter = from_ms(v[0]); }},
    Key{"keep-order",
        "1|0",
        "0: jitter may change the order (1)",
        1,
        1,
        {Range{0, 1, "1 or 0"}},
        [](LinkConditions& link, Values v) { link.keeps_order = v[0] != 0; }},
    Key{"reorder",
        "P/MS",
        "hold P percent back for so long, so that others overtake them",
        2,
        2,
        {kPercent, kMs},
        [](LinkConditions& link, Values v) {
          link.held_per_million = per_million(v[0]);
          link.held_for = from_ms(v[1]);
        }},
    Key{"rate-kbps",
        "N",
        "the rate of the bottleneck, in 1,000 bits of frames a second (0: none)",
        1,
        1,
        {Range{0, 1e7, "kb/s"}},
        [](LinkConditions& link, Values v) {
          link.rate_bps = static_cast<std::uint64_t>(std::llround(v[0] * 1'000));
        }},
    Key{"queue-ms",
        "MS",
        "how long a frame waits at the bottleneck at most, else it is lost (100)",
        1,
        1,
        {kMs},
        [](LinkConditions& link, Values v) {
          link.queue_time_max = std::max<Duration>(1, from_ms(v[0]));
          link.queue_bytes_max = 0;
        }},
    Key{"queue-bytes",
        "N",
        "the same in bytes of frames, instead of ms",
        1,
        1,
        {Range{1, 1e9, "bytes"}},
        [](LinkConditions& link, Values v) {
          link.queue_time_max = 0;
          link.queue_bytes_max = static_cast<std::uint64_t>(std::llround(v[0]));
        }},
};

std::string names_of_keys() {
  std::string text = std::string(kAt) + ", " + kOutage;
  for (const Key& key : kKeys) text += std::string(", ") + key.name;
  return text;
}

std::string number_text(double value) {
  char text[32];
  const auto end = std::to_chars(text, text + sizeof(text), value).ptr;
  return {text, end};
}

std::optional<double> parse_number(std::string_view text) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  for (;;) {
    const std::size_t end = text.find(separator);
    parts.push_back(text.substr(0, end));
    if (end == std::string_view::npos) return parts;
    text.remove_prefix(end + 1);
  }
}

struct Shape {
  std::size_t needed;
  std::size_t allowed;
  std::span<const Range> ranges;
};

// The numbers behind a key, or what was expected of them.
std::expected<std::vector<double>, std::string> parse_values(std::string_view text,
                                                             const Shape& shape) {
  std::vector<double> values;
  for (const std::string_view part : split(text, '/')) {
    if (values.size() == shape.allowed) {
      return std::unexpected("too many numbers: expected " + std::to_string(shape.allowed));
    }
    const Range& range = shape.ranges[values.size()];
    const auto value = parse_number(part);
    if (!value || !(*value >= range.min && *value <= range.max)) {  // (NaN is neither)
      return std::unexpected("expected a number from " + number_text(range.min) + " to " +
                             number_text(range.max) + " (" + range.unit + "), found \"" +
                             std::string(part) + "\"");
    }
    values.push_back(*value);
  }
  if (values.size() < shape.needed) {
    return std::unexpected("too few numbers: expected " + std::to_string(shape.needed) +
                           ", separated by /");
  }
  return values;
}

// What is gathered while a rule is read.
struct Rule {
  Timestamp at = 0;
  Duration outage = 0;
  std::vector<std::function<void(LinkConditions&)>> settings;
};

std::expected<void, std::string> read_setting(std::string_view name, std::string_view text,
                                              Rule& rule) {
  const auto key = std::ranges::find(kKeys, name, &Key::name);
  const bool is_time = name == kAt || name == kOutage;
  if (key == kKeys.end() && !is_time) {
    return std::unexpected("there is no such key; there are " + names_of_keys());
  }
  const Range time_range = name == kAt ? kSeconds : kMs;
  const Shape shape =
      is_time ? Shape{1, 1, {&time_range, 1}} : Shape{key->needed, key->allowed, key->ranges};
  const auto values = parse_values(text, shape);
  if (!values) return std::unexpected(values.error());
  if (name == kAt) {
    rule.at = from_ms(values->front() * 1'000);
  } else if (name == kOutage) {
    rule.outage = from_ms(values->front());
  } else {
    rule.settings.emplace_back(
        [apply = key->apply, values = *values](LinkConditions& link) { apply(link, values); });
  }
  return {};
}

std::string help_line(const char* name, const char* values, std::string_view help) {
  std::string text;
  std::string head = std::string("  ") + name + "=" + values;
  for (const std::string_view line : split(help, '\n')) {
    head.resize(std::max<std::size_t>(22, head.size() + 1), ' ');
    text += head + std::string(line) + "\n";
    head.clear();
  }
  return text;
}

}  // namespace

std::expected<std::vector<LinkChange>, std::string> parse_rule(std::string_view text) {
  Rule rule;
  for (const std::string_view part : split(text, ',')) {
    const std::size_t equals = part.find('=');
    const std::string in =
        "\"" + std::string(part) + "\" in the rule \"" + std::string(text) + "\": ";
    if (equals == std::string_view::npos) {
      return std::unexpected(in + "expected KEY=VALUE; keys are " + names_of_keys());
    }
    const auto read = read_setting(part.substr(0, equals), part.substr(equals + 1), rule);
    if (!read) return std::unexpected(in + read.error());
  }
  std::vector<LinkChange> changes;
  for (auto& setting : rule.settings) changes.push_back({rule.at, std::move(setting)});
  if (rule.outage > 0) {
    changes.push_back({rule.at, [](LinkConditions& link) { link.is_cut = true; }});
    changes.push_back({rule.at + rule.outage, [](LinkConditions& link) { link.is_cut = false; }});
  }
  return changes;
}

std::vector<LinkStep> steps_of(const std::vector<LinkChange>& changes) {
  std::multimap<Timestamp, const LinkChange*> by_time;  // which keeps the order of equal keys
  for (const LinkChange& change : changes) by_time.emplace(change.at, &change);
  std::vector<LinkStep> steps = {{.from = 0, .conditions = kNoImpairment}};
  for (const auto& [at, change] : by_time) {
    if (at > steps.back().from) steps.push_back({at, steps.back().conditions});
    change->apply(steps.back().conditions);
  }
  return steps;
}

std::string rule_keys_help() {
  std::string text;
  for (const Key& key : kKeys) text += help_line(key.name, key.values, key.help);
  text += help_line(kOutage, "MS", "lose everything for so long");
  text += help_line(kAt, "S", "all of this from S seconds after the start on (0)");
  return text;
}

}  // namespace penstock::bridge
