// Starting, idling and stopping: what an operator sees.
#include <gtest/gtest.h>
#include <signal.h>

#include <algorithm>

#include "tests/integration/harness/integration_test.h"
#include "tests/integration/harness/leaving_clients.h"
#include "tests/integration/harness/namespace.h"

namespace penstock::integration {
namespace {

struct Outcome {
  int status = -1;
  std::string output;
};

class LifecycleTest : public IntegrationTest {
 protected:
  // Runs the program to its end; -1 if it does not end.
  Outcome run(std::vector<std::string> arguments, const std::vector<std::string>& prefix = {}) {
    arguments.insert(arguments.begin(), penstock_program());
    arguments.insert(arguments.begin(), prefix.begin(), prefix.end());
    ChildProcess process({.arguments = arguments,
                          .output = folder_.path() / "output",
                          .folder = folder_.path(),
                          .environment = {{"RUNTIME_DIRECTORY", folder_.path().string()}}});
    const auto status = process.wait_for(20 * kSecond);
    return {status.value_or(-1), test::read_file(folder_.path() / "output")};
  }
  Outcome run_with_config(const std::string& config, const std::vector<std::string>& prefix = {}) {
    test::write_file(folder_.path() / "penstock.toml", config);
    return run({"--config", "penstock.toml"}, prefix);
  }

  test::TemporaryFolder folder_;
};

#define EXPECT_SAYS(outcome, text) \
  EXPECT_NE((outcome).output.find(text), std::string::npos) << (outcome).output

TEST_F(LifecycleTest, AnIdleServerHardlyUsesTheProcessor) {
  Server& idle = start_server();
  loop_.run_for(kSecond);  // what starting needs
  const Duration before = idle.process().cpu_time();
  const Timestamp start = loop_.now();
  loop_.run_for(5 * kSecond);
  const Duration used = idle.process().cpu_time() - before;
  const double percent =
      100.0 * static_cast<double>(used) / static_cast<double>(loop_.now() - start);
  EXPECT_LT(percent, 10.0);  // the goal is 5; the machine is shared
  print_measured(std::to_string(percent) + " % of a core, " +
                 std::to_string(idle.process().resident_bytes() >> 20) + " MiB resident");
}

// The promise holds on a machine that has time for the server: the best of three counts.
TEST_F(LifecycleTest, CtrlCEndsAnIdleServerWithinASecond) {
  Duration best = kNever;
  for (int i = 0; i < 3; ++i) {
    start_server();
    best = std::min(best, stop_server(SIGINT));
  }
  EXPECT_LE(best, kSecond);
  print_measured(milliseconds(best));
}

TEST_F(LifecycleTest, CtrlCEndsAServerInACallWithinASecondAndClientsAreTold) {
  Duration best = kNever;
  for (int i = 0; i < 3; ++i) {
    start_server();
    start_call();
    best = std::min(best, stop_server(SIGINT));
    EXPECT_TRUE(loop_.run_until(
        [&] {
          return alice().publisher().webrtc().dtls_state() == DtlsState::kClosed &&
                 bob().subscriber().webrtc().dtls_state() == DtlsState::kClosed;
        },
        10 * kSecond))
        << "no goodbye in DTLS";
    remove_participants();
  }
  EXPECT_LE(best, kSecond);
  print_measured(milliseconds(best));
}

// tools/churn stops does the same with more clients, more often.
TEST_F(LifecycleTest, SigtermMeetsManyLeavingClients) {
  for (const std::size_t left_before : {0UL, 40UL, 90UL}) {
    start_server();
    LeavingClients clients(100);
    clients.leave(left_before);
    server().stop_and_check(SIGTERM, [&] { clients.leave(clients.left()); });
  }
}

TEST_F(LifecycleTest, AHardLimitOfOpenFilesThatIsTooLowIsNamed) {
  start_server({.command = {"prlimit", "--nofile=100:2000", penstock_program()}});
  EXPECT_NE(server().log().find("connections_max is 16384"), std::string::npos) << server().log();
  EXPECT_NE(server().log().find("may have 2000"), std::string::npos) << server().log();
  LeavingClients(300).leave(300);
}

TEST_F(LifecycleTest, CtrlCWhileStartingEndsCleanly) {
  Server starting;
  // The first thing that it makes and would leave behind.
  ASSERT_TRUE(loop_.run_until([] { return interface_exists("penstock0"); }, 20 * kSecond));
  starting.stop_and_check(SIGINT);
}

TEST_F(LifecycleTest, HelpAndVersionAreAnswered) {
  const Outcome help = run({"--help"});
  EXPECT_EQ(help.status, 0);
  EXPECT_SAYS(help, "--config");
  EXPECT_SAYS(help, "--check-config");
  const Outcome version = run({"--version"});
  EXPECT_EQ(version.status, 0);
  EXPECT_SAYS(version, "penstock ");
  EXPECT_NE(run({"--no-such-option"}).status, 0);
}

TEST_F(LifecycleTest, CheckConfigTouchesNothing) {
  test::write_file(folder_.path() / "penstock.toml", "[workers]\ncount = 2\n");
  const Outcome good = run({"--config", "penstock.toml", "--check-config"});
  EXPECT_EQ(good.status, 0);
  EXPECT_SAYS(good, "good");
  EXPECT_EQ(run({"--check-config"}).status, 0);
  EXPECT_FALSE(interface_exists("penstock0"));
}

TEST_F(LifecycleTest, AMistakeInTheConfigurationIsNamedWithFileLineAndKey) {
  const Outcome unknown = run_with_config("[workers]\ncount = 1\ncolour = 3\n");
  EXPECT_EQ(unknown.status, 1);
  EXPECT_SAYS(unknown, "penstock.toml:3: workers.colour");
  const Outcome bad = run_with_config("[signalling]\n\nhttp_port = \"x\"\n");
  EXPECT_EQ(bad.status, 1);
  EXPECT_SAYS(bad, "penstock.toml:3: signalling.http_port: expected");
  const Outcome missing = run({"--config", "nowhere.toml"});
  EXPECT_EQ(missing.status, 1);
  EXPECT_SAYS(missing, "nowhere.toml");
}

TEST_F(LifecycleTest, AMissingInterfaceIsNamed) {
  for (const std::string driver : {"net_af_packet", "net_af_xdp"}) {
    const Outcome outcome = run_with_config("[port]\ndriver = \"" + driver +
                                            "\"\ninterface = \"nowhere0\"\n"
                                            "ipv4 = \"198.18.0.2/24\"\n");
    EXPECT_EQ(outcome.status, 1);
    EXPECT_SAYS(outcome, "nowhere0");
    print_measured(outcome.output);
  }
}

TEST_F(LifecycleTest, AMissingPermissionIsNamedWithItsRemedy) {
  const std::string without = "-net_admin";
  const Outcome outcome =
      run_with_config("", {"setpriv", "--bounding-set", without, "--inh-caps", without});
  EXPECT_EQ(outcome.status, 1);
  EXPECT_SAYS(outcome, "cap_net_admin");
  EXPECT_FALSE(interface_exists("penstock0"));
  print_measured(outcome.output);
}

TEST_F(LifecycleTest, ASecondServerSaysWhatIsTaken) {
  start_server();
  const Outcome same_device = run_with_config("");
  EXPECT_EQ(same_device.status, 1);
  EXPECT_SAYS(same_device, "penstock0");
  const Outcome same_port = run_with_config(
      "[port]\ninterface = \"penstock1\"\nipv4 = \"198.18.1.2/24\"\n"
      "host_ipv4 = \"198.18.1.1/24\"\nipv6 = \"\"\nhost_ipv6 = \"\"\n");
  EXPECT_EQ(same_port.status, 1);
  EXPECT_SAYS(same_port, "8088");
  EXPECT_FALSE(interface_exists("penstock1"));
  print_measured(same_device.output + same_port.output);
}

}  // namespace
}  // namespace penstock::integration
