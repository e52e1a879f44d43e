#include <iostream>
#include <stdexcept>

#include "bench/bridge/bridge.h"
#include "bench/bridge/options.h"

int main(int argc, char** argv) {
  using namespace penstock::bridge;
  int exit_status = 0;
  const auto options = parse_bridge_options(argc, argv, exit_status);
  if (!options) return exit_status;
  try {
    Bridge bridge(*options);
    const DeviceNames names = options->names();
    std::cerr << "penstock-bridge: " << names[0] << " and " << names[1] << " are joined, seed "
              << options->seed << '\n';
    bridge.run();
  } catch (const std::runtime_error& error) {
    std::cerr << "penstock-bridge: " << error.what() << '\n';
    return 1;
  }
  return 0;
}
