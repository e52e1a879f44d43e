// Handshakes through a network that loses datagrams.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <vector>

#include "tests/unit/dtls/dtls_test_network.h"
#include "tests/unit/dtls/dtls_test_peer.h"

namespace penstock {
namespace {

// How many of `count` handshakes connect within 5 s of virtual time.
int count_connected(std::uint64_t loss_percent, int count) {
  const TwoContexts contexts;
  int connected = 0;
  for (int i = 0; i < count; ++i) {
    EndpointNode client = contexts.make_client();
    EndpointNode server = contexts.make_server();
    DtlsNetwork network(client, server,
                        {.delay = 20 * kMillisecond,
                         .loss_percent = loss_percent,
                         .seed = static_cast<std::uint64_t>(i) + 1});
    network.run(5 * kSecond);
    connected += client.is_connected() && server.is_connected() ? 1 : 0;
  }
  return connected;
}

TEST(DtlsLoss, WithoutLossEveryHandshakeConnects) { EXPECT_EQ(count_connected(0, 20), 20); }

TEST(DtlsLoss, AtThirtyPercentLossNinetyNinePercentConnectWithinFiveSeconds) {
  // A longer run, to see how far from the line we are: PENSTOCK_DTLS_LOSS_HANDSHAKES=20000.
  const char* requested = std::getenv("PENSTOCK_DTLS_LOSS_HANDSHAKES");
  const int count = requested == nullptr ? 200 : std::atoi(requested);
  const int connected = count_connected(30, count);
  EXPECT_GE(connected * 100, count * 99) << connected << " of " << count;
}

}  // namespace
}  // namespace penstock
