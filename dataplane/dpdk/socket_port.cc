#include "dataplane/dpdk/socket_port.h"

#include <algorithm>

namespace penstock {
namespace {

std::expected<std::vector<HostAddress>, std::string> choose_addresses(const PortConfig& config) {
  if (!config.addresses.empty()) return find_host_addresses(config.addresses);
  std::vector<HostAddress> all = host_addresses();
  if (all.empty()) return std::unexpected("this host has no address: is any interface up?");
  return all;
}

std::string kib(std::size_t bytes) { return std::to_string(bytes / 1'024) + " KiB"; }

// "receive buffer 4096 KiB", and why it is less than was asked for.
std::string buffer_text(const char* name, std::size_t given, std::size_t wanted,
                        const char* limit) {
  std::string text = std::string(name) + " buffer " + kib(given);
  if (given < wanted) {
    text += " of " + kib(wanted) + " (sysctl " + limit + "=" + std::to_string(wanted) + ")";
  }
  return text;
}

}  // namespace

std::expected<std::unique_ptr<SocketPort>, std::string> SocketPort::open(const PortConfig& config) {
  auto addresses = choose_addresses(config);
  if (!addresses) return std::unexpected(addresses.error());
  std::unique_ptr<SocketPort> port(new SocketPort(config, std::move(*addresses)));
  if (port->mtu_ < kMtuMin) {
    return std::unexpected("the MTU of the host's interfaces is " + std::to_string(port->mtu_) +
                           ": at least " + std::to_string(kMtuMin) + " is needed");
  }
  if (auto opened = port->open_sockets(); !opened) return std::unexpected(opened.error());
  return port;
}

SocketPort::SocketPort(const PortConfig& config, std::vector<HostAddress> addresses)
    : config_(config),
      addresses_(std::move(addresses)),
      mtu_(std::min(config.mtu, largest_mtu(addresses_))),
      rings_{.queue_count = config.worker_count} {}

// With one address, sockets are bound to it; with several, to all that the host has.
std::expected<void, std::string> SocketPort::open_sockets() {
  UdpSocketConfig config{.address = {},
                         .receive_buffer_bytes = config_.receive_buffer_bytes,
                         .send_buffer_bytes = config_.send_buffer_bytes};
  if (addresses_.size() == 1) config.address = addresses_.front().address;
  for (std::size_t i = 0; i < config_.worker_count; ++i) {
    config.port = udp_port(i);
    auto socket = UdpSocket::open(config);
    if (!socket) return std::unexpected(socket.error());
    sockets_.push_back(std::move(*socket));
    counters_.push_back(std::make_unique<SocketCounters>());
  }
  return {};
}

std::vector<IpAddress> SocketPort::addresses() const {
  std::vector<IpAddress> addresses;
  for (const HostAddress& each : addresses_) addresses.push_back(each.address);
  return addresses;
}

PortStats SocketPort::stats() const {
  PortStats stats;
  for (const auto& counters : counters_) {
    stats.received_packets += counters->received_packets.get();
    stats.received_bytes += counters->received_bytes.get();
    stats.receive_errors += counters->receive_errors.get();
    stats.no_buffer_packets += counters->no_buffer.get();
    stats.transmitted_packets += counters->transmitted_packets.get();
    stats.transmitted_bytes += counters->transmitted_bytes.get();
    stats.transmit_errors += counters->transmit_errors.get();
    stats.too_large_packets += counters->too_large.get();
  }
  for (const UdpSocket& socket : sockets_) stats.missed_packets += socket.missed();
  return stats;
}

std::string SocketPort::summary() const {
  std::string text = "port: the kernel's sockets, " + std::to_string(sockets_.size()) +
                     " for as many worker(s), from UDP port " +
                     std::to_string(config_.udp_port_base) + " on, MTU " + std::to_string(mtu_) +
                     ", addresses";
  for (std::size_t i = 0; i < addresses_.size(); ++i) {
    text += (i == 0 ? " " : ", ") + to_string(addresses_[i].address) + " (" +
            addresses_[i].interface + ")";
  }
  const UdpSocket& first = sockets_.front();
  return text + "\n  each with " +
         buffer_text("receive", first.receive_buffer_bytes(), config_.receive_buffer_bytes,
                     "net.core.rmem_max") +
         ", " +
         buffer_text("send", first.send_buffer_bytes(), config_.send_buffer_bytes,
                     "net.core.wmem_max") +
         (first.has_segmentation() ? ", several datagrams in one message (UDP_SEGMENT)" : "");
}

}  // namespace penstock
