#include "dataplane/dpdk/doorbell.h"

#include <sys/eventfd.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace penstock {

std::expected<std::unique_ptr<Doorbell>, std::string> Doorbell::create() {
  const int fd = ::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
  if (fd < 0) {
    return std::unexpected(std::string("cannot make an eventfd: ") + std::strerror(errno) +
                           "; raise the limit of open files (ulimit -n)");
  }
  return std::unique_ptr<Doorbell>(new Doorbell(fd));
}

Doorbell::~Doorbell() { ::close(fd_); }

void Doorbell::declare_awake(bool may_be_rung) {
  is_asleep_.exchange(false, std::memory_order_acq_rel);
  if (!may_be_rung) return;
  // The counter is zeroed by the read; there is nothing to read if nobody rang.
  std::uint64_t rings = 0;
  [[maybe_unused]] const ssize_t bytes = ::read(fd_, &rings, sizeof(rings));
}

void Doorbell::ring() {
  ring_count_.fetch_add(1, std::memory_order_relaxed);
  const std::uint64_t one = 1;
  [[maybe_unused]] const ssize_t bytes = ::write(fd_, &one, sizeof(one));
}

}  // namespace penstock
