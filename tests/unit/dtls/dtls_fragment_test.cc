// ClientHellos in several datagrams, as browsers send them since post-quantum key shares: all
// orders, with duplicates.
#include <gtest/gtest.h>
#include <openssl/ssl.h>

#include <algorithm>
#include <numeric>
#include <vector>

#include "tests/unit/dtls/dtls_test_network.h"
#include "tests/unit/dtls/dtls_test_peer.h"

namespace penstock {
namespace {

class DtlsFragmentTest : public testing::Test {
 protected:
  DtlsFragmentTest()
      : certificate_(Certificate::generate(kTestUnixSeconds).value()),
        context_(DtlsContext::create(certificate_).value()),
        identity_(make_identity(KeyKind::kP256)) {}

  // A client whose ClientHello takes `fragments` datagrams at its MTU: as long as it needs to be by
  // means of an ALPN list.
  RawPeer make_client(std::size_t fragments) const {
    constexpr long kMtu = 400;
    return RawPeer({.mtu = kMtu, .identity = &identity_, .configure = [fragments](SSL* ssl) {
                      std::vector<unsigned char> protocols;
                      while (protocols.size() < (fragments - 1) * 350) {
                        protocols.push_back(49);
                        protocols.insert(protocols.end(), 49, 'x');
                      }
                      if (protocols.empty()) return;
                      SSL_set_alpn_protos(ssl, protocols.data(),
                                          static_cast<unsigned int>(protocols.size()));
                    }});
  }
  EndpointNode make_server() const {
    return {context_, DtlsRole::kServer, identity_.fingerprints()};
  }
  static std::vector<Datagram> first_flight(RawPeer& client) {
    client.start(0);
    std::vector<Datagram> flight;
    for (Datagram datagram; client.poll_output(datagram);) flight.push_back(datagram);
    return flight;
  }
  // Hands the client's flight over in this order and lets the rest happen.
  static bool connects(RawPeer& client, EndpointNode& server,
                       const std::vector<Datagram>& arrivals) {
    server.start(0);
    for (const Datagram& datagram : arrivals) server.handle_datagram(0, datagram);
    DtlsNetwork network(client, server);
    network.run(kSecond);
    // Without the help of a retransmission.
    return client.is_connected() && server.is_connected() && network.now() < 100 * kMillisecond;
  }

  Certificate certificate_;
  DtlsContext context_;
  Identity identity_;
};

TEST_F(DtlsFragmentTest, AllPermutationsOfTwoToFourFragmentsConnect) {
  for (std::size_t fragments = 2; fragments <= 4; ++fragments) {
    std::vector<std::size_t> order(fragments);
    std::iota(order.begin(), order.end(), std::size_t{0});
    do {
      RawPeer client = make_client(fragments);
      EndpointNode server = make_server();
      const auto flight = first_flight(client);
      ASSERT_EQ(flight.size(), fragments);
      std::vector<Datagram> arrivals;
      for (const std::size_t index : order) arrivals.push_back(flight[index]);
      EXPECT_TRUE(connects(client, server, arrivals)) << testing::PrintToString(order);
    } while (std::ranges::next_permutation(order).found);
  }
}

TEST_F(DtlsFragmentTest, AllPermutationsWithEachFragmentTwiceConnect) {
  for (std::size_t fragments = 2; fragments <= 3; ++fragments) {
    std::vector<std::size_t> order;
    for (std::size_t i = 0; i < fragments; ++i) order.insert(order.end(), 2, i);
    do {
      RawPeer client = make_client(fragments);
      EndpointNode server = make_server();
      const auto flight = first_flight(client);
      ASSERT_EQ(flight.size(), fragments);
      std::vector<Datagram> arrivals;
      for (const std::size_t index : order) arrivals.push_back(flight[index]);
      EXPECT_TRUE(connects(client, server, arrivals)) << testing::PrintToString(order);
    } while (std::ranges::next_permutation(order).found);
  }
}

TEST_F(DtlsFragmentTest, ALostFragmentIsMadeUpForByTheRetransmission) {
  for (std::size_t lost = 0; lost < 3; ++lost) {
    RawPeer client = make_client(3);
    EndpointNode server = make_server();
    std::vector<Datagram> arrivals = first_flight(client);
    arrivals.erase(arrivals.begin() + static_cast<std::ptrdiff_t>(lost));
    EXPECT_FALSE(connects(client, server, arrivals));  // not at once
    EXPECT_TRUE(client.is_connected() && server.is_connected()) << lost;
  }
}

TEST_F(DtlsFragmentTest, ConnectsAtEveryMtuOfThePeer) {
  for (const bool is_client : {true, false}) {
    for (const long mtu : {228L, 300L, 512L, 600L, 1'000L, 1'200L, 1'400L, 1'500L}) {
      RawPeer peer({.is_client = is_client, .mtu = mtu, .identity = &identity_});
      EndpointNode ours(context_, is_client ? DtlsRole::kServer : DtlsRole::kClient,
                        identity_.fingerprints());
      DtlsNetwork network(is_client ? static_cast<DtlsNode&>(peer) : ours,
                          is_client ? static_cast<DtlsNode&>(ours) : peer);
      network.run(kSecond);
      EXPECT_TRUE(peer.is_connected() && ours.is_connected()) << mtu;
    }
  }
}

// Fragments as nobody should send them. The server must neither loop, crash nor connect; that it
// does not hold much for them is OpenSSL's duty, that there are few such servers the limiter's.
TEST_F(DtlsFragmentTest, SenselessFragmentsDoNoHarm) {
  RawPeer client = make_client(2);
  const Datagram fragment = first_flight(client)[0];
  // Behind the record header: type, length (3), message_seq (2), fragment offset (3) and length
  // (3).
  constexpr std::size_t kLength = 14;
  constexpr std::size_t kFragmentOffset = kLength + 5;
  const auto with = [&fragment](std::size_t at, std::array<std::uint8_t, 3> value) {
    Datagram changed = fragment;
    std::ranges::copy(value, changed.begin() + static_cast<std::ptrdiff_t>(at));
    return changed;
  };
  const std::vector<Datagram> senseless = {
      with(kLength, {0xFF, 0xFF, 0xFF}),              // a message of 16 MB
      with(kLength, {0, 0, 0}),                       // shorter than its fragment
      with(kFragmentOffset, {0xFF, 0xFF, 0xFF}),      // beyond the message
      with(kFragmentOffset, {0, 0, 1}),               // overlapping, with a gap
      with(kFragmentOffset + 3, {0, 0, 0}),           // an empty fragment
      with(kFragmentOffset + 3, {0xFF, 0xFF, 0xFF}),  // longer than its record
  };
  for (std::size_t i = 0; i < senseless.size(); ++i) {
    EndpointNode server = make_server();
    server.start(0);
    for (int repeat = 0; repeat < 1'000; ++repeat) server.handle_datagram(0, senseless[i]);
    EXPECT_FALSE(server.is_connected()) << i;
    EXPECT_FALSE(server.endpoint.srtp_keys().has_value()) << i;
  }
}

}  // namespace
}  // namespace penstock
