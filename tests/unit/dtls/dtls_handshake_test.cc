// Handshakes between two of our own endpoints, in virtual time.
#include <gtest/gtest.h>

#include <algorithm>

#include "controlplane/dtls/dtls_endpoint.h"
#include "tests/unit/dtls/dtls_test_network.h"
#include "tests/unit/dtls/dtls_test_peer.h"

namespace penstock {
namespace {

bool equal(const SrtpMasterKey& a, const SrtpMasterKey& b) {
  return a.key == b.key && a.salt == b.salt;
}

DtlsOptions with_profiles(std::vector<SrtpProfile> profiles) {
  DtlsOptions options;
  options.srtp_profiles = std::move(profiles);
  return options;
}

TEST(DtlsHandshake, ConnectsInBothRolesAndYieldsTheSameKeysCrosswise) {
  const TwoContexts contexts;
  EndpointNode client = contexts.make_client();
  EndpointNode server = contexts.make_server();
  DtlsNetwork network(client, server);
  network.run(kSecond);

  ASSERT_EQ(client.endpoint.state(), DtlsState::kConnected) << client.endpoint.failure_detail();
  ASSERT_EQ(server.endpoint.state(), DtlsState::kConnected) << server.endpoint.failure_detail();
  const SrtpKeys& at_client = client.endpoint.srtp_keys().value();
  const SrtpKeys& at_server = server.endpoint.srtp_keys().value();
  EXPECT_TRUE(equal(at_client.send, at_server.receive));
  EXPECT_TRUE(equal(at_client.receive, at_server.send));
  EXPECT_FALSE(equal(at_client.send, at_client.receive));
  EXPECT_EQ(client.endpoint.next_timeout(), kNever);
  EXPECT_EQ(server.endpoint.next_timeout(), kNever);
  EXPECT_EQ(client.endpoint.counters().retransmissions, 0U);
}

TEST(DtlsHandshake, PrefersAes128GcmByDefault) {
  const TwoContexts contexts;
  EndpointNode client = contexts.make_client();
  EndpointNode server = contexts.make_server();
  DtlsNetwork(client, server).run(kSecond);
  ASSERT_TRUE(server.is_connected());
  EXPECT_EQ(server.endpoint.srtp_keys()->profile, SrtpProfile::kAeadAes128Gcm);
}

TEST(DtlsHandshake, AgreesOnEachProfile) {
  for (const SrtpProfile profile :
       {SrtpProfile::kAeadAes128Gcm, SrtpProfile::kAeadAes256Gcm, SrtpProfile::kAes128CmSha1_80}) {
    const TwoContexts contexts(DtlsOptions{}, with_profiles({profile}));
    EndpointNode client = contexts.make_client();
    EndpointNode server = contexts.make_server();
    DtlsNetwork(client, server).run(kSecond);

    ASSERT_TRUE(client.is_connected() && server.is_connected()) << to_string(profile);
    const SrtpKeys& keys = client.endpoint.srtp_keys().value();
    EXPECT_EQ(keys.profile, profile);
    EXPECT_TRUE(equal(keys.send, server.endpoint.srtp_keys()->receive)) << to_string(profile);
    // What the profile has no use for stays zero.
    for (std::size_t i = srtp_master_key_bytes(profile); i < keys.send.key.size(); ++i) {
      EXPECT_EQ(keys.send.key[i], 0);
    }
    for (std::size_t i = srtp_master_salt_bytes(profile); i < keys.send.salt.size(); ++i) {
      EXPECT_EQ(keys.send.salt[i], 0);
    }
  }
}

TEST(DtlsHandshake, TheServersPreferenceOfProfilesDecides) {
  const TwoContexts contexts(
      with_profiles({SrtpProfile::kAeadAes256Gcm, SrtpProfile::kAes128CmSha1_80}),
      with_profiles({SrtpProfile::kAes128CmSha1_80, SrtpProfile::kAeadAes256Gcm}));
  EndpointNode client = contexts.make_client();
  EndpointNode server = contexts.make_server();
  DtlsNetwork(client, server).run(kSecond);
  ASSERT_TRUE(client.is_connected());
  EXPECT_EQ(client.endpoint.srtp_keys()->profile, SrtpProfile::kAes128CmSha1_80);
}

TEST(DtlsHandshake, WithoutACommonProfileThereAreNoKeys) {
  const TwoContexts contexts(with_profiles({SrtpProfile::kAeadAes256Gcm}),
                             with_profiles({SrtpProfile::kAeadAes128Gcm}));
  EndpointNode client = contexts.make_client();
  EndpointNode server = contexts.make_server();
  DtlsNetwork network(client, server);
  network.run(20 * kSecond);
  network.settle();
  EXPECT_TRUE(client.is_connected()) << "there may be data";
  EXPECT_TRUE(server.is_connected());
  EXPECT_FALSE(client.endpoint.srtp_keys().has_value());
  EXPECT_FALSE(server.endpoint.srtp_keys().has_value());
}

TEST(DtlsHandshake, NoDatagramIsLongerThanTheLimit) {
  for (std::size_t limit = 512; limit <= 1'200; limit += limit == 1'198 ? 2 : 7) {
    DtlsOptions options;
    options.datagram_bytes_max = limit;
    const TwoContexts contexts(options, options);
    EndpointNode client = contexts.make_client();
    EndpointNode server = contexts.make_server();
    DtlsNetwork network(client, server);
    network.run(kSecond);
    EXPECT_TRUE(client.is_connected() && server.is_connected()) << limit;
    EXPECT_LE(network.datagram_bytes_max(), limit);
    EXPECT_GT(network.datagram_bytes_max(), std::min(limit, std::size_t{700}) - 100);
  }
}

TEST(DtlsHandshake, RetransmitsInVirtualTimeAndGivesUpAfterTenSeconds) {
  const TwoContexts contexts;
  EndpointNode client = contexts.make_client();
  EndpointNode server = contexts.make_server();
  DtlsNetwork network(client, server);
  std::vector<Timestamp> sent_at;
  network.set_filter([&](bool, Datagram&) {
    sent_at.push_back(network.now() / kMillisecond);
    return false;
  });
  network.run(kNever - 1);

  // 100 ms, doubling up to 800 ms, twelve times.
  EXPECT_EQ(sent_at, (std::vector<Timestamp>{0, 100, 300, 700, 1'500, 2'300, 3'100, 3'900, 4'700,
                                             5'500, 6'300, 7'100, 7'900}));
  EXPECT_EQ(network.now(), 10 * kSecond);
  EXPECT_EQ(client.endpoint.failure_reason(), "DTLS timeout");
  EXPECT_EQ(client.endpoint.next_timeout(), kNever);
  server.handle_timeout(network.now());
  EXPECT_EQ(server.endpoint.failure_reason(), "DTLS timeout");
}

TEST(DtlsHandshake, ANewFlightStartsWithTheShortIntervalAgain) {
  const TwoContexts contexts;
  EndpointNode client = contexts.make_client();
  EndpointNode server = contexts.make_server();
  DtlsNetwork network(client, server, {.delay = kMillisecond});
  std::vector<Timestamp> client_sent_at;
  network.set_filter([&](bool to_server, Datagram&) {
    if (to_server) client_sent_at.push_back(network.now() / kMillisecond);
    // ClientHellos are lost until 700 ms, then everything of the client's second flight.
    return !to_server || (network.now() >= 700 * kMillisecond && client_sent_at.size() == 4);
  });
  network.run(1'500 * kMillisecond);
  ASSERT_GE(client_sent_at.size(), 7U);
  // The second flight leaves at 702 ms; its repetitions 100 and 300 ms later.
  EXPECT_EQ((std::vector<Timestamp>(client_sent_at.begin(), client_sent_at.begin() + 7)),
            (std::vector<Timestamp>{0, 100, 300, 700, 702, 802, 1'002}));
}

TEST(DtlsHandshake, OpenSslNeverRetransmitsOnItsOwn) {
  const TwoContexts contexts;
  EndpointNode client = contexts.make_client();
  client.start(0);
  Datagram datagram;
  while (client.poll_output(datagram)) {
  }
  // Far ahead in virtual time, but not told that its timer is due: reading must not send.
  for (int i = 0; i < 20; ++i) client.handle_datagram(5 * kSecond, Datagram{22, 254, 253});
  EXPECT_FALSE(client.poll_output(datagram));
  client.handle_timeout(99 * kMillisecond);
  EXPECT_FALSE(client.poll_output(datagram));
  client.handle_timeout(100 * kMillisecond);
  EXPECT_TRUE(client.poll_output(datagram));
}

TEST(DtlsHandshake, ALostLastFlightIsRepeatedOnRequest) {
  const TwoContexts contexts;
  EndpointNode client = contexts.make_client();
  EndpointNode server = contexts.make_server();
  DtlsNetwork network(client, server);
  int lost = 0;
  network.set_filter([&](bool to_server, Datagram&) {
    // The first three datagrams that leave the server once it is connected are its last flight.
    return to_server || !server.is_connected() || ++lost > 3;
  });
  network.run(5 * kSecond);
  EXPECT_GT(lost, 3);
  EXPECT_TRUE(client.is_connected());
  EXPECT_TRUE(server.is_connected());
}

TEST(DtlsHandshake, CloseNotifyOfTheClientClosesTheServer) {
  const TwoContexts contexts;
  EndpointNode client = contexts.make_client();
  EndpointNode server = contexts.make_server();
  DtlsNetwork network(client, server);
  network.run(kSecond);
  client.endpoint.close(network.now());
  EXPECT_EQ(client.endpoint.state(), DtlsState::kClosed);
  Datagram datagram;
  ASSERT_TRUE(client.poll_output(datagram));
  server.handle_datagram(network.now(), datagram);
  EXPECT_EQ(server.endpoint.state(), DtlsState::kClosed);
  EXPECT_TRUE(server.endpoint.failure_reason().empty());
}

TEST(DtlsHandshake, CloseNotifyOfTheServerClosesTheClientWhichAnswersIt) {
  const TwoContexts contexts;
  EndpointNode client = contexts.make_client();
  EndpointNode server = contexts.make_server();
  DtlsNetwork network(client, server);
  network.run(kSecond);
  server.endpoint.close(network.now());
  Datagram datagram;
  ASSERT_TRUE(server.poll_output(datagram));
  client.handle_datagram(network.now(), datagram);
  EXPECT_EQ(client.endpoint.state(), DtlsState::kClosed);
  EXPECT_TRUE(client.poll_output(datagram));
  server.handle_datagram(network.now(), datagram);
  EXPECT_EQ(server.endpoint.state(), DtlsState::kClosed);
}

TEST(DtlsHandshake, ClosingBeforeTheEndOfTheHandshakeIsFinal) {
  const TwoContexts contexts;
  EndpointNode client = contexts.make_client();
  client.endpoint.close(0);
  EXPECT_EQ(client.endpoint.state(), DtlsState::kClosed);
  client.start(0);
  EXPECT_EQ(client.endpoint.state(), DtlsState::kClosed);

  EndpointNode other = contexts.make_client();
  other.start(0);
  other.endpoint.close(0);
  EXPECT_EQ(other.endpoint.state(), DtlsState::kClosed);
  EXPECT_EQ(other.endpoint.next_timeout(), kNever);
}

TEST(DtlsHandshake, NothingIsTakenBeforeStart) {
  const TwoContexts contexts;
  EndpointNode client = contexts.make_client();
  EndpointNode server = contexts.make_server();
  client.start(0);
  Datagram hello;
  ASSERT_TRUE(client.poll_output(hello));
  server.handle_datagram(0, hello);
  EXPECT_EQ(server.endpoint.state(), DtlsState::kNew);
  EXPECT_EQ(server.endpoint.counters().datagrams_discarded, 1U);
}

TEST(DtlsHandshake, TheCertificateMayBeReplacedWhileAssociationsLive) {
  auto contexts = std::make_optional<TwoContexts>();
  EndpointNode client = contexts->make_client();
  EndpointNode server = contexts->make_server();
  contexts.reset();
  DtlsNetwork(client, server).run(kSecond);
  EXPECT_TRUE(client.is_connected() && server.is_connected());
}

}  // namespace
}  // namespace penstock
