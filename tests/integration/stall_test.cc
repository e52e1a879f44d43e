// A worker that stands still, in the real program with two workers: the
// calls of the other lose nothing, a room that is destroyed falls silent, what waits to be freed is
// bounded and creates are refused with an error that says why, and when it runs again all of it is
// freed. The same is exhaustive in virtual time in tests/sim/stall_test.cc.
#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <stdexcept>

#include "tests/integration/harness/integration_test.h"
#include "tests/integration/harness/paused_thread.h"

namespace penstock::integration {
namespace {

constexpr std::uint16_t kUdpPort = 50'000;  // of worker 0
// So small that half of what can wait is reached, and so that no pool is empty before.
constexpr const char* kSmallPools =
    "[workers]\ncount = 2\npolling = \"spin\"\n[limits]\nforwarders = 0\nparticipants = "
    "64\npublishers = "
    "40\nsubscriptions = 16\n";
constexpr std::size_t kMoreThanEnough = 70;  // rounds
constexpr std::size_t kObjectsOfRound = 5;   // a transport and its streams
constexpr const char* kRefusal =
    "what was closed cannot be freed yet, because a worker does not report; try again";

// The data plane's retire list, as operators see it.
std::uint64_t retire_list(const char* what) {
  const auto answer = http_request("GET", "/lifetimes", "", kAdminPort);
  EXPECT_EQ(answer.status, 200U);
  const json::value lifetimes = json::parse(answer.body);
  for (const json::value& list : lifetimes.at("retire").as_array()) {
    if (list.at("name") == "data plane") return list.at(what).to_number<std::uint64_t>();
  }
  ADD_FAILURE() << "no such list: " << answer.body;
  return 0;
}

std::size_t worker_of(const Participant& participant) {
  return participant.publisher().webrtc().remote().port - kUdpPort;
}

class StallTest : public IntegrationTest {
 protected:
  // Two who see each other, in a room that is not there yet.
  std::pair<Participant*, Participant*> start_call_in(std::uint64_t room) {
    manage({{"request", "create"}, {"room", room}, {"publishers", 6}});
    Participant& one = add_participant({.room = room});
    Participant& other = add_participant({.room = room});
    for (Participant* person : {&one, &other}) person->publish();
    one.subscribe({&other});
    other.subscribe({&one});
    for (Participant* person : {&one, &other}) person->wait_until_connected();
    EXPECT_TRUE(loop_.run_until([&] { return one.received_from(other) > 50; }, 20 * kSecond));
    return {&one, &other};
  }
  json::value manage(json::object body) {
    if (!manager_) {
      manager_.emplace(loop_, JanusTransport::kWebSocket);
      manager_handle_ = manager_->attach();
    }
    return manager_->message(manager_handle_, std::move(body));
  }

  // Somebody comes, publishes and stops until the server refuses, and goes. The rounds that it did
  // not refuse, and what it said then.
  struct Churn {
    std::size_t rounds = 0;
    std::string refusal;
  };
  Churn churn(std::size_t rounds_max) {
    JanusSession session(loop_, JanusTransport::kWebSocket);
    const std::uint64_t handle = session.attach();
    session.message(handle, {{"request", "join"}, {"ptype", "publisher"}, {"room", kRoom}});
    test::WebRtcClient client({}, certificate());
    const Jsep offer{"offer",
                     client.make_publish_offer({audio(99), video(99), video(98), video(97)})};
    Churn churn;
    for (; churn.rounds < rounds_max; ++churn.rounds) {
      const json::value answer = session.message(handle, {{"request", "publish"}}, offer);
      churn.refusal = text_at(answer, "/plugindata/data/error");
      if (!churn.refusal.empty()) {
        EXPECT_EQ(number_at(answer, "/plugindata/data/error_code"), 499U);
        break;
      }
      session.message(handle, {{"request", "unpublish"}});
    }
    return churn;
  }

  // A worker that spins is always awake, and what it does not report holds everybody up.
  std::unique_ptr<PausedThread> stop_awake(pid_t thread) {
    auto paused = std::make_unique<PausedThread>(thread);
    churn(1);
    loop_.run_for(30 * kMillisecond);
    EXPECT_GT(retire_list("waiting"), 0U);
    return paused;
  }

  std::optional<JanusSession> manager_;
  std::uint64_t manager_handle_ = 0;
};

TEST_F(StallTest, OneWorkerThatStandsStillCostsTheCallsOfTheOtherNothing) {
  start_server({.config = kSmallPools});
  start_call();
  const auto [carol, dave] = start_call_in(5678);
  const auto [erin, frank] = start_call_in(9012);
  const std::size_t stalled = worker_of(*carol);
  ASSERT_NE(stalled, worker_of(alice())) << "rooms are spread over the workers";
  ASSERT_EQ(worker_of(*erin), worker_of(alice()));
  const std::vector<pid_t> threads = worker_threads(server().process().pid());
  ASSERT_EQ(threads.size(), 2U);
  EXPECT_EQ(churn(kMoreThanEnough).rounds, kMoreThanEnough) << "while all run all is well";

  for (const Duration pause : {kMillisecond, 100 * kMillisecond}) {
    const PausedThread worker(threads[stalled]);
    loop_.run_for(pause);
  }
  loop_.run_for(kSecond);
  {
    const auto worker = stop_awake(threads[stalled]);
    const Timestamp start = loop_.now();
    const std::uint64_t of_dave = carol->received_from(*dave);
    manage({{"request", "destroy"}, {"room", 9012}});
    const Timestamp answered_at = loop_.now();
    loop_.run_for(kSecond);
    // Nothing but what was on its way.
    for (const Participant* person : {erin, frank}) {
      EXPECT_LE(person->subscriber().last_media_at(), answered_at + 100 * kMillisecond);
    }
    print_measured("last media " + milliseconds(erin->subscriber().last_media_at() - answered_at) +
                   " after the answer to destroy");

    const Churn refused = churn(kMoreThanEnough);
    EXPECT_LT(refused.rounds, kMoreThanEnough);
    EXPECT_EQ(refused.refusal, kRefusal);
    const std::uint64_t waiting = retire_list("waiting");
    const std::uint64_t capacity = retire_list("capacity");
    EXPECT_GE(waiting * 2, capacity) << "refused from here on";
    EXPECT_LE(waiting * 2, capacity + 2 * kObjectsOfRound) << "and not later";
    for (int i = 0; i < 10; ++i) EXPECT_EQ(churn(1).refusal, kRefusal);
    EXPECT_EQ(retire_list("waiting"), waiting) << "it grows no further";
    loop_.run_for(start + 10 * kSecond - loop_.now());
    EXPECT_EQ(carol->received_from(*dave), of_dave) << "it really stood still";
  }
  const Timestamp woken_at = loop_.now();
  ASSERT_TRUE(loop_.run_until([&] { return retire_list("waiting") == 0; }, 5 * kSecond));
  print_measured("all reclaimed " + milliseconds(loop_.now() - woken_at) + " after it went on");
  // The machine may have no CPU for a worker for as long as a few rounds take.
  EXPECT_TRUE(loop_.run_until([&] { return churn(kMoreThanEnough).rounds == kMoreThanEnough; },
                              20 * kSecond));
  const std::uint64_t of_dave = carol->received_from(*dave);
  EXPECT_TRUE(
      loop_.run_until([&] { return carol->received_from(*dave) > of_dave + 100; }, 10 * kSecond));

  for (Participant* person : {&alice(), &bob()}) person->stop_media();
  loop_.run_for(kSecond);
  expect_whole(alice(), bob());
  expect_whole(bob(), alice());
}

}  // namespace
}  // namespace penstock::integration
