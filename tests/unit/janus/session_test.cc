// How sessions end, outlive their connection and move to another.
#include "tests/unit/janus/janus_test.h"

namespace penstock::janus {
namespace {

class SessionTest : public JanusTest {
 protected:
  using JanusTest::JanusTest;
  void advance(Duration time) {
    now += time;
    core.handle_timeout(now);
  }
};

TEST_F(SessionTest, SilentSessionTimesOutWithAnEvent) {
  Client client = connect();
  attach(client);
  now += 10 * kSecond;
  ask(client, {{"janus", "keepalive"}});
  EXPECT_EQ(core.next_timeout(), now + 60 * kSecond);
  advance(60 * kSecond - 1);
  EXPECT_EQ(core.counts().sessions, 1u);
  advance(1);
  EXPECT_EQ(core.counts().sessions, 0u);
  EXPECT_EQ(core.counts().handles, 0u);
  ASSERT_FALSE(sender.sent[client.channel].empty());
  EXPECT_EQ(sender.sent[client.channel].back(),
            (json::object{{"janus", "timeout"}, {"session_id", client.session}}));
  EXPECT_EQ(ask(client, {{"janus", "keepalive"}}).at("error").at("code"), 458);
}

TEST_F(SessionTest, TimeoutEndsTheSessionsPlaceInItsRoom) {
  Client stays = connect();
  Client goes = connect();
  const std::uint64_t watching = attach(stays);
  const std::uint64_t silent = attach(goes);
  join(stays, watching, 1234, 1);
  join(goes, silent, 1234, 2);
  publish(goes, silent);
  take(stays, watching);
  now += 30 * kSecond;
  ask(stays, {{"janus", "keepalive"}});
  advance(30 * kSecond);
  const auto events = take(stays, watching);
  ASSERT_EQ(events.size(), 2u);
  EXPECT_EQ(events[0].at("unpublished"), 2);
  EXPECT_EQ(events[1].at("leaving"), 2);
  EXPECT_EQ(media.peers.size(), 0u);
}

TEST_F(SessionTest, ClosingTheConnectionEndsItsSessionsAtOnce) {
  Client client = connect();
  create_session(client.channel);
  const std::uint64_t handle = attach(client);
  join(client, handle, 1234, 1);
  publish(client, handle);
  close(client.channel);
  EXPECT_EQ(core.counts(), baseline);
}

TEST_F(SessionTest, SessionIsBackWithinReachAfterClaim) {
  Client client = connect();
  const std::uint64_t handle = attach(client);
  const ChannelId old = client.channel;
  client.channel = open();
  EXPECT_EQ(ask(client, {{"janus", "keepalive"}}).at("error").at("code"), 458);
  EXPECT_EQ(
      ask(client, {{"janus", "claim"}}),
      (json::object{{"janus", "success"}, {"session_id", client.session}, {"transaction", "t"}}));
  EXPECT_EQ(ask(client, {{"janus", "keepalive"}}).at("janus"), "ack");
  EXPECT_EQ(
      ask(old, {{"janus", "keepalive"}, {"session_id", client.session}}).at("error").at("code"),
      458);
  close(old);
  EXPECT_EQ(core.counts().sessions, 1u) << "it belongs to the new connection now";
  core.on_connected(handle, now);
  EXPECT_EQ(take(client, handle).size(), 1u);
}

TEST_F(SessionTest, ClaimMovesBetweenHttpAndWebSocket) {
  Client client = connect();
  const std::uint64_t handle = attach(client);
  const std::string path = std::to_string(client.session);
  EXPECT_EQ(post({path}, R"({"janus":"claim","transaction":"t"})").at("janus"), "success");
  core.on_connected(handle, now);
  EXPECT_TRUE(take(client, handle).empty());
  EXPECT_EQ(core.counts().queued_events, 1u);
  EXPECT_EQ(ask(client, {{"janus", "claim"}}).at("janus"), "success");
  EXPECT_EQ(take(client, handle).size(), 1u);
  EXPECT_EQ(core.counts().queued_events, 0u);
}

TEST_F(SessionTest, ClaimByWebSocketReleasesAWaitingPoll) {
  const std::uint64_t session = post({}, R"({"janus":"create","transaction":"t"})")
                                    .at("data")
                                    .at("id")
                                    .to_number<std::uint64_t>();
  const ExchangeId poll = get({std::to_string(session)});
  Client client;
  client.channel = open();
  client.session = session;
  EXPECT_EQ(ask(client, {{"janus", "claim"}}).at("janus"), "success");
  EXPECT_TRUE(is_answered(poll));
  EXPECT_EQ(core.counts().long_polls, 0u);
}

// What a closed connection had is ended in turns, and everything of it in the end.
class EndingTest : public SessionTest {
 protected:
  // The most that one turn has ended of `count()`, and how many turns it took.
  std::pair<std::size_t, int> run_turns() {
    std::size_t most = 0;
    int turns = 0;
    for (; core.counts().sessions > sessions_that_stay; ++turns) {
      EXPECT_EQ(core.next_timeout(), now) << "what is left is due at once";
      const std::size_t before = core.counts().handles;
      core.handle_timeout(now);
      expect_everything_owned();
      most = std::max(most, before - core.counts().handles);
      if (turns > 1'000) break;
    }
    return {most, turns};
  }

  std::size_t sessions_that_stay = 0;
};

TEST_F(EndingTest, ASessionWithManyHandlesEndsInTurns) {
  Client client = connect();
  for (int i = 0; i < 1'000; ++i) attach(client);
  close(client.channel);
  EXPECT_GT(core.counts().handles, 800u);
  const auto [most, turns] = run_turns();
  EXPECT_LE(most, 200u);
  EXPECT_GE(turns, 5);
  EXPECT_EQ(core.counts(), baseline);
}

TEST_F(EndingTest, ManySessionsOfOneConnectionDoAndNobodyCanUseThemMeanwhile) {
  const ChannelId channel = open();
  std::vector<Client> clients;
  for (int i = 0; i < 500; ++i) clients.push_back(create_session(channel));
  close(channel);
  EXPECT_GT(core.counts().sessions, 400u);
  const ChannelId other = open("192.0.2.2");
  for (const Client& client : {clients.front(), clients.back()}) {
    const json::object answer = ask(other, {{"janus", "claim"}, {"session_id", client.session}});
    EXPECT_EQ(answer.at("error").at("code"), 458);
  }
  run_turns();
  EXPECT_EQ(core.counts().sessions, 0u);
}

TEST_F(EndingTest, WhoLeavesALargeRoomCountsForMore) {
  Client crowd = connect();
  Client client = connect();
  sessions_that_stay = 1;
  for (std::uint64_t id = 1; id <= 200; ++id) join(crowd, attach(crowd), 1234, id);
  for (std::uint64_t id = 1'001; id <= 1'050; ++id) join(client, attach(client), 1234, id);
  sender.sent[crowd.channel].clear();
  close(client.channel);
  const auto [most, turns] = run_turns();
  EXPECT_LE(most, 10u);
  run_what_is_due();
  EXPECT_EQ(sender.sent[crowd.channel].size(), 50u * 200 * 2) << "everybody has heard of each";
}

TEST_F(EndingTest, TheEndOfAllIsOneCall) {
  FakeMedia other_media;
  FakeSender other_sender;
  Core other(test_config(), other_sender, other_media, random);
  const ChannelId channel{1};
  other.on_open(channel, {}, now);
  for (int i = 0; i < 500; ++i) {
    other.on_message(channel, R"({"janus":"create","transaction":"t"})", now);
  }
  EXPECT_EQ(other.counts().sessions, 500u);
  other.close_all(now);
  EXPECT_EQ(other.counts().sessions, 0u);
  EXPECT_EQ(other.counts().rooms.rooms, 0u);
}

class ReclaimTest : public SessionTest {
 protected:
  ReclaimTest() : SessionTest(config()) {}
  static JanusConfig config() {
    JanusConfig config = test_config();
    config.reclaim_session_timeout = 10 * kSecond;
    config.limits.unread_bytes_per_session_max = 64 * 1024;
    config.limits.unread_bytes_max = 100 * 1024;
    return config;
  }
  // About so many bytes of events.
  void happen(std::uint64_t handle, std::size_t bytes) {
    for (std::size_t i = 0; i < bytes / 128; ++i) core.on_connected(handle, now);
  }
};

TEST_F(ReclaimTest, SessionWaitsForItsClaimAndKeepsEvents) {
  Client client = connect();
  const std::uint64_t handle = attach(client);
  join(client, handle, 1234, 1);
  close(client.channel);
  EXPECT_EQ(core.counts().sessions, 1u);
  EXPECT_EQ(core.next_timeout(), now + 10 * kSecond);
  core.on_connected(handle, now);
  advance(10 * kSecond - 1);
  client.channel = open();
  const auto received =
      send(client.channel,
           json::serialize(json::object{
               {"janus", "claim"}, {"transaction", "t"}, {"session_id", client.session}}));
  ASSERT_EQ(received.size(), 2u);
  EXPECT_EQ(received[0].at("janus"), "success");
  EXPECT_EQ(received[1].at("janus"), "webrtcup");
  advance(kSecond);
  EXPECT_EQ(core.counts().sessions, 1u);
  EXPECT_EQ(core.counts().rooms.participants, 1u);
}

TEST_F(ReclaimTest, ALostSessionIsClaimedOverHttpAndItsEventsFetched) {
  Client client = connect();
  const std::uint64_t handle = attach(client);
  join(client, handle, 1234, 1);
  close(client.channel);
  core.on_connected(handle, now);
  const std::string path = std::to_string(client.session);
  EXPECT_EQ(sender.replies.at(get({path})).status, 404u) << "nobody has claimed it yet";
  EXPECT_EQ(post({path}, R"({"janus":"claim","transaction":"t"})").at("janus"), "success");
  const ExchangeId poll = get({path});
  ASSERT_TRUE(is_answered(poll));
  EXPECT_EQ(parse(sender.replies.at(poll).body).at("janus"), "webrtcup");
  advance(20 * kSecond);
  EXPECT_EQ(core.counts().sessions, 1u) << "it waits for nobody any more";
}

TEST_F(ReclaimTest, OnlyAClaimIsTakenOfALostSession) {
  Client client = connect();
  attach(client);
  close(client.channel);
  client.channel = open();
  EXPECT_EQ(ask(client, {{"janus", "keepalive"}}).at("error").at("code"), 458);
  EXPECT_EQ(core.next_timeout(), now + 10 * kSecond) << "it waits no longer for that";
}

class SecretReclaimTest : public SessionTest {
 protected:
  SecretReclaimTest() : SessionTest(config()) { api_secret = "sesame"; }
  static JanusConfig config() {
    JanusConfig config = test_config();
    config.reclaim_session_timeout = 10 * kSecond;
    config.api_secret = "sesame";
    return config;
  }
};

TEST_F(SecretReclaimTest, WhoDoesNotHaveTheSecretCannotClaim) {
  Client client = connect();
  attach(client);
  close(client.channel);
  client.channel = open("198.51.100.66");
  for (const char* wrong : {"", "sesamo"}) {
    api_secret = wrong;
    EXPECT_EQ(ask(client, {{"janus", "claim"}}).at("error").at("code"), 403);
  }
  api_secret = "sesame";
  EXPECT_EQ(ask(client, {{"janus", "claim"}}).at("janus"), "success");
}

TEST_F(ReclaimTest, UnclaimedSessionEnds) {
  Client client = connect();
  join(client, attach(client), 1234, 1);
  close(client.channel);
  advance(10 * kSecond);
  EXPECT_EQ(core.counts(), baseline);
}

TEST_F(ReclaimTest, SessionThatNobodyClaimsCannotGatherEventsWithoutEnd) {
  Client client = connect();
  const std::uint64_t handle = attach(client);
  close(client.channel);
  happen(handle, 32 * 1024);
  EXPECT_EQ(core.counts().sessions, 1u);
  happen(handle, 64 * 1024);
  EXPECT_EQ(core.counts(), baseline);
}

TEST_F(ReclaimTest, AllTogetherCannotEitherAndTheOneEndsWhoseEventsHaveWaitedLongest) {
  std::vector<Client> clients;
  std::vector<std::uint64_t> handles;
  for (int i = 0; i < 3; ++i) {
    clients.push_back(connect());
    handles.push_back(attach(clients.back()));
    close(clients.back().channel);
  }
  for (const int i : {1, 2, 0}) {
    now += kSecond;
    happen(handles[static_cast<std::size_t>(i)], 48 * 1024);
  }
  EXPECT_EQ(core.counts().sessions, 2u);
  const auto claim = [&](int i) {
    Client client = clients[static_cast<std::size_t>(i)];
    client.channel = open();
    return ask(client, {{"janus", "claim"}}).at("janus");
  };
  EXPECT_EQ(claim(1), "error");
  EXPECT_EQ(claim(0), "success");
  EXPECT_EQ(claim(2), "success");
  EXPECT_EQ(core.counts().queued_events, 0u);
}

}  // namespace
}  // namespace penstock::janus
