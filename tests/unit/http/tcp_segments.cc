#include "tests/unit/http/tcp_segments.h"

// The kernel's structure goes further than the C library's, and one source cannot have both.
#include <linux/in.h>
#include <linux/tcp.h>
#include <sys/socket.h>

namespace penstock {

std::uint32_t data_segments_received(int descriptor) {
  tcp_info info{};
  socklen_t bytes = sizeof(info);
  ::getsockopt(descriptor, IPPROTO_TCP, TCP_INFO, &info, &bytes);
  return info.tcpi_data_segs_in;
}

}  // namespace penstock
