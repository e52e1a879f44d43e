// Configuration text: either a configuration that holds what its header promises, or an error with
// a message.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "controlplane/config/config.h"
#include "dataplane/base/check.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size > 16'384) return 0;
  const auto config =
      penstock::parse_config({reinterpret_cast<const char*>(data), size}, "fuzz.toml");
  if (!config) {
    PENSTOCK_CHECK(!config.error().message.empty());
    PENSTOCK_CHECK(config.error().to_string().find('\n') == std::string::npos);
    return 0;
  }
  PENSTOCK_CHECK(config->port.ipv4 || config->port.ipv6);
  PENSTOCK_CHECK(!config->srtp.profiles.empty());
  PENSTOCK_CHECK(config->workers.cpus.empty() ||
                 config->workers.cpus.size() == config->workers.count);
  PENSTOCK_CHECK(config->rooms.size() <= config->limits.rooms);
  return 0;
}
