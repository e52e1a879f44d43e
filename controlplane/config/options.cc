#include "controlplane/config/options.h"

#include <CLI/CLI.hpp>

namespace penstock {
namespace {

constexpr const char* kDescription =
    "Penstock: a WebRTC selective forwarding unit on DPDK, with the Janus VideoRoom API.\n"
    "\n"
    "Without a configuration file it makes a TAP device (penstock0, 198.18.0.1/24), takes calls\n"
    "from browsers on this machine, and serves a page to try it: http://localhost:8088/";

constexpr const char* kFooter =
    "\n"
    "Making a TAP device or using a NIC needs CAP_NET_ADMIN (run as root, or see "
    "docs/operating.md).\n"
    "The driver \"sockets\" needs no permission.\n"
    "Every key of the configuration is described in docs/penstock.toml.\n"
    "\n"
    "Exit status: 0 after --help, --version, a good --check-config or a stop by SIGINT or "
    "SIGTERM;\n"
    "1 for a mistake in the configuration or if the server could not start; 2 for one in the "
    "command\n"
    "line.";

}  // namespace

std::expected<Options, OptionsExit> parse_options(int argc, const char* const* argv) {
  Options options;
  std::string level;
  CLI::App app(kDescription, "penstock");
  app.footer(kFooter);
  app.set_version_flag("--version", "penstock " PENSTOCK_VERSION);
  app.add_option("-c,--config", options.config_path, "Configuration file (TOML)")
      ->type_name("FILE");
  app.add_flag("--check-config", options.check_config,
               "Check the configuration and exit, without touching the network");
  app.add_option("--log-level", level, "Overrides [log] level")
      ->type_name("LEVEL")
      ->check(CLI::IsMember({"trace", "debug", "info", "warning", "error", "off"}));
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    std::ostringstream out;
    std::ostringstream err;
    const bool is_mistake = app.exit(error, out, err) != 0;
    return std::unexpected(OptionsExit{is_mistake ? 2 : 0, is_mistake ? err.str() : out.str()});
  }
  if (!level.empty()) options.log_level = log_level_from(level);
  return options;
}

}  // namespace penstock
