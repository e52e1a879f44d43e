// The real program with TLS: what it says, what it serves, and how its certificate is replaced.
#include <gtest/gtest.h>
#include <signal.h>

#include "tests/integration/harness/integration_test.h"
#include "tests/support/tls_pem.h"
#include "tests/unit/http/raw_client.h"

namespace penstock::integration {
namespace {

class TlsTest : public IntegrationTest {
 protected:
  void write(const test::TlsPem& pem) {
    test::write_file(folder_.path() / "certificate.pem", pem.certificate);
    test::write_file(folder_.path() / "key.pem", pem.key);
  }
  std::string keys() const {
    return "tls_certificate = \"" + (folder_.path() / "certificate.pem").string() +
           "\"\ntls_key = \"" + (folder_.path() / "key.pem").string() + "\"\n";
  }
  void start_with_tls() {
    write(test::make_tls_pem({.name = "sfu.example.com"}));
    start_server({.config = "[signalling]\n" + keys() + "[admin]\n" + keys()});
  }
  static std::string ask(RawClient& client, const std::string& path) {
    client.send("GET " + path + " HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n");
    return client.receive_response();
  }
  static bool has(const std::string& text, std::string_view part) {
    return text.find(part) != std::string::npos;
  }

  test::TemporaryFolder folder_;
};

TEST_F(TlsTest, EveryListenerSpeaksIt) {
  start_with_tls();
  for (const std::uint16_t port : {kHttpPort, kWebSocketPort, kAdminPort}) {
    RawClient client(port, true);
    EXPECT_EQ(client.tls_version(), "TLSv1.3") << port;
    EXPECT_TRUE(client.server_is("sfu.example.com")) << port;
  }
  RawClient api(kHttpPort, true);
  EXPECT_TRUE(has(ask(api, "/janus/info"), "\"name\":\"Penstock\"")) << ask(api, "/janus/info");
  EXPECT_TRUE(has(ask(api, "/"), "<html"));
  RawClient admin(kAdminPort, true);
  EXPECT_TRUE(has(ask(admin, "/metrics"), "penstock_signalling_tls_handshakes_total"));
  const std::string log = server().log();
  EXPECT_TRUE(has(log,
                  "Janus API: wss://sfu.example.com:8188 (janus-protocol) and "
                  "https://sfu.example.com:8088/janus"))
      << log;
  EXPECT_TRUE(has(log, "open https://sfu.example.com:8088/ in a browser")) << log;
  EXPECT_TRUE(has(log, "admin: https://sfu.example.com:7089/")) << log;
}

TEST_F(TlsTest, SighupReplacesTheCertificateAndConnectionsLiveOn) {
  start_with_tls();
  RawClient before(kHttpPort, true);
  EXPECT_TRUE(has(ask(before, "/janus/info"), " 200 "));
  write(test::make_tls_pem({.name = "new.example.com"}));
  server().process().signal(SIGHUP);
  EXPECT_TRUE(loop_.run_until(
      [] { return RawClient(kWebSocketPort, true).server_is("new.example.com"); }, 20 * kSecond));
  EXPECT_TRUE(RawClient(kAdminPort, true).server_is("new.example.com"));
  EXPECT_TRUE(has(ask(before, "/janus/info"), " 200 "));
  EXPECT_TRUE(has(server().log(),
                  "signalling: the certificate has been read again: "
                  "new.example.com, valid until "))
      << server().log();
}

TEST_F(TlsTest, APlainRequestIsToldSo) {
  start_with_tls();
  RawClient client(kHttpPort, false);
  EXPECT_TRUE(has(ask(client, "/"), "this port speaks TLS: https:// or wss://"));
}

TEST_F(TlsTest, TheLoadGeneratorsCallsGoThrough) {
  start_with_tls();
  ChildProcess load({.arguments = {PENSTOCK_LOAD_PROGRAM, "--server", "wss://127.0.0.1:8188",
                                   "--publishers", "2", "--subscribers", "2", "--seconds", "1"},
                     .output = folder_.path() / "output"});
  EXPECT_EQ(load.wait_for(90 * kSecond).value_or(-1), 0)
      << test::read_file(folder_.path() / "output");
}

TEST_F(TlsTest, WithoutGoodFilesItDoesNotStartAndSaysWhy) {
  write({.certificate = test::make_tls_pem().certificate, .key = test::make_tls_pem().key});
  test::write_file(folder_.path() / "penstock.toml", "[signalling]\n" + keys());
  ChildProcess program(
      {.arguments = {penstock_program(), "--config", (folder_.path() / "penstock.toml").string()},
       .output = folder_.path() / "output",
       .environment = {{"RUNTIME_DIRECTORY", folder_.path().string()}}});
  EXPECT_EQ(program.wait_for(20 * kSecond).value_or(-1), 1);
  const std::string output = test::read_file(folder_.path() / "output");
  EXPECT_TRUE(has(output, "signalling.tls_key: " + (folder_.path() / "key.pem").string() +
                              ": the key does not belong to the first certificate of "))
      << output;
}

}  // namespace
}  // namespace penstock::integration
