// A network device as the bridge uses it: whole Ethernet frames in and out, without waiting. What
// goes wrong with the device throws std::runtime_error with the remedy.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>

namespace penstock::bridge {

inline constexpr std::size_t kFrameBytesMax = 65'536;

class Port {
 public:
  virtual ~Port() = default;

  // Readable when a frame is there.
  virtual int descriptor() const = 0;
  // The next frame, until the next call; empty if there is none.
  virtual std::span<const std::uint8_t> receive() = 0;
  // False if the device does not take it.
  virtual bool send(std::span<const std::uint8_t> frame) = 0;
  // Frames that came while nobody received, more than the kernel keeps.
  virtual std::uint64_t missed() { return 0; }
};

// "NAME" is a device that exists; "tap:NAME" is to be made.
struct PortSpec {
  std::string name;
  bool is_tap = false;
};
PortSpec parse_port_spec(const std::string& text);

using Ports = std::array<std::unique_ptr<Port>, 2>;
Ports open_ports(const std::array<PortSpec, 2>& specs);

}  // namespace penstock::bridge
