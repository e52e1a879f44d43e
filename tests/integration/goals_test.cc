// What a trusted backend may have in numbers, and what a client that is not trusted cannot do to
// others. The times are printed; what counts is that nothing is refused, but for the one that has a
// limit of seconds.
#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "tests/integration/harness/integration_test.h"
#include "tests/integration/harness/session_flood.h"

namespace penstock::integration {
namespace {

constexpr const char* kSecret = "sesame";

std::string microseconds(Duration duration) {
  return std::to_string(duration / kMicrosecond) + " us";
}

// How long each of many requests took.
class Times {
 public:
  // The answer to it.
  template <typename Request>
  auto measure(EventLoop& loop, Request&& request) {
    const Timestamp began = loop.now();
    auto answer = request();
    times_.push_back(loop.now() - began);
    return answer;
  }
  Duration p99() {
    std::ranges::sort(times_);
    return times_[times_.size() * 99 / 100];
  }
  std::string text(const std::string& what) {
    const std::string p99_text = microseconds(p99());
    return std::to_string(times_.size()) + " " + what + ": p99 " + p99_text + ", longest " +
           microseconds(times_.back());
  }

 private:
  std::vector<Duration> times_;
};

class GoalsTest : public IntegrationTest {
 protected:
  void start(const std::string& limits) {
    start_server({.config = "[signalling]\napi_secret = \"sesame\"\n[limits]\n" + limits});
    backend_ = std::make_unique<JanusSession>(loop_, JanusTransport::kWebSocket, kSecret);
  }
  void TearDown() override {
    backend_.reset();
    IntegrationTest::TearDown();
  }
  std::uint64_t attach(Times& times) {
    const json::value answer = times.measure(loop_, [&] {
      return backend_->request({{"janus", "attach"}, {"plugin", "janus.plugin.videoroom"}});
    });
    return number_at(answer, "/data/id");
  }
  // What the VideoRoom says to it.
  std::string ask(Times& times, std::uint64_t handle, json::object body) {
    const json::value answer =
        times.measure(loop_, [&] { return backend_->message(handle, std::move(body)); });
    return text_at(answer, "/plugindata/data/videoroom");
  }

  std::unique_ptr<JanusSession> backend_;
};

TEST_F(GoalsTest, ABackendHasTenThousandHandlesInOneSession) {
  start("participants = 2600\n");
  Times attached;
  std::vector<std::uint64_t> handles;
  for (int i = 0; i < 10'000; ++i) handles.push_back(attach(attached));
  ASSERT_EQ(std::ranges::count(handles, 0U), 0);
  Times asked;
  for (std::size_t i = 0; i < handles.size(); i += 100)
    EXPECT_EQ(ask(asked, handles[i], {{"request", "exists"}, {"room", kRoom}}), "success");
  print_measured(attached.text("handles attached"));
  print_measured(asked.text("requests beside 10,000 handles"));
}

TEST_F(GoalsTest, ABackendMakesJoinsAndDestroysTwoThousandRooms) {
  constexpr std::uint64_t kRooms = 2'000;
  constexpr std::uint64_t kFirst = 100'000;
  start("participants = 2100\nrooms = 2100\n");
  Times attached, created, joined, destroyed;
  const std::uint64_t manager = attach(attached);
  for (std::uint64_t i = 0; i < kRooms; ++i)
    ASSERT_EQ(ask(created, manager, {{"request", "create"}, {"room", kFirst + i}}), "created") << i;
  for (std::uint64_t i = 0; i < kRooms; ++i) {
    const json::object join{{"request", "join"}, {"ptype", "publisher"}, {"room", kFirst + i}};
    ASSERT_EQ(ask(joined, attach(attached), join), "joined") << i;
  }
  for (std::uint64_t i = 0; i < kRooms; ++i) {
    ASSERT_EQ(ask(destroyed, manager, {{"request", "destroy"}, {"room", kFirst + i}}), "destroyed")
        << i;
  }
  for (auto [times, what] : {std::pair(&created, "rooms created"),
                             {&joined, "rooms joined"},
                             {&destroyed, "rooms destroyed"}}) {
    print_measured(times->text(what));
  }
}

// A small part of `penstock-churn sessions`, which judges memory too: here as much as one address
// may ask at once.
TEST_F(GoalsTest, WhoMakesSessionsWithoutEndKeepsNobodyElseFromJoining) {
  start_server({.config = "[signalling]\naddress = \"0.0.0.0\"\n"});
  SessionFlood flood;
  Times joined;
  for (int round = 0; round < 8; ++round) {
    flood.begin_round();
    const std::string said = joined.measure(loop_, [&] {
      JanusSession person(loop_, JanusTransport::kWebSocket);
      return text_at(person.message(person.attach(),
                                    {{"request", "join"}, {"ptype", "publisher"}, {"room", kRoom}}),
                     "/plugindata/data/videoroom");
    });
    EXPECT_EQ(said, "joined");
    flood.end_round();
  }
  EXPECT_EQ(flood.made() + flood.refused(), 8 * flood.sessions_per_round());
  EXPECT_GT(flood.made(), flood.sessions_per_round());
  print_measured(joined.text("joins beside " + std::to_string(flood.made()) +
                             " sessions made and " + std::to_string(flood.refused()) + " refused"));
  EXPECT_LT(joined.p99(), 5 * kSecond);
}

}  // namespace
}  // namespace penstock::integration
