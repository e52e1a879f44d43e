// The API over HTTP: paths, and GETs that wait for events.
#include "tests/unit/janus/janus_test.h"

namespace penstock::janus {
namespace {

class LongPollTest : public JanusTest {
 protected:
  using JanusTest::JanusTest;
  void SetUp() override {
    session = std::to_string(post({}, R"({"janus":"create","transaction":"t"})")
                                 .at("data")
                                 .at("id")
                                 .to_number<std::uint64_t>());
    handle = std::to_string(
        post({session}, R"({"janus":"attach","transaction":"t","plugin":"janus.plugin.videoroom"})")
            .at("data")
            .at("id")
            .to_number<std::uint64_t>());
  }
  std::string body(ExchangeId exchange) { return sender.replies.at(exchange).body; }
  json::object act(std::string_view request) {
    return post({session, handle},
                R"({"janus":"message","transaction":"t","body":)" + std::string(request) + "}");
  }
  void advance(Duration time) {
    now += time;
    core.handle_timeout(now);
  }

  std::string session;
  std::string handle;
};

TEST_F(LongPollTest, PathsAreAnsweredAsJanusDoes) {
  EXPECT_EQ(parse(body(get({"ping"}))).at("janus"), "pong");
  EXPECT_EQ(parse(body(get({"info"}))).at("janus"), "server_info");
  const auto post_status = [&](std::vector<std::string> path, std::string_view text = "{}") {
    return sender.replies.at(http(HttpApiRequest::Method::kPost, std::move(path), text)).status;
  };
  const auto get_status = [&](std::vector<std::string> path) {
    return sender.replies.at(get(std::move(path))).status;
  };
  EXPECT_EQ(post_status({"info"}), 400u);
  EXPECT_EQ(post_status({"ping"}), 400u);
  EXPECT_EQ(post_status({"abc"}), 404u);
  EXPECT_EQ(post_status({"1", "2", "3"}), 404u);
  EXPECT_EQ(post_status({"-1"}), 404u);
  EXPECT_EQ(post_status({"0"}), 404u);
  EXPECT_EQ(post_status({"18446744073709551616"}), 404u);
  EXPECT_EQ(get_status({}), 404u);
  EXPECT_EQ(get_status({"12345"}), 404u);
  EXPECT_EQ(get_status({session, handle}), 404u);
  EXPECT_EQ(post({}, "{").at("error").at("code"), 454);
  EXPECT_EQ(post({}, "{} {}").at("error").at("code"), 454);
  EXPECT_EQ(post({"12345"}, R"({"janus":"keepalive","transaction":"t"})").at("error").at("code"),
            458);
}

TEST_F(LongPollTest, OtherMethodsAreToldWhichThereAre) {
  using Method = HttpApiRequest::Method;
  for (const Method method : {Method::kPatch, Method::kDelete, Method::kOther, Method::kOptions}) {
    const HttpApiResponse& answer = sender.replies.at(http(method, {session}, {}));
    EXPECT_EQ(answer.status, method == Method::kOptions ? 200U : 405U);
    ASSERT_EQ(answer.headers.size(), 1U);
    EXPECT_EQ(answer.headers[0].first, "Allow");
    EXPECT_EQ(answer.headers[0].second, "GET, POST, OPTIONS");
  }
}

TEST_F(LongPollTest, IdsComeFromThePathAndNotFromTheJson) {
  const json::object reply =
      post({session}, R"({"janus":"keepalive","transaction":"t","session_id":"x","handle_id":7})");
  EXPECT_EQ(reply.at("janus"), "ack");
}

TEST_F(LongPollTest, EventWakesTheWaitingPoll) {
  const ExchangeId poll = get({session});
  EXPECT_FALSE(is_answered(poll));
  EXPECT_EQ(act(R"({"request":"join","ptype":"publisher","room":1234,"id":5})").at("janus"), "ack");
  ASSERT_TRUE(is_answered(poll));
  const json::object event = parse(body(poll));
  EXPECT_EQ(event.at("transaction"), "t");
  EXPECT_EQ(data_of(event).at("videoroom"), "joined");
}

TEST_F(LongPollTest, QueuedEventsAreOneObjectOrAnArray) {
  act(R"({"request":"join","ptype":"publisher","room":1234,"id":5})");
  for (int i = 0; i < 13; ++i) act(R"({"request":"configure"})");
  EXPECT_EQ(data_of(parse(body(get({session})))).at("videoroom"), "joined");
  const json::value two = json::parse(body(get({session}, {{"maxev", "2"}})));
  EXPECT_EQ(two.as_array().size(), 2u);
  const json::value ten = json::parse(body(get({session}, {{"rid", "7"}, {"maxev", "500"}})));
  EXPECT_EQ(ten.as_array().size(), kLongPollEventsMax);
  const json::value last = json::parse(body(get({session}, {{"maxev", "10"}})));
  EXPECT_EQ(last.as_array().size(), 1u);
  EXPECT_EQ(core.counts().queued_events, 0u);
}

TEST_F(LongPollTest, KeepaliveComesAfterThirtySecondsInTheRightForm) {
  const ExchangeId one = get({session});
  advance(30 * kSecond - 1);
  EXPECT_FALSE(is_answered(one));
  advance(1);
  EXPECT_EQ(body(one), R"({"janus":"keepalive"})");
  const ExchangeId many = get({session}, {{"maxev", "10"}});
  EXPECT_EQ(core.next_timeout(), now + 30 * kSecond);
  advance(30 * kSecond);
  EXPECT_EQ(body(many), R"([{"janus":"keepalive"}])");
}

TEST_F(LongPollTest, PollingIsActivity) {
  for (int i = 0; i < 10; ++i) {
    get({session});
    advance(30 * kSecond);
    EXPECT_EQ(core.counts().sessions, 1u);
    advance(29 * kSecond);
  }
  advance(31 * kSecond);
  EXPECT_EQ(core.counts().sessions, 0u);
  EXPECT_EQ(sender.replies.at(get({session})).status, 404u);
}

TEST_F(LongPollTest, SecondPollTakesOver) {
  const ExchangeId first = get({session});
  const ExchangeId second = get({session});
  EXPECT_EQ(body(first), R"({"janus":"keepalive"})");
  EXPECT_FALSE(is_answered(second));
  EXPECT_EQ(core.counts().long_polls, 1u);
}

TEST_F(LongPollTest, CancelledPollLosesNothing) {
  const ExchangeId poll = get({session});
  core.on_http_cancelled(poll, now);
  EXPECT_EQ(core.counts().long_polls, 0u);
  act(R"({"request":"join","ptype":"publisher","room":1234,"id":5})");
  EXPECT_FALSE(is_answered(poll));
  EXPECT_EQ(data_of(parse(body(get({session})))).at("videoroom"), "joined");
}

class SmallQueueTest : public LongPollTest {
 protected:
  SmallQueueTest() : LongPollTest(config()) {}
  static JanusConfig config() {
    JanusConfig config = test_config();
    config.limits.unread_bytes_per_session_max = 64 * 1024;
    return config;
  }
};

TEST_F(SmallQueueTest, SessionThatNobodyPollsEndsAtTheCap) {
  act(R"({"request":"join","ptype":"publisher","room":1234,"id":5})");
  std::size_t events = 1;
  for (; core.counts().sessions == 1 && events < 1'000; ++events) {
    EXPECT_EQ(core.counts().queued_events, events);
    act(R"({"request":"configure"})");
  }
  EXPECT_GT(events, 100u);
  EXPECT_EQ(core.counts().sessions, 0u);
  EXPECT_EQ(core.counts().rooms.participants, 0u);
}

TEST_F(SmallQueueTest, SessionThatIsPolledHearsAsMuchAsItLikes) {
  act(R"({"request":"join","ptype":"publisher","room":1234,"id":5})");
  for (int i = 0; i < 2'000; ++i) {
    act(R"({"request":"configure"})");
    if (i % 100 == 99) {
      while (core.counts().queued_events > 0) get({session}, {{"maxev", "10"}});
    }
  }
  EXPECT_EQ(core.counts().sessions, 1u);
}

TEST_F(LongPollTest, DestroyReleasesThePoll) {
  const ExchangeId poll = get({session}, {{"maxev", "10"}});
  EXPECT_EQ(post({session}, R"({"janus":"destroy","transaction":"t"})").at("janus"), "success");
  EXPECT_EQ(body(poll), R"([{"janus":"keepalive"}])");
  EXPECT_EQ(core.counts().sessions, 0u);
}

}  // namespace
}  // namespace penstock::janus
