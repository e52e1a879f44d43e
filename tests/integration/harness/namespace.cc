#include "tests/integration/harness/namespace.h"

#include <net/if.h>
#include <sched.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <stdexcept>

#include "tests/integration/harness/child_process.h"
#include "tests/support/temporary_folder.h"

namespace penstock::integration {

void run_command(const std::vector<std::string>& arguments) {
  const test::TemporaryFolder folder;
  ChildProcess process({.arguments = arguments, .output = folder.path() / "output"});
  const auto status = process.wait_for(20 * kSecond);
  if (status == 0) return;
  std::string command;
  for (const std::string& argument : arguments) command += argument + " ";
  throw std::runtime_error(command + "failed: " + test::read_file(folder.path() / "output"));
}

void enter_network_namespace() {
  if (::unshare(CLONE_NEWNET) != 0) {
    throw std::runtime_error(
        std::string("cannot make a network namespace (") + std::strerror(errno) +
        "): integration tests need root, that is CAP_SYS_ADMIN and CAP_NET_ADMIN");
  }
  run_command({"ip", "link", "set", "lo", "up"});
}

bool interface_exists(const std::string& name) { return ::if_nametoindex(name.c_str()) != 0; }

void add_address(const std::string& device, const std::string& address) {
  run_command({"ip", "address", "add", address, "dev", device});
}

void add_veth_pair(const std::string& server_end, const std::string& client_end,
                   const std::vector<std::string>& client_addresses) {
  run_command({"ip", "link", "add", server_end, "type", "veth", "peer", "name", client_end});
  // The kernel would leave UDP checksums to hardware that is not there (dataplane/dpdk/port.h).
  run_command({"ethtool", "-K", client_end, "tx", "off"});
  run_command({"ip", "link", "set", server_end, "up"});
  run_command({"ip", "link", "set", client_end, "up"});
  for (const std::string& address : client_addresses) add_address(client_end, address);
}

}  // namespace penstock::integration
