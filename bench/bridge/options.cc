#include "bench/bridge/options.h"

#include <CLI/CLI.hpp>
#include <fstream>
#include <string>
#include <utility>

namespace penstock::bridge {
namespace {

constexpr const char* kDescription =
    "Joins two network devices like a cable, and does to what goes over it what bad networks do:\n"
    "loses, delays, doubles and reorders frames, or lets only so many through. The same seed "
    "makes\n"
    "the same decisions.";

constexpr const char* kExamples =
    "Examples:\n"
    "  penstock-bridge bad0 bad1 --to bad1 loss=5 --both delay-ms=10\n"
    "  penstock-bridge tap:home0 bad1 --to bad1 rate-kbps=2000,queue-ms=200 \\\n"
    "      --to bad1 at-s=20,rate-kbps=500 --stats\n"
    "\n"
    "The devices have to be up and without an address of the kernel's, such as ends of veth "
    "pairs;\n"
    "those at the other ends must not leave checksums to hardware (ethtool -K DEVICE tx off). The\n"
    "bridge switches off GRO, LRO and ARP on its two. A namespace, a browser and a server around\n"
    "it: docs/bad-networks.md.\n"
    "\n"
    "On SIGUSR1 and at its end, after SIGINT or SIGTERM, it prints what went over it and what was\n"
    "lost by which rule, as a line of JSON: for each way\n"
    "frames + duplicated = sent + not_sent + lost + lost_in_burst + lost_in_outage + queue_full +\n"
    "waiting. `missed` came while the bridge itself had no CPU; `late_max_us` is its own delay.\n"
    "\n"
    "Exit status: 0 all went well, 1 a device cannot be used, 2 a mistake in the call.";

struct Raw {
  std::vector<std::string> devices;
  std::vector<std::pair<std::string, std::string>> to;
  std::vector<std::string> both;
  std::string schedule;
};

void add_options(CLI::App& app, BridgeOptions& options, Raw& raw) {
  app.add_option("DEVICE", raw.devices, "NAME: a device that exists; tap:NAME: a TAP to be made")
      ->required()
      ->expected(2)
      ->type_name("DEVICE");
  app.add_option("--to", raw.to, "What happens to frames that go to this device; repeatable")
      ->type_name("DEVICE RULE");
  app.add_option("--both", raw.both, "What happens both ways; repeatable")
      ->allow_extra_args(false)
      ->type_name("RULE");
  app.add_option("--schedule", raw.schedule, "More rules: lines of DEVICE RULE, or of both RULE")
      ->type_name("FILE");
  app.add_flag("--commands", options.takes_commands,
               "Take such lines from standard input too: they are in effect at once, and their "
               "at-s counts from then");
  app.add_flag("--all", options.filter.takes_all,
               "The rules are for all frames (otherwise for UDP only: ARP, TCP and the like pass)");
  app.add_option("--larger-than", options.filter.larger_than_bytes,
                 "The rules are for frames of more bytes only, Ethernet header included")
      ->check(CLI::Range(0, 65'535))
      ->type_name("BYTES");
  app.add_option("--seed", options.seed, "Another seed, other decisions")
      ->type_name("N")
      ->capture_default_str();
  app.add_flag("--stats", options.has_statistics, "Print the statistics every second too");
}

// Nothing, or what is wrong.
std::string read_schedule(const std::string& path, BridgeOptions& options) {
  std::ifstream file(path);
  if (!file) return "--schedule " + path + ": cannot be read";
  std::string line;
  for (int number = 1; std::getline(file, line); ++number) {
    auto rule = parse_rule_line(line, options.names());
    if (!rule) return path + ":" + std::to_string(number) + ": " + rule.error();
    if (*rule) options.rules.push_back(std::move(**rule));
  }
  return {};
}

// Nothing, or what is wrong.
std::string settle(const Raw& raw, BridgeOptions& options) {
  options.devices = {parse_port_spec(raw.devices[0]), parse_port_spec(raw.devices[1])};
  const DeviceNames names = options.names();
  if (names[0] == names[1]) return "a device cannot be joined with itself: " + names[0];
  std::vector<std::pair<std::string, std::string>> rules = raw.to;
  for (const std::string& rule : raw.both) rules.emplace_back(kBoth, rule);
  for (const auto& [device, rule] : rules) {
    auto line = parse_rule_for(device, rule, names);
    if (!line) return (device == kBoth ? "--both " : "--to ") + line.error();
    options.rules.push_back(std::move(*line));
  }
  return raw.schedule.empty() ? std::string() : read_schedule(raw.schedule, options);
}

}  // namespace

std::optional<BridgeOptions> parse_bridge_options(int argc, const char* const* argv,
                                                  int& exit_status) {
  BridgeOptions options;
  Raw raw;
  CLI::App app(kDescription, "penstock-bridge");
  app.footer("\nRULE: KEY=VALUE,...; a rule changes what it names and leaves the rest as it is\n" +
             rule_keys_help() + "\n" + kExamples);
  add_options(app, options, raw);
  try {
    app.parse(argc, argv);
    const std::string mistake = settle(raw, options);
    if (!mistake.empty()) throw CLI::ValidationError(mistake);
  } catch (const CLI::ParseError& error) {
    exit_status = app.exit(error) == 0 ? 0 : 2;
    return std::nullopt;
  }
  return options;
}

}  // namespace penstock::bridge
