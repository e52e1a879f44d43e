// A device that exists, through a packet socket (packet(7)): everything that comes in on it, and
// nothing that the kernel or the bridge itself sends.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "bench/bridge/port.h"

namespace penstock::bridge {

class PacketPort final : public Port {
 public:
  explicit PacketPort(const std::string& name);
  ~PacketPort() override;
  PacketPort(const PacketPort&) = delete;
  PacketPort& operator=(const PacketPort&) = delete;

  int descriptor() const override { return socket_; }
  std::span<const std::uint8_t> receive() override;
  bool send(std::span<const std::uint8_t> frame) override;
  std::uint64_t missed() override;

 private:
  void set_option(int level, int option, const void* value, unsigned bytes, const char* name);
  void bind_to_device();

  std::string name_;
  int socket_ = -1;
  std::vector<std::uint8_t> buffer_;
  std::uint64_t missed_ = 0;
};

}  // namespace penstock::bridge
