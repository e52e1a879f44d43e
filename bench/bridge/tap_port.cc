#include "bench/bridge/tap_port.h"

#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <cerrno>

#include "bench/bridge/device.h"

namespace penstock::bridge {

TapPort::TapPort(const std::string& name, int mtu) : name_(name), buffer_(kFrameBytesMax) {
  if (name.empty() || name.size() >= IFNAMSIZ) {
    throw std::runtime_error("tap:" + name + ": a device's name has 1 to 15 characters");
  }
  descriptor_ = ::open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);
  if (descriptor_ < 0) throw system_error("cannot open /dev/net/tun");
  try {
    make();
    set_device_mtu(name, mtu);
    set_device_up(name);
  } catch (...) {
    ::close(descriptor_);
    throw;
  }
}

TapPort::~TapPort() { ::close(descriptor_); }

void TapPort::make() {
  if (::if_nametoindex(name_.c_str()) != 0) {
    throw std::runtime_error("there is a device " + name_ + " already; remedy: another name, or " +
                             name_ + " without tap: to use it");
  }
  ifreq request{};
  name_.copy(request.ifr_name, name_.size());
  request.ifr_flags = IFF_TAP | IFF_NO_PI;
  if (::ioctl(descriptor_, TUNSETIFF, &request) != 0) {
    throw system_error("cannot make the TAP device " + name_);
  }
}

std::span<const std::uint8_t> TapPort::receive() {
  const ssize_t bytes = ::read(descriptor_, buffer_.data(), buffer_.size());
  if (bytes < 0 && (errno == EAGAIN || errno == EINTR)) return {};
  if (bytes < 0) throw system_error("cannot receive on " + name_);
  return {buffer_.data(), static_cast<std::size_t>(bytes)};
}

bool TapPort::send(std::span<const std::uint8_t> frame) {
  return ::write(descriptor_, frame.data(), frame.size()) == static_cast<ssize_t>(frame.size());
}

}  // namespace penstock::bridge
