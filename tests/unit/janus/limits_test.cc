// Floods and bombs, and ids that nobody can guess or borrow.
#include <set>

#include "tests/unit/janus/janus_test.h"

namespace penstock::janus {
namespace {

class LimitsTest : public JanusTest {
 protected:
  LimitsTest() : JanusTest(config()) {}
  static JanusConfig config() {
    JanusConfig config = test_config();
    config.limits.sessions = 30;
    config.limits.sessions_per_address_max = 10;
    config.limits.sessions_per_connection_max = 6;
    config.limits.handles = 13;
    config.limits.handles_per_session_max = 4;
    config.limits.participants = 5;
    config.limits.subscribers = 2;
    config.limits.rooms = 3;
    config.limits.requests_per_session_burst = 50;
    config.limits.requests_per_session_per_s = 10;
    config.limits.subscriptions_per_subscriber_max = 3;
    return config;
  }
  int code_of(const json::object& reply) {
    return reply.contains("error") ? reply.at("error").at("code").to_number<int>() : 0;
  }
  int created_by(ChannelId channel, int tries) {
    int created = 0;
    for (int i = 0; i < tries; ++i) {
      const int code = code_of(ask(channel, {{"janus", "create"}}));
      EXPECT_TRUE(code == 0 || code == 472);
      created += code == 0 ? 1 : 0;
    }
    return created;
  }
};

TEST_F(LimitsTest, SessionsAreCappedPerConnectionAddressAndServer) {
  EXPECT_EQ(created_by(open("192.0.2.1"), 100), 6);
  EXPECT_EQ(created_by(open("192.0.2.1"), 100), 4);
  EXPECT_EQ(created_by(open("192.0.2.1"), 100), 0);
  for (int i = 2; i < 20; ++i) created_by(open("192.0.2." + std::to_string(i)), 100);
  EXPECT_EQ(core.counts().sessions, 30u);
  EXPECT_EQ(ask(open(), {{"janus", "info"}}).at("accepting-new-sessions"), false);
}

class RoomsPerAddressTest : public JanusTest {
 protected:
  RoomsPerAddressTest() : JanusTest(config()) {}
  static JanusConfig config() {
    JanusConfig config = test_config();
    config.limits.rooms_per_address_max = 3;
    config.admin_key = "key";
    return config;
  }
  json::object create(Client& client, int room, std::string_view key = "key") {
    const json::object reply =
        sync(client, attach(client), {{"request", "create"}, {"room", room}, {"admin_key", key}});
    if (reply.at("videoroom") == "created") rooms_made.emplace_back(room);
    return reply;
  }
};

TEST_F(RoomsPerAddressTest, WhoHasTheAdminKeyMakesAsManyAsThePoolHolds) {
  Client client = connect();
  for (int room = 1; room <= 10; ++room) {
    EXPECT_EQ(create(client, room).at("videoroom"), "created");
  }
}

class RoomFloodTest : public JanusTest {
 protected:
  RoomFloodTest() : JanusTest(config()) {}
  static JanusConfig config() {
    JanusConfig config = test_config();
    config.limits.rooms_per_address_max = 3;
    return config;
  }
  json::object create(Client& client, int room) {
    const json::object reply =
        sync(client, attach(client), {{"request", "create"}, {"room", room}});
    if (reply.at("videoroom") == "created") rooms_made.emplace_back(room);
    return reply;
  }
};

// Rooms outlive who made them.
TEST_F(RoomFloodTest, OneClientMakesOnlySoManyRooms) {
  for (int room = 1; room <= 3; ++room) {
    Client client = connect();
    EXPECT_EQ(create(client, room).at("videoroom"), "created");
    close(client.channel);
  }
  Client client = connect();
  EXPECT_EQ(create(client, 4), error(499,
                                     "Too many rooms were made from this address "
                                     "(signalling.rooms_per_address_max)"));
  Client other = connect("192.0.2.2");
  EXPECT_EQ(create(other, 4).at("videoroom"), "created");
  sync(other, attach(other), {{"request", "destroy"}, {"room", 1}});
  EXPECT_EQ(create(client, 5).at("videoroom"), "created") << "one is gone, whoever ended it";
}

TEST_F(RoomFloodTest, ThisHostIsOneClientToo) {
  for (int room = 1; room <= 4; ++room) {
    Client client = create_session(open("127.0.0.1", false));
    EXPECT_EQ(create(client, room).at("videoroom"), room <= 3 ? "created" : "event") << room;
    close(client.channel);
  }
}

TEST_F(LimitsTest, OneIpv6NetworkIsOneClient) {
  EXPECT_EQ(created_by(open("2001:db8:1:2::1"), 100), 6);
  EXPECT_EQ(created_by(open("2001:db8:1:2:ffff::9"), 100), 4);
  EXPECT_EQ(created_by(open("2001:db8:1:3::1"), 100), 6);
}

TEST_F(LimitsTest, TheHostItselfIsNoClientThatIsCounted) {
  EXPECT_EQ(created_by(open("127.0.0.1", false), 100), 6);
  EXPECT_EQ(created_by(open("127.0.0.1", false), 100), 6);
  EXPECT_EQ(core.counts().client_networks, 0u);
}

TEST_F(LimitsTest, SessionsThatEndMakeRoom) {
  const ChannelId first = open();
  created_by(first, 10);
  close(first);
  EXPECT_EQ(created_by(open(), 10), 6);
}

TEST_F(LimitsTest, HandlesAreCappedPerSession) {
  Client client = connect();
  for (int i = 0; i < 4; ++i) attach(client);
  EXPECT_EQ(code_of(ask(client, {{"janus", "attach"}, {"plugin", "janus.plugin.videoroom"}})), 461);
}

TEST_F(LimitsTest, HandlesAreCappedOnTheServerAndComeBack) {
  Client client = connect();
  for (int i = 0; i < 3; ++i) {
    Client other = connect();
    for (int j = 0; j < 4; ++j) attach(other);
    client = other;
  }
  Client last = connect();
  attach(last);
  const json::object request{{"janus", "attach"}, {"plugin", "janus.plugin.videoroom"}};
  const json::object refused = ask(last, request);
  EXPECT_EQ(refused.at("error").at("reason"),
            "Couldn't attach to plugin: all handles are in use (limits.participants)");
  EXPECT_EQ(code_of(refused), 461);
  close(client.channel);
  EXPECT_EQ(ask(last, request).at("janus"), "success");
}

TEST_F(LimitsTest, WhatOneRequestOfAMessageFreesTheNextCanTake) {
  create_room(1);
  create_room(2);
  Client client = connect();
  const std::uint64_t handle = attach(client);
  const auto body = [&](std::string_view text) {
    return json::serialize(json::object{{"janus", "message"},
                                        {"session_id", client.session},
                                        {"handle_id", handle},
                                        {"transaction", "t"},
                                        {"body", parse(text)}});
  };
  const auto replies = send(client.channel, body(R"({"request":"destroy","room":2})") +
                                                body(R"({"request":"create","room":2})"));
  ASSERT_EQ(replies.size(), 2u);
  EXPECT_EQ(data_of(replies[1]).at("videoroom"), "created");
}

TEST_F(LimitsTest, SubscribersAreCappedAndARefusedOneLeavesNothing) {
  create_room(1);
  Client client = connect();
  const std::uint64_t publisher = attach(client);
  join(client, publisher, 1, 11);
  publish(client, publisher);
  std::vector<std::uint64_t> viewers;
  for (int i = 0; i < 3; ++i) viewers.push_back(attach(client));
  EXPECT_EQ(subscribe(client, viewers[0], 1, R"([{"feed":11}])").at("videoroom"), "attached");
  media.refuses = MediaError{MediaErrorKind::kCapacity, "full"};
  EXPECT_EQ(subscribe(client, viewers[1], 1, R"([{"feed":11}])"),
            error(499, "Error creating offer: full"));
  media.refuses.reset();
  EXPECT_EQ(core.counts().rooms.subscribers, 1u);
  EXPECT_EQ(subscribe(client, viewers[1], 1, R"([{"feed":11}])").at("videoroom"), "attached");
  EXPECT_EQ(subscribe(client, viewers[2], 1, R"([{"feed":11}])"),
            error(499, "all subscribers are in use (limits.participants)"));
  async(client, viewers[0], {{"request", "leave"}});
  EXPECT_EQ(subscribe(client, viewers[2], 1, R"([{"feed":11}])").at("videoroom"), "attached");
}

TEST_F(LimitsTest, RequestsOfASessionAreRateLimitedAndRecover) {
  Client client = connect();
  int refused = 0;
  for (int i = 0; i < 100; ++i) {
    const json::object reply = ask(client, {{"janus", "keepalive"}});
    if (code_of(reply) != 0) {
      EXPECT_EQ(code_of(reply), 490);
      EXPECT_EQ(reply.at("transaction"), "t");
      ++refused;
    }
  }
  EXPECT_EQ(refused, 50);
  now += kSecond;
  EXPECT_EQ(ask(client, {{"janus", "keepalive"}}).at("janus"), "ack");
}

TEST_F(LimitsTest, RoomsAndParticipantsAreCapped) {
  create_room(1);
  create_room(2);
  Client client = connect();
  const std::uint64_t manager = attach(client);
  EXPECT_EQ(sync(client, manager, {{"request", "create"}}),
            error(499, "all rooms are in use (limits.rooms)"));
  for (std::uint64_t i = 1; i <= 2; ++i) {
    Client other = connect();
    for (std::uint64_t j = 0; j < 3; ++j) {
      const auto reply = join(other, attach(other), 1, i * 10 + j);
      EXPECT_EQ(reply.contains("error"), i == 2 && j == 2);
    }
  }
}

TEST_F(LimitsTest, StreamsOfASubscriptionAreCapped) {
  create_room(1);
  Client client = connect();
  const std::uint64_t publisher = attach(client);
  join(client, publisher, 1, 11);
  publish(client, publisher, "m=audio 0 opus\nm=video 1 vp8\nm=video 2 vp8\nm=video 3 vp8");
  const std::uint64_t subscriber = attach(client);
  EXPECT_EQ(subscribe(client, subscriber, 1, R"([{"feed":11}])"),
            error(499,
                  "Too many streams in this subscription "
                  "(limits.subscriptions_per_subscriber_max)"));
  EXPECT_EQ(core.counts().rooms.subscribers, 0u);
  subscribe(client, subscriber, 1, R"([{"feed":11,"mid":"0"}])");
  EXPECT_EQ(core.counts().rooms.subscriptions, 1u);
}

TEST_F(LimitsTest, LongTransactionIsRefusedAndNotEchoed) {
  const ChannelId channel = open();
  const std::string good(kTransactionBytesMax, 'x');
  EXPECT_EQ(ask(channel, {{"janus", "ping"}, {"transaction", good}}).at("transaction"),
            json::value(good));
  const json::object reply = ask(channel, {{"janus", "ping"}, {"transaction", good + "x"}});
  EXPECT_EQ(code_of(reply), 467);
  EXPECT_LT(json::serialize(reply).size(), 200u);
}

TEST_F(LimitsTest, JsonBombsGiveOneSmallErrorEach) {
  const ChannelId channel = open();
  const std::string deep(200'000, '[');
  std::string wide = "{\"transaction\":\"t\",\"janus\":\"ping\"";
  for (int i = 0; i < 20'000; ++i) wide += ",\"k" + std::to_string(i) + "\":0";
  const std::string text = "{\"transaction\":\"" + std::string(200'000, 'a') + "\"}";
  for (const std::string& bomb :
       {deep, wide, text, std::string(200'000, '{'), std::string("{\"a\":1e999}"),
        std::string(R"({"janus":"ping","janus":"ping","transaction":"t"})"),
        std::string(R"({"janus":"ping","transaction":"\ud800"})")}) {
    const auto replies = send(channel, bomb);
    ASSERT_EQ(replies.size(), 1u);
    EXPECT_NE(code_of(replies[0]), 0);
    EXPECT_LT(json::serialize(replies[0]).size(), 300u);
  }
}

TEST_F(LimitsTest, ZeroBytesInTextsAreJustBytes) {
  create_room(1);
  Client client = connect();
  const auto joined =
      async(client, attach(client),
            parse(R"({"request":"join","ptype":"publisher","room":1,"display":"a\u0000b"})"));
  EXPECT_EQ(joined.at("videoroom"), "joined");
  EXPECT_EQ(
      code_of(ask(client.channel, parse(R"({"janus":"ping\u0000","transaction":"a\u0000b"})"))),
      457);
}

TEST_F(LimitsTest, LongTextsAndListsAreRefused) {
  create_room(1);
  Client client = connect();
  const std::uint64_t handle = attach(client);
  const std::string text(kRoomTextBytesMax + 1, 'x');
  EXPECT_EQ(join(client, handle, 1, 11, {{"display", text}}),
            error(430, "Invalid element (display is too long)"));
  EXPECT_EQ(join(client, handle, 1, 11, {{"metadata", {{"k", std::string(10'000, 'x')}}}}),
            error(430, "Invalid element (metadata is too long)"));
  json::array many;
  for (std::size_t i = 0; i <= kRequestItemsMax; ++i) many.push_back(json::object{{"feed", 11}});
  EXPECT_EQ(subscribe(client, handle, 1, json::serialize(many)),
            error(430, "Invalid element (streams is too long)"));
}

TEST_F(LimitsTest, IdsHave53BitsAndNeverRepeat) {
  std::set<std::uint64_t> ids;
  std::uint64_t all = 0;
  std::uint64_t common = ~0ULL;
  for (int i = 0; i < 500; ++i) {
    Client client = connect();
    const std::uint64_t handle = attach(client);
    for (const std::uint64_t id : {client.session, handle}) {
      EXPECT_LT(id, 1ULL << 53);
      EXPECT_TRUE(ids.insert(id).second);
      all |= id;
      common &= id;
    }
    close(client.channel);
  }
  EXPECT_EQ(all, (1ULL << 53) - 1) << "every bit is used";
  EXPECT_EQ(common, 0u);
}

TEST_F(LimitsTest, AnotherConnectionCannotUseASessionItKnows) {
  Client victim = connect();
  const std::uint64_t handle = attach(victim);
  const std::string none = "No such session " + std::to_string(victim.session);
  Client thief = victim;
  thief.channel = open("198.51.100.66");
  for (json::object request :
       {json::object{{"janus", "keepalive"}}, json::object{{"janus", "destroy"}},
        json::object{{"janus", "detach"}, {"handle_id", handle}},
        json::object{{"janus", "hangup"}, {"handle_id", handle}},
        json::object{{"janus", "message"}, {"handle_id", handle}, {"body", json::object{}}}}) {
    const json::object reply = ask(thief, request);
    EXPECT_EQ(code_of(reply), 458);
    EXPECT_EQ(reply.at("error").at("reason"), json::value(none));
  }
  EXPECT_EQ(sender.replies[get({std::to_string(victim.session)})].status, 404u);
  EXPECT_EQ(
      code_of(post({std::to_string(victim.session)}, R"({"janus":"destroy","transaction":"t"})")),
      458);
  EXPECT_EQ(core.counts().handles, 1u);
}

}  // namespace
}  // namespace penstock::janus
