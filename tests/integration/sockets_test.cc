// A server over the kernel's sockets: of a user without any permission, on the host's own
// addresses.
#include <gtest/gtest.h>

#include "tests/integration/harness/integration_test.h"
#include "tests/integration/harness/namespace.h"

namespace penstock::integration {
namespace {

class SocketsTest : public IntegrationTest {
 protected:
  void SetUp() override {
    IntegrationTest::SetUp();
    // What people come from, and what the server has.
    for (const char* address :
         {"198.18.0.1/24", "fd00:198:18::1/64", "198.18.0.2/24", "fd00:198:18::2/64"}) {
      add_address("lo", address);
    }
  }

  void start_unprivileged(const std::string& config) {
    start_server({.config = "[port]\ndriver = \"sockets\"\n" + config,
                  .interface = "",
                  .is_unprivileged = true});
  }
};

// Where somebody was whose socket is closed, the kernel answers each packet with an ICMP error:
// that is of no concern to anybody else.
TEST_F(SocketsTest, ACallOfAnUnprivilegedServerAndSomebodyWhoVanishes) {
  start_unprivileged("addresses = [\"198.18.0.2\"]\n");
  start_call();
  Participant& leaver = add_participant();
  leaver.join();
  leaver.subscribe({&alice(), &bob()});
  ASSERT_TRUE(loop_.run_until([&] { return leaver.received_from(bob()) > 50; }, 20 * kSecond));
  leaver.lose_subscriber();
  loop_.run_for(2 * kSecond);
  print_measured(std::to_string(expect_nothing_lost()) + " packets received, 0 lost");
}

// Two sockets bound to every address: a datagram leaves from the one that its peer sends to.
TEST_F(SocketsTest, OverTwoWorkersAndBothFamilies) {
  start_unprivileged(
      "addresses = [\"198.18.0.2\", \"fd00:198:18::2\"]\n"
      "[workers]\ncount = 2\nroom_peers_max = 1\n");
  add_participant().publish();
  add_participant({.address = parse_ip_address("fd00:198:18::1").value()}).publish();
  connect_the_two();
  print_measured(std::to_string(expect_nothing_lost()) + " packets received, 0 lost");
}

}  // namespace
}  // namespace penstock::integration
