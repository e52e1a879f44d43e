// A TAP device that the bridge makes: what the host sends out on it comes in here. It goes with the
// object.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "bench/bridge/port.h"

namespace penstock::bridge {

class TapPort final : public Port {
 public:
  // Up, without an address.
  TapPort(const std::string& name, int mtu);
  ~TapPort() override;
  TapPort(const TapPort&) = delete;
  TapPort& operator=(const TapPort&) = delete;

  int descriptor() const override { return descriptor_; }
  std::span<const std::uint8_t> receive() override;
  bool send(std::span<const std::uint8_t> frame) override;

 private:
  void make();

  std::string name_;
  int descriptor_ = -1;
  std::vector<std::uint8_t> buffer_;
};

}  // namespace penstock::bridge
