// UDP sockets of the kernel, for those who speak to the server through them: addresses as the
// kernel has them, and buffers. Stateless.
#pragma once

#include <sys/socket.h>

#include "dataplane/base/ip_address.h"

namespace penstock::test {

// Returns how many bytes of `storage` the address takes.
socklen_t to_kernel(const SocketAddress& address, sockaddr_storage& storage);
SocketAddress from_kernel(const sockaddr_storage& storage);
// What a socket is bound to.
SocketAddress local_address(int descriptor);

// Receive and send buffers of that size, beyond the system's limit if we may (CAP_NET_ADMIN), up to
// it if not.
void set_buffer_bytes(int descriptor, int bytes);

}  // namespace penstock::test
