// Who may do what: rooms of the configuration, the admin key; and how rooms and handles are named:
// ids that are texts, opaque ids. Errors and events are as captured from Janus 1.1.2 with the same
// configuration.
#include "tests/unit/janus/janus_test.h"

namespace penstock::janus {
namespace {

class AccessTest : public JanusTest {
 protected:
  explicit AccessTest(JanusConfig config) : JanusTest(std::move(config)) {}
  void SetUp() override {
    client = connect();
    handle = attach(client);
  }
  json::object ask_sync(std::string_view body) {
    const json::object reply = sync(client, handle, parse(body));
    if (reply.contains("videoroom") && reply.at("videoroom") == "created") {
      rooms_made.push_back(reply.at("room"));
    }
    return reply;
  }

  Client client;
  std::uint64_t handle = 0;
};

class ConfiguredRoomTest : public AccessTest {
 protected:
  ConfiguredRoomTest() : AccessTest(config()) {}
  static JanusConfig config() {
    JanusConfig config = test_config();
    config.static_rooms.push_back(JanusConfig::default_room());
    config.static_rooms.back().id = room::Id(std::uint64_t{5678});
    config.static_rooms.back().settings.secret = "s";
    return config;
  }
  // Somebody who publishes in the room; where they hear of what happens to them.
  std::uint64_t publish_as(std::uint64_t id, std::uint64_t room) {
    const std::uint64_t publisher = attach(client);
    join(client, publisher, room, id);
    publish(client, publisher);
    return publisher;
  }
  static json::object with(json::object body, std::uint64_t room,
                           std::optional<std::string_view> secret) {
    body["room"] = room;
    if (secret) body["secret"] = *secret;
    return body;
  }
  static std::vector<json::object> managing_requests() {
    return {parse(R"({"request":"edit","new_secret":"mine","new_description":"mine"})"),
            parse(R"({"request":"allowed","action":"enable"})"),
            parse(R"({"request":"moderate","id":7,"mid":"0","mute":true})"),
            parse(R"({"request":"kick","id":7})"), parse(R"({"request":"destroy"})")};
  }
};

TEST_F(ConfiguredRoomTest, WithoutASecretIsNobodysToManage) {
  const std::uint64_t publisher = publish_as(7, 1234);
  take(client, publisher);
  const json::object before = ask_sync(R"({"request":"list"})");
  for (const json::object& request : managing_requests()) {
    EXPECT_EQ(sync(client, handle, with(request, 1234, {})),
              error(429, "Missing mandatory element (secret)"));
    for (const char* guess : {"", "s", "mine"}) {
      EXPECT_EQ(sync(client, handle, with(request, 1234, guess)),
                error(433, "Unauthorized (wrong secret)"));
    }
  }
  EXPECT_EQ(ask_sync(R"({"request":"list"})"), before);
  EXPECT_TRUE(take(client, publisher).empty());
}

TEST_F(ConfiguredRoomTest, WithASecretIsManagedByWhoHasIt) {
  publish_as(7, 5678);
  for (const json::object& request : managing_requests()) {
    EXPECT_EQ(sync(client, handle, with(request, 5678, {})),
              error(429, "Missing mandatory element (secret)"));
    EXPECT_EQ(sync(client, handle, with(request, 5678, "x")),
              error(433, "Unauthorized (wrong secret)"));
  }
  std::string secret = "s";
  for (const json::object& request : managing_requests()) {
    const json::object reply = sync(client, handle, with(request, 5678, secret));
    EXPECT_FALSE(reply.contains("error")) << json::serialize(reply);
    secret = "mine";
  }
  EXPECT_EQ(ask_sync(R"({"request":"exists","room":5678})").at("exists"), false);
  // So that as many rooms are left as there were.
  sync(client, handle, parse(R"({"request":"create","room":5678})"));
}

TEST_F(ConfiguredRoomTest, WhatIsMissingIsSaidBeforeTheSecretIsLookedAt) {
  EXPECT_EQ(ask_sync(R"({"request":"kick","room":5678,"secret":"x"})"),
            error(429, "Missing mandatory element (id)"));
  EXPECT_EQ(ask_sync(R"({"request":"kick","room":5678})"),
            error(429, "Missing mandatory element (id)"));
  EXPECT_EQ(ask_sync(R"({"request":"kick","room":4,"id":7})"), error(426, "No such room (4)"));
  EXPECT_EQ(ask_sync(R"({"request":"moderate","room":5678,"id":7,"mid":0,"mute":true})"),
            error(430, "Invalid element type (mid should be a string)"));
}

TEST_F(ConfiguredRoomTest, ItsSecretIsNotThereForOthersToSee) {
  const std::string list = json::serialize(ask_sync(R"({"request":"list"})"));
  EXPECT_EQ(list.find("secret"), std::string::npos);
}

TEST_F(ConfiguredRoomTest, RoomsThatClientsMakeWithoutASecretAreEverybodys) {
  ask_sync(R"({"request":"create","room":5})");
  EXPECT_EQ(ask_sync(R"({"request":"edit","room":5,"new_description":"N"})"),
            parse(R"({"videoroom":"edited","room":5,"permanent":false})"));
}

class AdminKeyTest : public AccessTest {
 protected:
  AdminKeyTest() : AccessTest(config()) {}
  static JanusConfig config() {
    JanusConfig config = test_config();
    config.admin_key = "key";
    return config;
  }
};

TEST_F(AdminKeyTest, GuardsCreationAndShowsPrivateRooms) {
  EXPECT_EQ(ask_sync(R"({"request":"create","room":5,"admin_key":5})"),
            error(430, "Invalid element type (admin_key should be a string)"));
  EXPECT_EQ(ask_sync(R"({"request":"create","room":5})"),
            error(429, "Missing mandatory element (admin_key)"));
  EXPECT_EQ(ask_sync(R"({"request":"create","room":5,"admin_key":"x"})"),
            error(433, "Unauthorized (wrong admin_key)"));
  ask_sync(R"({"request":"create","room":5,"admin_key":"key","is_private":true})");
  EXPECT_EQ(ask_sync(R"({"request":"list"})").at("list").as_array().size(), 1u);
  EXPECT_EQ(ask_sync(R"({"request":"list","admin_key":"key"})").at("list").as_array().size(), 2u);
  EXPECT_EQ(ask_sync(R"({"request":"list","admin_key":"x"})"),
            error(433, "Unauthorized (wrong admin_key)"));
}

class StringIdTest : public AccessTest {
 protected:
  StringIdTest() : AccessTest(config()) {}
  static JanusConfig config() {
    JanusConfig config = test_config();
    config.has_string_ids = true;
    config.static_rooms.front().id = room::Id(std::string("1234"));
    return config;
  }
};

TEST_F(StringIdTest, RoomsAndParticipantsAreNamedByTexts) {
  EXPECT_EQ(ask_sync(R"({"request":"create","room":5})"),
            error(430, "Invalid element type (room should be a string)"));
  EXPECT_EQ(ask_sync(R"({"request":"create","room":"hall"})").at("room"), "hall");
  EXPECT_EQ(ask_sync(R"({"request":"create"})").at("room").as_string().size(), 36u);
  const auto joined =
      async(client, attach(client),
            parse(R"({"request":"join","ptype":"publisher","room":"hall","id":"ann"})"));
  EXPECT_EQ(joined.at("id"), "ann");
  EXPECT_EQ(async(client, attach(client),
                  parse(R"({"request":"join","ptype":"publisher","room":"hall","id":"ann"})")),
            error(436, "User ID ann already exists"));
  EXPECT_EQ(ask_sync(R"({"request":"kick","room":"hall","id":"bob"})"),
            error(428, "No such user bob in room hall"));
  EXPECT_EQ(ask_sync(R"({"request":"kick","room":"hall","id":"ann"})").at("videoroom"), "success");
}

TEST_F(StringIdTest, ARoomOfTheConfigurationIsNamedByATextToo) {
  EXPECT_EQ(ask_sync(R"({"request":"listparticipants","room":"1234"})"),
            parse(R"({"videoroom":"participants","room":"1234","participants":[]})"));
  json::object joined =
      async(client, handle, parse(R"({"request":"join","ptype":"publisher","room":"1234"})"));
  EXPECT_EQ(joined.at("room"), "1234");
  EXPECT_EQ(joined.at("id").as_string().size(), 36u);
}

class OpaqueIdTest : public AccessTest {
 protected:
  OpaqueIdTest() : AccessTest(config()) {}
  static JanusConfig config() {
    JanusConfig config = test_config();
    config.has_opaque_id_in_api = true;
    return config;
  }
  void SetUp() override {
    client = connect();
    handle = ask(client,
                 {{"janus", "attach"}, {"plugin", "janus.plugin.videoroom"}, {"opaque_id", "me"}})
                 .at("data")
                 .at("id")
                 .to_number<std::uint64_t>();
  }
};

TEST_F(OpaqueIdTest, AnswersAndEventsOfTheHandleCarryIt) {
  const json::object exists = message(client, handle, {{"request", "exists"}, {"room", 1234}});
  EXPECT_EQ(exists.at("janus"), "success");
  EXPECT_EQ(exists.at("opaque_id"), "me");
  json::object body{{"request", "join"}, {"ptype", "publisher"}, {"room", 1234}, {"id", 7}};
  const json::object joined = message(client, handle, body);
  EXPECT_EQ(joined.at("janus"), "event");
  EXPECT_EQ(joined.at("opaque_id"), "me");
  core.on_connected(handle, now);
  EXPECT_EQ(take(client, handle).at(0).at("opaque_id"), "me");
  ask(client, {{"janus", "detach"}, {"handle_id", handle}});
  const auto detached = take(client, handle);
  EXPECT_EQ(detached.back().at("janus"), "detached");
  EXPECT_EQ(detached.back().at("opaque_id"), "me");
}

TEST_F(OpaqueIdTest, HandlesWithoutOneCarryNone) {
  const json::object exists =
      message(client, attach(client), {{"request", "exists"}, {"room", 1234}});
  EXPECT_FALSE(exists.contains("opaque_id"));
}

}  // namespace
}  // namespace penstock::janus
