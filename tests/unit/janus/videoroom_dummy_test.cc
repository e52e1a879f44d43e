// Dummy publishers: asked for with a room, listed, subscribed, switched away from, and gone with
// the room. That nothing of them stays is checked by the fixture after every message.
#include "tests/unit/janus/janus_test.h"

namespace penstock::janus {
namespace {

class DummyTest : public JanusTest {
 protected:
  explicit DummyTest(JanusConfig config = test_config()) : JanusTest(std::move(config)) {}
  void SetUp() override {
    client = connect();
    manager = attach(client);
  }
  json::object ask_sync(std::string_view body) { return sync(client, manager, parse(body)); }
  json::object create(std::string_view more) {
    return ask_sync(R"({"request":"create","room":5,"dummy_publisher":true,)" + std::string(more) +
                    "}");
  }
  // The entry of the dummy in `listparticipants`.
  json::object dummy_entry(std::uint64_t room) {
    const json::object reply =
        sync(client, manager, {{"request", "listparticipants"}, {"room", room}});
    for (const json::value& entry : reply.at("participants").as_array()) {
      if (entry.as_object().contains("dummy")) return entry.as_object();
    }
    return {};
  }
  std::uint64_t dummy_id(std::uint64_t room) {
    return dummy_entry(room).at("id").to_number<std::uint64_t>();
  }
  std::string all_of(std::uint64_t feed) { return R"([{"feed":)" + std::to_string(feed) + "}]"; }

  Client client;
  std::uint64_t manager = 0;
};

TEST_F(DummyTest, HoldsTheCodecsOfTheRoomAndIsListedAsADummy) {
  create_room(5, {{"dummy_publisher", true}, {"videocodec", "vp8,vp9"}, {"notify_joining", true}});
  const json::object entry = dummy_entry(5);
  EXPECT_EQ(entry.at("display"), "Dummy publisher");
  EXPECT_EQ(entry.at("dummy"), true);
  EXPECT_EQ(entry.at("publisher"), true);
  const json::object joined = join(client, manager, 5, 11);
  EXPECT_EQ(joined.at("attendees"), json::array{});
  EXPECT_EQ(json::value(joined.at("publishers")),
            json::parse(R"([{"id":)" + std::to_string(dummy_id(5)) +
                        R"(,"display":"Dummy publisher","dummy":true,"audio_codec":"opus",
                "video_codec":"vp8","streams":[{"type":"audio","mindex":0,"mid":"0","codec":"opus"},
                {"type":"video","mindex":1,"mid":"1","codec":"vp8"},
                {"type":"video","mindex":2,"mid":"2","codec":"vp9"}]}])"));
  const json::object room = ask_sync(R"({"request":"list"})").at("list").at(0).as_object();
  EXPECT_EQ(room.at("dummy_publisher"), true);
  EXPECT_EQ(room.at("num_participants"), 2);
}

TEST_F(DummyTest, HoldsTheStreamsThatAreAskedFor) {
  create_room(5, parse(R"({"dummy_publisher":true,"dummy_streams":[
      {"codec":"h264","fmtp":"profile-level-id=42e01f;packetization-mode=1"},{"codec":"opus"}]})"));
  const std::uint64_t viewer = attach(client);
  const json::object attached = subscribe(client, viewer, 5, all_of(dummy_id(5)));
  EXPECT_EQ(attached.at("streams").at(0).at("codec"), "h264");
  EXPECT_EQ(attached.at("streams").at(1).at("codec"), "opus");
  EXPECT_EQ(media.peers.at(viewer).mlines.at(0).fmtp,
            "profile-level-id=42e01f;packetization-mode=1");
}

TEST_F(DummyTest, BadStreamsAreRefusedAndNoRoomIsMade) {
  const auto refused = [&](std::string_view streams, int code, std::string_view text) {
    EXPECT_EQ(create(R"("dummy_streams":)" + std::string(streams)), error(code, text));
    EXPECT_EQ(core.counts().rooms, baseline.rooms);
  };
  refused(R"([{"codec":"opus"},{"codec":"pcmu"}])", 430,
          "Invalid element (codec pcmu of dummy_streams can only be opus, vp8, vp9, h264 or av1)");
  refused(R"([{"codec":7}])", 430, "Invalid element type (codec should be a string)");
  refused(R"([{"fmtp":"x=1"}])", 429, "Missing mandatory element (codec)");
  refused(R"(["opus"])", 430, "Invalid element type (dummy_streams should contain objects)");
  refused(R"({})", 430, "Invalid element type (dummy_streams should be an array)");
  refused(R"([{"codec":"opus","fmtp":"a=1\r\na=candidate:1"}])", 430,
          "Invalid element (fmtp of dummy_streams holds control characters)");
}

TEST_F(DummyTest, RoomIsNotMadeIfMediaHasNoPlaceForItsDummy) {
  media.refuses = MediaError{MediaErrorKind::kCapacity, "stream pool is full"};
  EXPECT_EQ(create(R"("dummy_e2ee":false)"),
            error(499, "Error creating dummy publisher: stream pool is full"));
  media.refuses = MediaError{MediaErrorKind::kNoUsableStream, "bad fmtp"};
  EXPECT_EQ(create(R"("dummy_e2ee":false)"),
            error(430, "Invalid element (dummy_streams: bad fmtp)"));
  media.refuses.reset();
  EXPECT_EQ(ask_sync(R"({"request":"exists","room":5})").at("exists"), false);
  EXPECT_EQ(core.counts().rooms, baseline.rooms);
  EXPECT_EQ(pools().at(3).counts.free, pools().at(3).counts.capacity);
  create_room(5, {{"dummy_publisher", true}});
}

class FewParticipants : public DummyTest {
 protected:
  FewParticipants() : DummyTest(config()) {}
  static JanusConfig config() {
    JanusConfig config = test_config();
    config.limits.participants = 1;
    return config;
  }
};

TEST_F(FewParticipants, DummyTakesThePlaceOfAParticipant) {
  create_room(1, {{"dummy_publisher", true}});
  EXPECT_EQ(create(R"("dummy_e2ee":false)"),
            error(499, "all participants are in use (limits.participants)"));
  EXPECT_EQ(core.counts().rooms.rooms, baseline.rooms.rooms + 1);
  EXPECT_EQ(join(client, attach(client), 1, 11),
            error(499, "all participants are in use (limits.participants)"));
}

TEST_F(DummyTest, CannotBeKickedAndDoesNotCountAsAPublisher) {
  create_room(5, {{"dummy_publisher", true}, {"publishers", 1}});
  EXPECT_EQ(sync(client, manager, {{"request", "kick"}, {"room", 5}, {"id", dummy_id(5)}}),
            error(428, "Can't kick dummy users"));
  join(client, manager, 5, 11);
  EXPECT_EQ(publish(client, manager).at("configured"), "ok");
  const std::uint64_t second = attach(client);
  join(client, second, 5, 12);
  EXPECT_EQ(publish(client, second),
            error(432, "Maximum number of publishers (1) already reached"));
}

TEST_F(DummyTest, SubscriberIsSwitchedFromItToAPublisherAndBack) {
  create_room(5, {{"dummy_publisher", true}});
  const std::uint64_t dummy = dummy_id(5);
  const std::uint64_t viewer = attach(client);
  subscribe(client, viewer, 5, all_of(dummy));
  start(client, viewer);
  const StreamHandle placeholder = media.peers.at(viewer).mlines.at(1).source;
  join(client, manager, 5, 11);
  publish(client, manager);
  const auto switch_to = [&](std::uint64_t feed) {
    return async(
        client, viewer,
        {{"request", "switch"},
         {"streams", json::array{json::object{{"feed", feed}, {"mid", "1"}, {"sub_mid", "1"}}}}});
  };
  EXPECT_EQ(switch_to(11).at("changes"), 1);
  EXPECT_EQ(media.peers.at(viewer).mlines.at(1).source, media.peers.at(manager).streams.at("1"));
  EXPECT_EQ(switch_to(dummy).at("changes"), 1);
  EXPECT_EQ(media.peers.at(viewer).mlines.at(1).source, placeholder);
}

TEST_F(DummyTest, GoesWithItsRoomWhoeverIsSubscribed) {
  create_room(5, {{"dummy_publisher", true}});
  const std::uint64_t viewer = attach(client);
  subscribe(client, viewer, 5, all_of(dummy_id(5)));
  EXPECT_EQ(media.peers.size(), 2u);
  EXPECT_EQ(ask_sync(R"({"request":"destroy","room":5})").at("videoroom"), "destroyed");
  EXPECT_TRUE(media.peers.empty());
  EXPECT_EQ(core.counts().rooms, baseline.rooms);
}

TEST_F(DummyTest, EncryptedDummyIsNotMixedWithPlainPublishers) {
  create_room(5, {{"dummy_publisher", true}, {"dummy_e2ee", true}});
  const std::uint64_t dummy = dummy_id(5);
  join(client, manager, 5, 11);
  publish(client, manager);
  EXPECT_EQ(subscribe(client, attach(client), 5,
                      R"([{"feed":11},{"feed":)" + std::to_string(dummy) + "}]"),
            error(438, "Can't mix normal and end-to-end encrypted subscriptions"));
}

class StaticDummy : public DummyTest {
 protected:
  StaticDummy() : DummyTest(config()) {}
  static JanusConfig config() {
    JanusConfig config = test_config();
    config.static_rooms.front().settings.dummy.emplace();
    return config;
  }
};

TEST_F(StaticDummy, ConfiguredRoomHasItsDummyFromTheStart) {
  EXPECT_EQ(dummy_entry(1234).at("publisher"), true);
  EXPECT_EQ(core.counts().rooms.published_streams, 5u);
}

// The server stops: nothing is taken from the core any more but its books.
class StoppedCore : public StaticDummy {
 protected:
  void TearDown() override {}
};

TEST_F(StoppedCore, EverythingIsClosedStaticRoomsAndTheirDummiesIncluded) {
  Client user = connect();
  const std::uint64_t handle = attach(user);
  join(user, handle, 1234, 1);
  publish(user, handle);
  core.close_all(now);
  expect_everything_owned();
  for (const PoolReport& pool : pools())
    EXPECT_EQ(pool.counts.free, pool.counts.capacity) << pool.name;
  EXPECT_TRUE(media.peers.empty());
  EXPECT_EQ(core.next_timeout(), kNever);
}

TEST(Dummy, ClosesItsPeerWhenTheServerStops) {
  FakeSender sender;
  FakeMedia media;
  SeededRandom random{1};
  JanusConfig config;
  config.static_rooms.front().settings.dummy.emplace();
  {
    const Core core(config, sender, media, random);
    EXPECT_EQ(media.peers.size(), 1u);
  }
  EXPECT_TRUE(media.peers.empty());
}

}  // namespace
}  // namespace penstock::janus
