// penstock-sockets: the whole Penstock server over the kernel's UDP sockets, for comparison. Its
// configuration is penstock's; port.ipv4 must be an address of the host's kernel, port.driver and
// port.interface are not used. Not shipped.
//
//   penstock-sockets [--gso] [penstock's options]
#include <string_view>
#include <vector>

#include "bench/compare/socket_platform.h"
#include "controlplane/server/program.h"
#include "dataplane/dpdk/dataplane_runtime.h"
#include "dataplane/worker/worker.h"

namespace penstock::compare {
namespace {

class SocketWorker final : public GroupedWorker {
 public:
  SocketWorker(const DpdkPlatform& server, UdpSocket socket, const SocketPlatformConfig& config,
               const WorkerContext& context)
      : platform_(server, std::move(socket), config), worker_(platform_, context) {}

  std::expected<void, std::string> launch(WorkerThreads& threads, WorkerIndex index) override {
    return threads.launch(index, *this);
  }

  // For the worker's loop.
  std::size_t run_once(Timestamp now) { return worker_.run_once(now); }
  bool has_transports() const { return worker_.has_transports(); }
  void wait(Duration) { platform_.wait(); }

 private:
  SocketPlatform platform_;
  Worker<SocketPlatform> worker_;
};

std::expected<std::unique_ptr<GroupedWorker>, std::string> make_socket_worker(
    DataplaneRuntime& runtime, const WorkerContext& context, bool segments) {
  if (!context.addresses.ipv4.is_present()) return std::unexpected("port.ipv4 is not set");
  const auto port = static_cast<std::uint16_t>(context.udp_port_base + context.index);
  auto socket = UdpSocket::open(context.addresses.ipv4.address, port, kSocketWait);
  if (!socket) return std::unexpected(socket.error());
  return std::make_unique<SocketWorker>(
      runtime.platform(context.index), std::move(*socket),
      SocketPlatformConfig{.segments = segments, .addresses = context.addresses, .udp_port = port},
      context);
}

// A port is part of the host; nothing goes through this one. A worker without work blocks at once.
void adapt(DataplaneHostConfig& host) {
  host.vdevs = {"net_ring0"};
  host.port = {.driver = PortDriver::kVdev, .device = "net_ring0"};
  host.polling = {.mode = PollingMode::kAdaptive,
                  .spin = 0,
                  .sleep_min = kSocketWait,
                  .sleep_active_max = kSocketWait,
                  .sleep_idle_max = kSocketWait};
  host.worker_packets += kSocketPackets;
}

}  // namespace
}  // namespace penstock::compare

int main(int argc, char** argv) {
  using namespace penstock;
  bool segments = false;
  std::vector<const char*> arguments;
  for (int i = 0; i < argc; ++i) {
    if (std::string_view(argv[i]) == "--gso") {
      segments = true;
    } else {
      arguments.push_back(argv[i]);
    }
  }
  const WorkerPlatform platform{
      .adapt = compare::adapt,
      .make_worker = [segments](DataplaneRuntime& runtime, const WorkerContext& context) {
        return compare::make_socket_worker(runtime, context, segments);
      }};
  return run_program(static_cast<int>(arguments.size()), arguments.data(), platform);
}
