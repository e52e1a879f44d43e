// Our endpoint against bare OpenSSL peers: who gets in, who does not, and what never yields keys.
#include <gtest/gtest.h>
#include <openssl/ssl.h>

#include <cstring>
#include <set>
#include <string>

#include "tests/unit/dtls/dtls_test_network.h"
#include "tests/unit/dtls/dtls_test_peer.h"

namespace penstock {
namespace {

class DtlsPeerTest : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    certificate_ = new Certificate(Certificate::generate(kTestUnixSeconds).value());
    p256_ = new Identity(make_identity(KeyKind::kP256));
    other_ = new Identity(make_identity(KeyKind::kP256));
    p384_ = new Identity(make_identity(KeyKind::kP384));
    rsa_ = new Identity(make_identity(KeyKind::kRsa2048));
  }
  static void TearDownTestSuite() {
    delete certificate_;
    for (const Identity* identity : {p256_, other_, p384_, rsa_}) delete identity;
  }

  // Runs our endpoint against the peer; the role of ours is the one that the peer does not have.
  struct Outcome {
    DtlsState state;
    std::string reason;
    std::optional<SrtpKeys> keys;
    bool peer_is_connected;
  };
  static Outcome run(const RawPeerOptions& options, const Fingerprints& expected) {
    RawPeer peer(options);
    EndpointNode ours(context(), options.is_client ? DtlsRole::kServer : DtlsRole::kClient,
                      expected);
    DtlsNetwork network(options.is_client ? static_cast<DtlsNode&>(peer) : ours,
                        options.is_client ? static_cast<DtlsNode&>(ours) : peer);
    network.run(20 * kSecond);
    network.settle();
    if (ours.endpoint.srtp_keys()) expect_keys_equal(peer, ours, options.is_client);
    return {ours.endpoint.state(), std::string(ours.endpoint.failure_reason()),
            ours.endpoint.srtp_keys(), peer.is_connected()};
  }
  static void expect_connected(const RawPeerOptions& options, const Fingerprints& expected) {
    const Outcome outcome = run(options, expected);
    EXPECT_EQ(outcome.state, DtlsState::kConnected) << outcome.reason;
    EXPECT_TRUE(outcome.keys.has_value());
    EXPECT_TRUE(outcome.peer_is_connected);
  }
  static void expect_refused(const RawPeerOptions& options, const Fingerprints& expected,
                             std::string_view reason) {
    const Outcome outcome = run(options, expected);
    EXPECT_EQ(outcome.state, DtlsState::kFailed);
    EXPECT_EQ(outcome.reason, reason);
    EXPECT_FALSE(outcome.keys.has_value());
  }
  static DtlsContext context() { return DtlsContext::create(*certificate_).value(); }

  // RFC 5764 section 4.2: client key, server key, client salt, server salt.
  static void expect_keys_equal(const RawPeer& peer, const EndpointNode& ours,
                                bool peer_is_client) {
    const SrtpKeys& keys = ours.endpoint.srtp_keys().value();
    const std::size_t key_bytes = srtp_master_key_bytes(keys.profile);
    const std::size_t salt_bytes = srtp_master_salt_bytes(keys.profile);
    const auto material = peer.export_keying_material(2 * (key_bytes + salt_bytes));
    const SrtpMasterKey& client = peer_is_client ? keys.receive : keys.send;
    const SrtpMasterKey& server = peer_is_client ? keys.send : keys.receive;
    const std::uint8_t* from = material.data();
    EXPECT_EQ(std::memcmp(from, client.key.data(), key_bytes), 0);
    EXPECT_EQ(std::memcmp(from + key_bytes, server.key.data(), key_bytes), 0);
    EXPECT_EQ(std::memcmp(from + 2 * key_bytes, client.salt.data(), salt_bytes), 0);
    EXPECT_EQ(std::memcmp(from + 2 * key_bytes + salt_bytes, server.salt.data(), salt_bytes), 0);
  }

  static inline const Certificate* certificate_ = nullptr;
  static inline const Identity* p256_ = nullptr;
  static inline const Identity* other_ = nullptr;
  static inline const Identity* p384_ = nullptr;
  static inline const Identity* rsa_ = nullptr;
};

TEST_F(DtlsPeerTest, ConnectsWithAnOrdinaryPeerInBothRolesAndEachProfile) {
  for (const bool is_client : {true, false}) {
    for (const char* profile :
         {"SRTP_AES128_CM_SHA1_80", "SRTP_AEAD_AES_128_GCM", "SRTP_AEAD_AES_256_GCM"}) {
      SCOPED_TRACE(std::string(profile) + (is_client ? " client" : " server"));
      expect_connected({.is_client = is_client, .srtp_profiles = profile, .identity = p256_},
                       p256_->fingerprints());
    }
  }
}

TEST_F(DtlsPeerTest, AnAnonymousUnexpectedOrMissingFingerprintNeverYieldsKeys) {
  for (const bool is_client : {true, false}) {
    SCOPED_TRACE(is_client);
    const RawPeerOptions peer{.is_client = is_client, .identity = p256_};
    expect_refused(peer, other_->fingerprints(), "DTLS fingerprint mismatch");
    expect_refused(peer, Fingerprints{}, "DTLS fingerprint mismatch");
  }
}

TEST_F(DtlsPeerTest, EachHashAndOneRightFingerprintAmongSeveralAreAccepted) {
  const RawPeerOptions peer{.identity = p256_};
  expect_connected(peer, p256_->fingerprints(FingerprintHash::kSha384));
  expect_connected(peer, p256_->fingerprints(FingerprintHash::kSha512));
  Fingerprints several = other_->fingerprints();
  ASSERT_TRUE(several.push_back(p256_->fingerprints(FingerprintHash::kSha512)[0]));
  expect_connected(peer, several);
}

TEST_F(DtlsPeerTest, OnlyTheLeafOfAChainCounts) {
  const Identity root = make_identity(KeyKind::kP256);
  const Identity middle = make_identity(KeyKind::kP256, &root);
  const Identity leaf = make_identity(KeyKind::kP256, &middle);
  for (const bool is_client : {true, false}) {
    SCOPED_TRACE(is_client);
    const RawPeerOptions peer{.is_client = is_client, .identity = &leaf, .chain = {&middle, &root}};
    expect_connected(peer, leaf.fingerprints());
    expect_refused(peer, middle.fingerprints(), "DTLS fingerprint mismatch");
    expect_refused(peer, root.fingerprints(), "DTLS fingerprint mismatch");
  }
}

TEST_F(DtlsPeerTest, AChainOfMoreThanSixteenKilobytesIsRefused) {
  std::vector<const Identity*> chain(60, p384_);
  const Outcome outcome = run({.identity = p256_, .chain = chain}, p256_->fingerprints());
  EXPECT_EQ(outcome.state, DtlsState::kFailed);
  EXPECT_FALSE(outcome.keys.has_value());
}

TEST_F(DtlsPeerTest, PeersWithP384AndRsaCertificatesAreAccepted) {
  expect_connected({.identity = p384_}, p384_->fingerprints());
  expect_connected({.is_client = false, .identity = p384_}, p384_->fingerprints());
  expect_connected({.identity = rsa_}, rsa_->fingerprints());
  expect_connected({.is_client = false, .identity = rsa_}, rsa_->fingerprints());
}

TEST_F(DtlsPeerTest, EachGroupThatPeersMayInsistOnIsAccepted) {
  for (const char* group : {"X25519:P-256", "P-256", "P-384:P-256"}) {
    SCOPED_TRACE(group);
    expect_connected({.groups = group, .identity = p256_}, p256_->fingerprints());
    expect_connected({.is_client = false, .groups = group, .identity = p256_},
                     p256_->fingerprints());
  }
}

TEST_F(DtlsPeerTest, AClientWithoutACertificateIsRefused) {
  expect_refused({.identity = nullptr}, p256_->fingerprints(), "DTLS error");
}

TEST_F(DtlsPeerTest, WithoutUseSrtpOrACommonProfileThereAreNoKeys) {
  for (const bool is_client : {true, false}) {
    for (const char* profiles : {"", "SRTP_AES128_CM_SHA1_32"}) {
      SCOPED_TRACE(profiles);
      const Outcome outcome =
          run({.is_client = is_client, .srtp_profiles = profiles, .identity = p256_},
              p256_->fingerprints());
      EXPECT_EQ(outcome.state, DtlsState::kConnected);
      EXPECT_FALSE(outcome.keys.has_value());
    }
  }
}

TEST_F(DtlsPeerTest, Dtls10IsRefused) {
  for (const bool is_client : {true, false}) {
    SCOPED_TRACE(is_client);
    const Outcome outcome = run({.is_client = is_client,
                                 .version_min = DTLS1_VERSION,
                                 .version_max = DTLS1_VERSION,
                                 .identity = p256_},
                                p256_->fingerprints());
    EXPECT_EQ(outcome.state, DtlsState::kFailed);
    EXPECT_FALSE(outcome.keys.has_value());
    EXPECT_FALSE(outcome.peer_is_connected);
  }
}

// Every suite that OpenSSL has for DTLS 1.2, offered alone: three connect, all others fail.
TEST_F(DtlsPeerTest, OnlySuitesWithForwardSecrecyAndAeadConnect) {
  const std::set<std::string> good_suites = {"ECDHE-ECDSA-AES128-GCM-SHA256",
                                             "ECDHE-ECDSA-AES256-GCM-SHA384",
                                             "ECDHE-ECDSA-CHACHA20-POLY1305"};
  SslCtxHandle ctx(SSL_CTX_new(DTLS_method()));
  SSL_CTX_set_security_level(ctx.get(), 0);
  SSL_CTX_set_max_proto_version(ctx.get(), DTLS1_2_VERSION);
  ASSERT_EQ(SSL_CTX_set_cipher_list(ctx.get(), "ALL:COMPLEMENTOFALL:@SECLEVEL=0"), 1);
  const STACK_OF(SSL_CIPHER)* suites = SSL_CTX_get_ciphers(ctx.get());
  int accepted = 0, refused = 0;
  for (int i = 0; i < sk_SSL_CIPHER_num(suites); ++i) {
    const SSL_CIPHER* suite = sk_SSL_CIPHER_value(suites, i);
    if (SSL_CIPHER_get_protocol_id(suite) >> 8 == 0x13) continue;  // TLS 1.3
    const std::string name = SSL_CIPHER_get_name(suite);
    const bool is_good = good_suites.contains(name);
    const Outcome outcome =
        run({.cipher_suites = name + ":@SECLEVEL=0", .identity = p256_}, p256_->fingerprints());
    EXPECT_EQ(outcome.state == DtlsState::kConnected, is_good) << name;
    EXPECT_EQ(outcome.keys.has_value(), is_good) << name;
    ++(is_good ? accepted : refused);
  }
  EXPECT_EQ(accepted, 3);
  EXPECT_GE(refused, 30);
}

TEST_F(DtlsPeerTest, NullEncryptionIsRefused) {
  for (const bool is_client : {true, false}) {
    const Outcome outcome =
        run({.is_client = is_client, .cipher_suites = "eNULL:@SECLEVEL=0", .identity = p256_},
            p256_->fingerprints());
    EXPECT_EQ(outcome.state, DtlsState::kFailed);
    EXPECT_FALSE(outcome.keys.has_value());
  }
}

TEST_F(DtlsPeerTest, PrefersTheMandatorySuite) {
  RawPeer client({.identity = p256_});
  EndpointNode server(context(), DtlsRole::kServer, p256_->fingerprints());
  DtlsNetwork(client, server).run(kSecond);
  ASSERT_TRUE(client.is_connected());
  EXPECT_STREQ(SSL_get_cipher_name(client.ssl()), "ECDHE-ECDSA-AES128-GCM-SHA256");
  EXPECT_EQ(SSL_get_negotiated_group(client.ssl()), NID_X25519);
}

TEST_F(DtlsPeerTest, RenegotiationIsRefusedAndTheAssociationLives) {
  RawPeer client({.identity = p256_});
  EndpointNode server(context(), DtlsRole::kServer, p256_->fingerprints());
  DtlsNetwork network(client, server);
  network.run(kSecond);
  ASSERT_TRUE(client.is_connected() && server.is_connected());
  const auto before = client.export_keying_material(56);
  SSL_renegotiate(client.ssl());
  client.start(network.now());
  network.settle();
  EXPECT_EQ(server.endpoint.state(), DtlsState::kConnected);
  EXPECT_EQ(std::memcmp(before.data(), server.endpoint.srtp_keys()->receive.key.data(), 16), 0);
}

TEST_F(DtlsPeerTest, SessionsAreNotResumed) {
  RawPeer first({.identity = p256_});
  EndpointNode server(context(), DtlsRole::kServer, p256_->fingerprints());
  DtlsNetwork(first, server).run(kSecond);
  ASSERT_TRUE(first.is_connected());
  SSL_SESSION* session = SSL_get1_session(first.ssl());

  RawPeer second(
      {.identity = p256_, .configure = [session](SSL* ssl) { SSL_set_session(ssl, session); }});
  EndpointNode again(context(), DtlsRole::kServer, p256_->fingerprints());
  DtlsNetwork(second, again).run(kSecond);
  EXPECT_TRUE(second.is_connected());
  EXPECT_EQ(SSL_session_reused(second.ssl()), 0);
  SSL_SESSION_free(session);
}

TEST_F(DtlsPeerTest, CloseNotifyGoesBothWays) {
  RawPeer client({.identity = p256_});
  EndpointNode server(context(), DtlsRole::kServer, p256_->fingerprints());
  DtlsNetwork network(client, server);
  network.run(kSecond);
  server.endpoint.close(network.now());
  Datagram datagram;
  ASSERT_TRUE(server.poll_output(datagram));
  EXPECT_FALSE(client.got_close_notify());
  client.handle_datagram(network.now(), datagram);
  EXPECT_TRUE(client.got_close_notify());

  RawPeer closing({.identity = p256_});
  EndpointNode closed(context(), DtlsRole::kServer, p256_->fingerprints());
  DtlsNetwork other(closing, closed);
  other.run(kSecond);
  SSL_shutdown(closing.ssl());
  while (closing.poll_output(datagram)) closed.handle_datagram(other.now(), datagram);
  EXPECT_EQ(closed.endpoint.state(), DtlsState::kClosed);
}

TEST_F(DtlsPeerTest, DataGoesBothWaysARecordAndADatagramEach) {
  RawPeer client({.identity = p256_});
  EndpointNode server(context(), DtlsRole::kServer, p256_->fingerprints());
  DtlsNetwork network(client, server);
  network.run(kSecond);
  ASSERT_EQ(SSL_write(client.ssl(), "sctp", 4), 4);
  Datagram datagram;
  while (client.poll_output(datagram)) server.handle_datagram(network.now(), datagram);
  EXPECT_EQ(server.endpoint.counters().application_records_received, 1U);
  EXPECT_EQ(server.endpoint.state(), DtlsState::kConnected);
  Datagram data;
  ASSERT_TRUE(server.endpoint.poll_data(data));
  EXPECT_EQ(data, (Datagram{'s', 'c', 't', 'p'}));
  EXPECT_FALSE(server.endpoint.poll_data(data));

  const std::vector<Datagram> answers = {Datagram(1'163, 7), Datagram(1, 8)};
  for (int round = 0; round < 2; ++round) {  // also without buffers
    server.endpoint.send(network.now(), answers);
    for (const Datagram& answer : answers) {
      ASSERT_TRUE(server.poll_output(datagram));
      EXPECT_LE(datagram.size(), context().options().datagram_bytes_max);
      client.handle_datagram(network.now(), datagram);
      EXPECT_EQ(client.last_data(), answer);
    }
    EXPECT_FALSE(server.poll_output(datagram));
  }
}

TEST_F(DtlsPeerTest, OfDataThatNobodyTakesSomeIsKept) {
  RawPeer client({.identity = p256_});
  EndpointNode server(context(), DtlsRole::kServer, p256_->fingerprints());
  server.endpoint.send(0, std::vector<Datagram>{Datagram(10, 1)});
  DtlsNetwork network(client, server);
  network.run(kSecond);
  Datagram datagram;
  for (int i = 0; i < 1'000; ++i) {
    SSL_write(client.ssl(), "x", 1);
    while (client.poll_output(datagram)) server.handle_datagram(network.now(), datagram);
  }
  EXPECT_EQ(server.endpoint.counters().application_records_received, 1'000U);
  std::size_t kept = 0;
  while (server.endpoint.poll_data(datagram)) ++kept;
  EXPECT_EQ(kept, 64U);
}

}  // namespace
}  // namespace penstock
