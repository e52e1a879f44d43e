#include "controlplane/server/program.h"

#include <sysexits.h>

#include <cstdio>
#include <exception>

#include "controlplane/config/config.h"
#include "controlplane/config/options.h"
#include "controlplane/log/log.h"
#include "controlplane/server/component_configs.h"
#include "controlplane/server/pool_plan.h"

namespace penstock {
namespace {

int fail(const std::string& message) {
  std::fprintf(stderr, "penstock: %s\n", message.c_str());
  return 1;
}

int run(const Options& options) {
  Config config;
  const std::string name = options.config_path.empty() ? "built-in defaults" : options.config_path;
  if (!options.config_path.empty()) {
    auto loaded = load_config(options.config_path);
    if (!loaded) return fail(loaded.error().to_string());
    config = std::move(*loaded);
  }
  const DataplaneHostConfig host = dataplane_host_config(config);
  const PoolPlan plan = plan_pools(config.limits, config.workers.count,
                                   config.signalling.tls.is_on(), config.recording);
  if (auto checked = check_pools(plan, DataplaneHost::memory_bytes(host), machine_memory_bytes());
      !checked) {
    return fail(name + ": " + checked.error());
  }
  if (options.check_config) {
    std::printf("%s: the configuration is good\n", name.c_str());
    return 0;
  }
  if (options.log_level) config.log.level = *options.log_level;
  if (auto started = start_log(config.log); !started) return fail(started.error());
  auto server = Server::start(config);
  if (!server) return fail(server.error());
  // Past the limit of lines per place, which is for what clients cause. This is said once.
  for (const std::string& line : (*server)->summary()) spdlog::info("{}", line);
  return (*server)->run() ? 0 : EX_SOFTWARE;
}

}  // namespace

int run_program(int argc, const char* const* argv) {
  const auto options = parse_options(argc, argv);
  if (!options) {
    std::fputs(options.error().text.c_str(), options.error().status == 0 ? stdout : stderr);
    return options.error().status;
  }
  try {
    return run(*options);
  } catch (const std::exception& error) {
    // Libraries of the control plane may throw when the machine is out of something.
    std::fprintf(stderr, "penstock: %s\n", error.what());
    return 1;
  }
}

}  // namespace penstock
