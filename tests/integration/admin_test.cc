// What operators see of a server that runs: the admin interface, the log.
#include <gtest/gtest.h>
#include <signal.h>

#include <filesystem>

#include "tests/integration/harness/integration_test.h"
#include "tests/integration/harness/paused_thread.h"

namespace penstock::integration {
namespace {

class AdminTest : public IntegrationTest {
 protected:
  static json::value lifetimes() {
    const HttpAnswer answer = http_request("GET", "/lifetimes", "", kAdminPort);
    EXPECT_EQ(answer.status, 200U);
    return answer.status == 200 ? json::parse(answer.body) : json::value();
  }
  // It is the last that a server opens.
  void wait_for_listener() {
    ASSERT_TRUE(loop_.run_until(
        [] { return http_request("GET", "/lifetimes", "", kAdminPort).status == 200; },
        10 * kSecond));
  }
  // A number of the pool with this name; fails if there is no such pool.
  static std::uint64_t pool(const json::value& lifetimes, std::string_view name,
                            std::string_view count) {
    for (const json::value& each : lifetimes.at("pools").as_array()) {
      if (each.at("name").as_string() == name) return each.at(count).to_number<std::uint64_t>();
    }
    ADD_FAILURE() << "no pool " << name;
    return 0;
  }
  // The sample of this name and labels; empty if there is none.
  static std::string metric(const std::string& name) {
    const std::string text = http_request("GET", "/metrics", "", kAdminPort).body;
    const std::size_t at = text.find("\n" + name + " ");
    if (at == std::string::npos) return "";
    const std::size_t value = at + name.size() + 2;
    return text.substr(value, text.find('\n', value) - value);
  }
  static void expect_books_balanced(const json::value& lifetimes) {
    for (const json::value& each : lifetimes.at("pools").as_array()) {
      const auto count = [&](const char* name) { return each.at(name).to_number<std::uint64_t>(); };
      EXPECT_EQ(count("free") + count("live") + count("retired"), count("capacity"))
          << each.at("name");
    }
    EXPECT_TRUE(lifetimes.at_pointer("/audit/findings").as_array().empty())
        << json::serialize(lifetimes.at("audit"));
  }
  // The thread of the first worker.
  pid_t worker_thread() {
    const std::string tasks = "/proc/" + std::to_string(server().process().pid()) + "/task";
    for (const auto& task : std::filesystem::directory_iterator(tasks)) {
      if (test::read_file(task.path() / "comm").starts_with("rte-worker-")) {
        return static_cast<pid_t>(std::stol(task.path().filename()));
      }
    }
    throw std::runtime_error("no worker thread");
  }
};

TEST_F(AdminTest, ACallIsInTheBooksAndGoesOutOfThem) {
  start_server();
  start_call();
  json::value during = lifetimes();
  expect_books_balanced(during);
  EXPECT_EQ(pool(during, "sessions", "live"), 2U);
  EXPECT_EQ(pool(during, "handles", "live"), 4U);
  EXPECT_EQ(pool(during, "rooms", "live"), 1U);
  EXPECT_EQ(pool(during, "publishers", "live"), 2U);
  EXPECT_EQ(pool(during, "subscribers", "live"), 2U);
  EXPECT_EQ(pool(during, "peers", "live"), 4U);
  EXPECT_EQ(pool(during, "transports", "live"), 4U);
  EXPECT_EQ(pool(during, "streams", "live"), 4U);
  EXPECT_EQ(pool(during, "subscriptions", "live"), 4U);
  EXPECT_GT(number_at(during, "/packets/in_use"), 0U);
  EXPECT_NE(metric("penstock_media_forwarded_total{worker=\"0\"}"), "0");
  EXPECT_NE(http_request("GET", "/", "", kAdminPort).body.find("worker 0: last heard of"),
            std::string::npos);

  alice().session().request({{"janus", "destroy"}});
  bob().session().request({{"janus", "destroy"}});
  // Retired objects are reclaimed within two turns of the workers' loops.
  json::value after;
  EXPECT_TRUE(loop_.run_until(
      [&] {
        after = lifetimes();
        return pool(after, "transports", "free") == pool(after, "transports", "capacity");
      },
      5 * kSecond));
  expect_books_balanced(after);
  for (const char* name : {"sessions", "handles", "publishers", "subscribers", "peers", "streams",
                           "subscriptions", "fan-out chunks"}) {
    EXPECT_EQ(pool(after, name, "free"), pool(after, name, "capacity")) << name;
  }
  EXPECT_GE(number_at(after, "/retire/0/reclaimed"), 12U);
  EXPECT_EQ(text_at(after, "/retire/0/name"), "data plane");
  EXPECT_EQ(number_at(after, "/grace_period/since_ns"), 0U);
  print_measured("reclaimed within " +
                 std::to_string(number_at(after, "/retire/0/reclaim_ns/max") / 1'000) + " us");
}

TEST_F(AdminTest, TheBooksAreAuditedWhileItRuns) {
  start_server();
  start_call();
  loop_.run_for(3 * kSecond);
  const json::value taken = lifetimes();
  EXPECT_GE(number_at(taken, "/audit/runs"), 2U);
  expect_books_balanced(taken);
  // The walk has come upon every object that lives, so it was made.
  std::uint64_t live = 0;
  for (const json::value& each : taken.at("pools").as_array()) {
    live += each.at("live").to_number<std::uint64_t>();
  }
  EXPECT_GT(live, 20U);
  EXPECT_EQ(number_at(taken, "/audit/owned_objects"), live);
}

TEST_F(AdminTest, AWorkerThatStandsStillIsToldAndCounted) {
  start_server();
  loop_.run_for(kSecond);
  EXPECT_EQ(metric("penstock_worker_stalled{worker=\"0\"}"), "0");
  {
    const PausedThread worker(worker_thread());
    EXPECT_TRUE(loop_.run_until(
        [&] { return metric("penstock_worker_stalled{worker=\"0\"}") == "1"; }, 10 * kSecond));
    EXPECT_NE(server().log().find("worker 0 has not reported for a second"), std::string::npos);
  }
  EXPECT_TRUE(loop_.run_until(
      [&] { return metric("penstock_worker_stalled{worker=\"0\"}") == "0"; }, 10 * kSecond));
  EXPECT_EQ(metric("penstock_stalls_total{worker=\"0\"}"), "1");
  EXPECT_NE(server().log().find("worker 0 reports again"), std::string::npos);
}

TEST_F(AdminTest, TokensAreStoredThroughItAndOpenTheJanusApi) {
  start_server({.config = "[signalling]\ntoken_auth = true\n[admin]\nadmin_secret = \"s\"\n"});
  wait_for_listener();
  const auto post = [](const std::string& path, json::object body, std::uint16_t port) {
    body["transaction"] = "t";
    const HttpAnswer answer = http_request("POST", path, json::serialize(body), port);
    EXPECT_EQ(answer.status, 200U) << path;
    return json::parse(answer.body);
  };
  const auto create = [&](const char* token) {
    return post("/janus", {{"janus", "create"}, {"token", token}}, kHttpPort);
  };
  EXPECT_EQ(number_at(create("token"), "/error/code"), 403U);
  json::object add{{"janus", "add_token"}, {"token", "token"}};
  EXPECT_EQ(number_at(post("/admin", add, kAdminPort), "/error/code"), 403U);
  add["admin_secret"] = "s";
  EXPECT_EQ(text_at(post("/admin", add, kAdminPort), "/janus"), "success");
  EXPECT_EQ(text_at(create("token"), "/janus"), "success");
  EXPECT_EQ(http_request("POST", "/admin", "{}", kHttpPort).status, 404U)
      << "it is on the admin listener alone";
}

TEST_F(AdminTest, WithoutItsSecretThereIsNoAdminApi) {
  start_server();
  wait_for_listener();
  EXPECT_EQ(http_request("POST", "/admin", "{}", kAdminPort).status, 405U);
}

TEST_F(AdminTest, PortZeroSwitchesItOff) {
  start_server({.config = "[admin]\nport = 0\n"});
  EXPECT_EQ(http_request("GET", "/lifetimes", "", kAdminPort).status, 0U);
  EXPECT_EQ(http_request("GET", "/janus/info", "").status, 200U);
}

TEST_F(AdminTest, ThePoolsAreInTheLogWithTheirSums) {
  start_server({.config = "[limits]\nparticipants = 16\npublishers = 8\nsubscriptions = 80\n"
                          "forwarders = 4\n"});
  stop_server(SIGTERM);  // its sockets are there before its lines
  for (const char* part :
       {"bytes each", "8 publishing + 16 receiving + 4 forwarding + 4 in their grace period",
        "80 subscriptions + 4 of forwarders + 11 in their grace period", "256 receive rings",
        "all pools"}) {
    EXPECT_NE(server().log().find(part), std::string::npos) << part;
  }
}

// Every pool full in turn, over the API: a clean error, and the call that is up goes on.
class FullPoolTest : public AdminTest {
 protected:
  void start_with(const std::string& limits) {
    start_server({.config = "[limits]\nforwarders = 0\n" + limits});
    start_call();
  }
  void TearDown() override {
    const std::uint64_t before = bob().received_from(alice());
    EXPECT_TRUE(
        loop_.run_until([&] { return bob().received_from(alice()) > before + 50; }, 10 * kSecond))
        << "the call does not go on";
    const json::value taken = lifetimes();
    expect_books_balanced(taken);
    EXPECT_EQ(pool(taken, "transports", "live"), 4U);
    AdminTest::TearDown();
  }
  static std::uint64_t error_of(const json::value& answer) {
    return number_at(answer, "/plugindata/data/error_code");
  }
  static json::object join() {
    return {{"request", "join"}, {"ptype", "publisher"}, {"room", kRoom}};
  }
};

TEST_F(FullPoolTest, Sessions) {
  start_with("participants = 4\n");  // 8 sessions
  std::vector<std::unique_ptr<JanusSession>> sessions;
  for (int i = 0; i < 6; ++i) {
    sessions.push_back(std::make_unique<JanusSession>(loop_, JanusTransport::kWebSocket));
  }
  JanusWebSocket one_more(loop_);
  one_more.send({{"janus", "create"}, {"transaction", "t"}});
  ASSERT_TRUE(loop_.run_until([&] { return !one_more.inbox().empty(); }, 10 * kSecond));
  EXPECT_EQ(number_at(one_more.inbox().front(), "/error/code"), 472U);
}

TEST_F(FullPoolTest, Handles) {
  start_with("participants = 4\n");  // 16 handles, 4 of them in the call
  JanusSession session(loop_, JanusTransport::kWebSocket);
  for (int i = 0; i < 12; ++i) EXPECT_NE(session.attach(), 0U);
  const json::value refused =
      session.request({{"janus", "attach"}, {"plugin", "janus.plugin.videoroom"}});
  EXPECT_EQ(number_at(refused, "/error/code"), 461U) << json::serialize(refused);
}

TEST_F(FullPoolTest, Rooms) {
  start_with("rooms = 3\n");
  JanusSession session(loop_, JanusTransport::kWebSocket);
  const std::uint64_t handle = session.attach();
  EXPECT_EQ(error_of(session.message(handle, {{"request", "create"}, {"room", 1}})), 0U);
  EXPECT_EQ(error_of(session.message(handle, {{"request", "create"}, {"room", 2}})), 0U);
  EXPECT_EQ(error_of(session.message(handle, {{"request", "create"}, {"room", 3}})), 499U);
}

TEST_F(FullPoolTest, Participants) {
  start_with("participants = 3\n");
  JanusSession session(loop_, JanusTransport::kWebSocket);
  EXPECT_EQ(error_of(session.message(session.attach(), join())), 0U);
  EXPECT_EQ(error_of(session.message(session.attach(), join())), 499U);
}

// Two publishers have 8 streams and one in its grace period; the call has 4.
TEST_F(FullPoolTest, Publishers) {
  start_with("publishers = 2\n");
  JanusSession session(loop_, JanusTransport::kWebSocket);
  test::WebRtcClient client(test::ClientConfig{}, certificate());
  const Jsep offer{"offer",
                   client.make_publish_offer({audio(1), video(1), audio(2), video(2), video(3)})};
  const auto publish = [&] {
    const std::uint64_t handle = session.attach();
    session.message(handle, join());
    return session.message(handle, {{"request", "configure"}}, offer);
  };
  const json::value first = publish();
  EXPECT_EQ(error_of(first), 0U) << json::serialize(first);
  const json::value second = publish();
  EXPECT_NE(error_of(second), 0U);
  EXPECT_NE(text_at(second, "/plugindata/data/error").find("limits.publishers"), std::string::npos)
      << json::serialize(second);
  session.request({{"janus", "destroy"}});
  loop_.run_for(100 * kMillisecond);
}

// The call has 4 subscriptions, and one more is for those in their grace period.
TEST_F(FullPoolTest, Subscriptions) {
  start_with("subscriptions = 4\n");
  {
    Participant& carol = add_participant();
    carol.join();
    try {
      carol.subscribe({&alice(), &bob()});
      ADD_FAILURE() << "there was room for 4 more";
    } catch (const std::runtime_error& refused) {
      EXPECT_NE(std::string(refused.what()).find("limits.subscriptions"), std::string::npos)
          << refused.what();
    }
    carol.session().request({{"janus", "destroy"}});
    loop_.run_for(100 * kMillisecond);
  }
}

TEST_F(AdminTest, LimitsThatDoNotFitAreMistakesOfTheConfiguration) {
  const test::TemporaryFolder folder;
  const auto said_to = [&](const std::string& config) {
    test::write_file(folder.path() / "penstock.toml", config);
    ChildProcess process(
        {.arguments = {penstock_program(), "--config", "penstock.toml", "--check-config"},
         .output = folder.path() / "output",
         .folder = folder.path()});
    EXPECT_EQ(process.wait_for(20 * kSecond).value_or(-1), 1);
    return test::read_file(folder.path() / "output");
  };
  EXPECT_NE(said_to("[limits]\nsubscriptions = 16777216\n")
                .find("penstock.toml: limits.subscriptions: the pool of subscriptions would have"),
            std::string::npos);
  EXPECT_NE(
      said_to("[limits]\nparticipants = 4000000\n").find("limits.participants: the pools need"),
      std::string::npos);
}

}  // namespace
}  // namespace penstock::integration
