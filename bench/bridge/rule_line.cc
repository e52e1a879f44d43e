#include "bench/bridge/rule_line.h"

#include <algorithm>
#include <sstream>

namespace penstock::bridge {

std::expected<RuleLine, std::string> parse_rule_for(const std::string& device,
                                                    const std::string& rule,
                                                    const DeviceNames& names) {
  RuleLine line;
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (device == names[i] || device == kBoth) line.ways.push_back(i);
  }
  if (line.ways.empty()) {
    return std::unexpected("\"" + device + "\": frames go to " + names[0] + ", " + names[1] +
                           " or " + kBoth);
  }
  auto changes = parse_rule(rule);
  if (!changes) return std::unexpected(changes.error());
  line.changes = std::move(*changes);
  return line;
}

std::expected<std::optional<RuleLine>, std::string> parse_rule_line(const std::string& line,
                                                                    const DeviceNames& names) {
  std::istringstream words(line.substr(0, line.find('#')));
  std::string device;
  std::string rule;
  std::string surplus;
  if (!(words >> device)) return std::nullopt;
  if (!(words >> rule) || words >> surplus) {
    return std::unexpected("\"" + line + "\": expected DEVICE RULE, as in \"" + names[1] +
                           " loss=2,delay-ms=10\"");
  }
  auto parsed = parse_rule_for(device, rule, names);
  if (!parsed) return std::unexpected(parsed.error());
  return std::move(*parsed);
}

}  // namespace penstock::bridge
