// The opponent of bench/compare forwards a call as Penstock does: otherwise comparing them says
// nothing. On loopback, whose addresses are the kernel's own.
#include <gtest/gtest.h>

#include "tests/integration/harness/integration_test.h"
#include "tests/integration/harness/namespace.h"

namespace penstock::integration {
namespace {

constexpr const char* kPort =
    "[port]\ndriver = \"net_af_packet\"\ninterface = \"lo\"\nipv4 = \"198.18.0.2/24\"\n";

class SocketsTest : public IntegrationTest {
 protected:
  void expect_good_call(const std::vector<std::string>& arguments, const std::string& config) {
    add_address("lo", "198.18.0.1/24");
    add_address("lo", "198.18.0.2/24");
    std::vector<std::string> command = {PENSTOCK_SOCKETS_PROGRAM};
    command.insert(command.end(), arguments.begin(), arguments.end());
    start_server({.config = kPort + config, .interface = "", .command = command});
    start_call();
    loop_.run_for(2 * kSecond);
    print_measured(std::to_string(expect_nothing_lost()) + " packets received, 0 lost");
  }
};

TEST_F(SocketsTest, ACallOverSockets) { expect_good_call({}, ""); }

TEST_F(SocketsTest, ACallWithSegmentation) { expect_good_call({"--gso"}, ""); }

TEST_F(SocketsTest, ACallOverTwoWorkersWithASocketEach) {
  expect_good_call({"--gso"}, "[workers]\ncount = 2\nroom_peers_max = 1\n");
}

}  // namespace
}  // namespace penstock::integration
