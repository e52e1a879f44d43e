// DTLS datagrams taken apart on the way from the client, as browsers of today send them: a
// ClientHello that does not fit one datagram comes in two (RFC 6347 section 4.2.3).
#pragma once

#include <memory>

#include "tests/integration/harness/socket_client.h"

namespace penstock::integration {

enum class FragmentOrder { kInOrder, kReversed };

// A filter that splits every ClientHello into two datagrams with one fragment each, and gives the
// records of epoch 0 new numbers, so that none comes twice.
SocketClient::Filter split_client_hello(FragmentOrder order);

// The first datagram of a DTLS client.
Bytes make_client_hello(const Certificate& certificate);

// One record of epoch 0.
Bytes make_record(std::uint8_t content_type, std::uint64_t sequence, const Bytes& content);

}  // namespace penstock::integration
