// What an attacker who knows the 5-tuple can send: before the end of the
// handshake it may at worst make it fail cleanly, afterwards it has no effect.
#include <gtest/gtest.h>

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "controlplane/dtls/dtls_record.h"
#include "dataplane/base/prng.h"
#include "tests/unit/dtls/dtls_test_network.h"
#include "tests/unit/dtls/dtls_test_peer.h"

namespace penstock {
namespace {

Datagram record(std::uint8_t content_type, std::uint16_t epoch, const Datagram& fragment) {
  Datagram out = {content_type,
                  0xFE,
                  0xFD,
                  static_cast<std::uint8_t>(epoch >> 8),
                  static_cast<std::uint8_t>(epoch),
                  0,
                  0,
                  0,
                  0,
                  0,
                  99};
  out.push_back(static_cast<std::uint8_t>(fragment.size() >> 8));
  out.push_back(static_cast<std::uint8_t>(fragment.size()));
  out.insert(out.end(), fragment.begin(), fragment.end());
  return out;
}

// A handshake message of `bytes` zeros.
Datagram handshake(std::uint8_t type, std::uint16_t message_seq, std::uint8_t bytes) {
  Datagram out = {type, 0, 0, bytes, 0, static_cast<std::uint8_t>(message_seq),
                  0,    0, 0, 0,     0, bytes};
  out.resize(out.size() + bytes);
  return out;
}

constexpr std::uint8_t kChangeCipherSpec = 20, kAlert = 21, kHandshake = 22, kApplicationData = 23;

std::map<std::string, Datagram> injections(const TwoContexts& contexts) {
  EndpointNode stranger = contexts.make_client();
  stranger.start(0);
  Datagram client_hello;
  EXPECT_TRUE(stranger.poll_output(client_hello));
  Datagram truncated(client_hello.begin(), client_hello.end() - 1);
  Datagram short_hello(client_hello.begin(), client_hello.begin() + 13 + 12);
  short_hello[12] = 12;
  short_hello[11] = 0;

  std::map<std::string, Datagram> all;
  all["nothing"] = {};
  all["one byte"] = {22};
  all["zeros"] = Datagram(1'200, 0);
  all["stun"] = {0, 1, 0, 0, 0x21, 0x12, 0xA4, 0x42};
  all["a ClientHello"] = client_hello;
  all["a truncated ClientHello"] = truncated;
  all["the head of a ClientHello"] = short_hello;
  all["a fatal alert"] = record(kAlert, 0, {2, 40});
  all["a warning"] = record(kAlert, 0, {1, 90});
  all["close_notify"] = record(kAlert, 0, {1, 0});
  all["a fatal alert of the next epoch"] = record(kAlert, 1, Datagram(40, 2));
  all["a fatal alert of a far epoch"] = record(kAlert, 7, {2, 40});
  all["HelloRequest"] = record(kHandshake, 0, handshake(0, 0, 0));
  all["HelloVerifyRequest"] = record(kHandshake, 0, handshake(3, 0, 3));
  all["Finished"] = record(kHandshake, 0, handshake(20, 1, 12));
  all["Finished of the next epoch"] = record(kHandshake, 1, handshake(20, 1, 12));
  all["ChangeCipherSpec"] = record(kChangeCipherSpec, 0, {1});
  all["application data"] = record(kApplicationData, 0, {1, 2, 3});
  all["application data of the next epoch"] = record(kApplicationData, 1, Datagram(64, 0xAA));
  all["an empty record"] = record(kHandshake, 0, {});
  all["an empty protected record"] = record(kHandshake, 1, {});
  return all;
}

// The datagrams of an undisturbed handshake are numbered; the injection goes right before the one
// with number `step`, to the side that would receive it.
void inject_before(const TwoContexts& contexts, const Datagram& injected, int step,
                   const std::string& name) {
  EndpointNode client = contexts.make_client();
  EndpointNode server = contexts.make_server();
  DtlsNetwork network(client, server);
  int count = 0;
  network.set_filter([&](bool to_server, Datagram&) {
    if (count++ == step) network.inject(to_server, injected);
    return true;
  });
  network.run(20 * kSecond);
  network.settle();
  for (const EndpointNode* node : {&client, &server}) {
    const DtlsState state = node->endpoint.state();
    // A client may be left without the last flight of a server that was stopped, but not for long.
    EXPECT_TRUE(state == DtlsState::kConnected || state == DtlsState::kFailed ||
                state == DtlsState::kClosed ||
                (state == DtlsState::kHandshaking && node->next_timeout() != kNever))
        << name << " at " << step;
    EXPECT_EQ(node->endpoint.srtp_keys().has_value(),
              state == DtlsState::kConnected || state == DtlsState::kClosed)
        << name << " at " << step;
    EXPECT_EQ(node->endpoint.failure_reason().empty(), state != DtlsState::kFailed);
  }
}

TEST(DtlsInjection, AtEachStepTheHandshakeConnectsOrFailsCleanly) {
  const TwoContexts contexts;
  for (const auto& [name, datagram] : injections(contexts)) {
    for (int step = 0; step < 5; ++step) inject_before(contexts, datagram, step, name);
  }
}

TEST(DtlsInjection, WhatIsNotARecordNeverDisturbsAHandshake) {
  const TwoContexts contexts;
  for (const char* name : {"nothing", "one byte", "zeros", "stun", "a truncated ClientHello"}) {
    const Datagram datagram = injections(contexts).at(name);
    EndpointNode client = contexts.make_client();
    EndpointNode server = contexts.make_server();
    DtlsNetwork network(client, server);
    network.set_filter([&](bool to_server, Datagram&) {
      network.inject(to_server, datagram);
      return true;
    });
    network.run(kSecond);
    EXPECT_TRUE(client.is_connected() && server.is_connected()) << name;
    EXPECT_GT(server.endpoint.counters().datagrams_discarded, 0U) << name;
  }
}

TEST(DtlsInjection, AfterTheHandshakeNothingUnauthenticatedHasAnyEffect) {
  const TwoContexts contexts;
  for (const auto& [name, datagram] : injections(contexts)) {
    EndpointNode client = contexts.make_client();
    EndpointNode server = contexts.make_server();
    DtlsNetwork network(client, server);
    network.run(kSecond);
    network.settle();
    ASSERT_TRUE(client.is_connected() && server.is_connected());
    for (EndpointNode* node : {&client, &server}) {
      const auto discarded = node->endpoint.counters().datagrams_discarded;
      for (int i = 0; i < 20; ++i) node->handle_datagram(network.now(), datagram);
      EXPECT_EQ(node->endpoint.state(), DtlsState::kConnected) << name;
      EXPECT_EQ(node->endpoint.counters().datagrams_discarded, discarded + 20) << name;
      Datagram output;
      EXPECT_FALSE(node->poll_output(output)) << name;
      EXPECT_EQ(node->next_timeout(), kNever) << name;
    }
    // The association still works.
    client.endpoint.close(network.now());
    Datagram close_notify;
    ASSERT_TRUE(client.poll_output(close_notify));
    server.handle_datagram(network.now(), close_notify);
    EXPECT_EQ(server.endpoint.state(), DtlsState::kClosed) << name;
  }
}

TEST(DtlsInjection, TheShortestRecordThatAPeerCanSendCounts) {
  const TwoContexts contexts;
  const Identity identity = make_identity(KeyKind::kP256);
  RawPeer client({.cipher_suites = "ECDHE-ECDSA-CHACHA20-POLY1305", .identity = &identity});
  EndpointNode server(contexts.server_context, DtlsRole::kServer, identity.fingerprints());
  DtlsNetwork network(client, server);
  network.run(kSecond);
  network.settle();
  ASSERT_TRUE(client.is_connected() && server.is_connected());
  ASSERT_STREQ(SSL_get_cipher_name(client.ssl()), "ECDHE-ECDSA-CHACHA20-POLY1305");
  SSL_shutdown(client.ssl());
  Datagram close_notify;
  ASSERT_TRUE(client.poll_output(close_notify));
  EXPECT_EQ(close_notify.size(), kDtlsRecordHeaderBytes + 2 + 16);
  server.handle_datagram(network.now(), close_notify);
  EXPECT_EQ(server.endpoint.state(), DtlsState::kClosed);
}

// What the peer sends counts, whatever somebody puts in front of it into the same datagram.
TEST(DtlsInjection, ARepeatedFlightIsAnsweredWhateverComesInOneDatagramWithIt) {
  const TwoContexts contexts;
  EndpointNode client = contexts.make_client();
  EndpointNode server = contexts.make_server();
  DtlsNetwork network(client, server);
  bool is_last_flight_lost = true;
  network.set_filter([&](bool to_server, Datagram& datagram) {
    // The server's last flight begins with its ChangeCipherSpec.
    if (!to_server && datagram[0] == kChangeCipherSpec) return !is_last_flight_lost;
    if (to_server && server.is_connected()) {
      for (const Datagram& bad :
           {record(kAlert, 0, Datagram(2, 2)), record(kHandshake, 0, Datagram(12, 2))}) {
        datagram.insert(datagram.begin(), bad.begin(), bad.end());
      }
      is_last_flight_lost = false;
    }
    return true;
  });
  network.run(2 * kSecond);
  EXPECT_TRUE(client.is_connected() && server.is_connected());
  EXPECT_FALSE(is_last_flight_lost);
  EXPECT_GT(server.endpoint.counters().records_discarded, 0U);
}

TEST(DtlsInjection, ReplayOfTheWholeHandshakeHasNoEffect) {
  const TwoContexts contexts;
  EndpointNode client = contexts.make_client();
  EndpointNode server = contexts.make_server();
  DtlsNetwork network(client, server);
  std::vector<std::pair<bool, Datagram>> recorded;
  network.set_filter([&](bool to_server, Datagram& datagram) {
    recorded.emplace_back(to_server, datagram);
    return true;
  });
  network.run(kSecond);
  network.settle();
  for (int round = 0; round < 20; ++round) {
    for (const auto& [to_server, datagram] : recorded) {
      (to_server ? server : client).handle_datagram(network.now(), datagram);
    }
  }
  Datagram output;
  EXPECT_FALSE(client.poll_output(output));
  EXPECT_FALSE(server.poll_output(output));
  EXPECT_TRUE(client.is_connected() && server.is_connected());
}

TEST(DtlsInjection, ForgedRecordsOfTheRightEpochAreDiscardedInAnyNumber) {
  const TwoContexts contexts;
  EndpointNode client = contexts.make_client();
  EndpointNode server = contexts.make_server();
  DtlsNetwork network(client, server);
  network.run(kSecond);
  network.settle();
  const auto discarded = server.endpoint.counters().datagrams_discarded;
  Prng prng(5);
  constexpr std::uint64_t kForged = 100'000;
  for (std::uint64_t i = 0; i < kForged; ++i) {
    Datagram fragment(24 + prng.below(200));
    for (auto& byte : fragment) byte = static_cast<std::uint8_t>(prng.next_u32());
    Datagram forged = record(static_cast<std::uint8_t>(20 + prng.below(4)), 1, fragment);
    forged[10] = static_cast<std::uint8_t>(i);  // another sequence number each time
    forged[9] = static_cast<std::uint8_t>(i >> 8);
    server.handle_datagram(network.now(), forged);
  }
  EXPECT_EQ(server.endpoint.counters().datagrams_discarded, discarded + kForged);
  EXPECT_EQ(server.endpoint.state(), DtlsState::kConnected);
  client.endpoint.close(network.now());
  Datagram close_notify;
  ASSERT_TRUE(client.poll_output(close_notify));
  server.handle_datagram(network.now(), close_notify);
  EXPECT_EQ(server.endpoint.state(), DtlsState::kClosed);
}

TEST(DtlsInjection, EveryFlippedBitOfAHandshakeDatagramIsHarmless) {
  const TwoContexts contexts;
  Prng prng(6);
  for (int i = 0; i < 500; ++i) {
    EndpointNode client = contexts.make_client();
    EndpointNode server = contexts.make_server();
    DtlsNetwork network(client, server);
    const auto victim = prng.below(4);
    std::uint64_t count = 0;
    network.set_filter([&](bool, Datagram& datagram) {
      if (count++ == victim) {
        datagram[prng.below(datagram.size())] ^= static_cast<std::uint8_t>(1U << prng.below(8));
      }
      return true;
    });
    network.run(20 * kSecond);
    // Keys exist on one side only if the handshake was whole; and if on both, they are the same.
    if (client.is_connected() && server.is_connected()) {
      EXPECT_EQ(client.endpoint.srtp_keys()->send.key, server.endpoint.srtp_keys()->receive.key);
    }
  }
}

}  // namespace
}  // namespace penstock
