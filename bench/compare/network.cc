#include "bench/compare/network.h"

#include <fcntl.h>
#include <sched.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <stdexcept>

#include "tests/integration/harness/namespace.h"
#include "tests/support/temporary_folder.h"

namespace penstock::compare {
namespace {

int this_namespace() { return ::open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC); }

void run_batch(const std::filesystem::path& file, const std::string& commands) {
  test::write_file(file, commands);
  integration::run_command({"ip", "-batch", file.string()});
}

}  // namespace

std::string load_address(int host) { return "198.18.0." + std::to_string(host); }

Network::Network(bool kernel_has_media) {
  home_ = this_namespace();
  integration::enter_network_namespace();
  load_ = this_namespace();
  integration::enter_network_namespace();
  server_ = this_namespace();
  const test::TemporaryFolder folder;
  make_links(kernel_has_media, folder.path());
}

Network::~Network() {
  enter(home_);
  for (const int space : {home_, server_, load_}) ::close(space);
}

void Network::enter(int space) {
  if (::setns(space, CLONE_NEWNET) != 0) {
    throw std::runtime_error(std::string("setns: ") + std::strerror(errno));
  }
}

// In the server's namespace.
void Network::make_links(bool kernel_has_media, const std::filesystem::path& folder) {
  const std::string load = "/proc/" + std::to_string(::getpid()) + "/fd/" + std::to_string(load_);
  const std::string media = kMediaDevice;
  std::string commands;
  for (const std::string& end : {media, std::string("control0")}) {
    commands += "link add " + end + " numrxqueues 1 numtxqueues 1 type veth peer name " +
                (end == media ? "load0" : "control1") + " numrxqueues 1 numtxqueues 1\n";
    commands += "link set " + end + " addrgenmode none\nlink set " + end + " up\n";
  }
  commands += "link set load0 netns " + load + "\nlink set control1 netns " + load + "\n";
  commands += "address add " + std::string(kSignallingAddress) + "/24 dev control0\n";
  if (kernel_has_media) {
    commands += "address add " + std::string(kMediaAddress) + "/24 dev " + media + "\n";
  }
  run_batch(folder / "server", commands);
  enter_load();
  commands = "address add 198.18.1.1/24 dev control1\n";
  for (int host = kLoadHostFirst; host <= kLoadHostLast; ++host) {
    commands += "address add " + load_address(host) + "/24 dev load0\n";
  }
  commands += "link set load0 addrgenmode none\nlink set load0 up\nlink set control1 up\n";
  run_batch(folder / "load", commands);
  // The kernel would leave UDP checksums to hardware that is not there (dataplane/dpdk/port.h). For
  // the other servers too: the load is the same for all.
  integration::run_command({"ethtool", "-K", "load0", "tx", "off"});
  enter_server();
}

}  // namespace penstock::compare
