// Room management: create, edit, destroy, exists, list, listparticipants, allowed, kick, moderate.
#include "tests/unit/janus/janus_test.h"

namespace penstock::janus {
namespace {

class RoomTest : public JanusTest {
 protected:
  explicit RoomTest(JanusConfig config = test_config()) : JanusTest(std::move(config)) {}
  void SetUp() override {
    client = connect();
    handle = attach(client);
  }
  json::object ask_sync(std::string_view body) {
    const json::object request = parse(body);
    const json::object reply = sync(client, handle, request);
    if (reply.contains("videoroom") && reply.at("videoroom") == "created") {
      rooms_made.push_back(reply.at("room"));
    }
    return reply;
  }
  json::object listed(std::string_view room) {
    const json::object reply = ask_sync(R"({"request":"list"})");
    for (const json::value& entry : reply.at("list").as_array()) {
      if (entry.at("room") == json::parse(room)) return entry.as_object();
    }
    return {};
  }

  Client client;
  std::uint64_t handle = 0;
};

TEST_F(RoomTest, DefaultsAreThoseOfJanus) {
  ask_sync(R"({"request":"create","room":5})");
  EXPECT_EQ(listed("5"), parse(R"({"room":5,"description":"Room 5","pin_required":false,
      "is_private":false,"max_publishers":3,"bitrate":0,"fir_freq":0,"require_pvtid":false,
      "require_e2ee":false,"dummy_publisher":false,"notify_joining":false,"audiocodec":"opus",
      "videocodec":"vp8","opus_fec":true,"record":false,"lock_record":false,"num_participants":0,
      "audiolevel_ext":true,"audiolevel_event":false,"videoorient_ext":true,
      "playoutdelay_ext":true,"transport_wide_cc_ext":true})"));
}

TEST_F(RoomTest, SettingsAreRemembered) {
  ask_sync(R"({"request":"create","room":5,"description":"D","pin":"p","publishers":9,
      "bitrate":1000,"bitrate_cap":true,"fir_freq":7,"require_pvtid":true,"notify_joining":true,
      "videocodec":"h264,vp9,h264,av1","opus_fec":false,"opus_dtx":true,"opusred":true,"dominant_speaker":true,
      "audiolevel_event":true,"audio_active_packets":0,"audio_level_average":40,"videoorient_ext":false,"threads":4})");
  const json::object room = listed("5");
  EXPECT_EQ(room.at("description"), "D");
  EXPECT_EQ(room.at("pin_required"), true);
  EXPECT_EQ(room.at("max_publishers"), 9);
  EXPECT_EQ(room.at("bitrate"), 64'000);
  EXPECT_EQ(room.at("bitrate_cap"), true);
  EXPECT_EQ(room.at("fir_freq"), 7);
  EXPECT_EQ(room.at("require_pvtid"), true);
  EXPECT_EQ(room.at("videocodec"), "h264,vp9,av1");
  EXPECT_FALSE(room.contains("opus_fec"));
  EXPECT_EQ(room.at("opus_dtx"), true);
  EXPECT_EQ(room.at("opusred"), true);
  EXPECT_EQ(room.at("dominant_speaker"), true);
  EXPECT_EQ(room.at("audio_active_packets"), 100);
  EXPECT_EQ(room.at("audio_level_average"), 40);
  EXPECT_EQ(room.at("videoorient_ext"), false);
}

TEST_F(RoomTest, IdIsChosenIfNoneIsGiven) {
  const json::object first = ask_sync(R"({"request":"create"})");
  const json::object second = ask_sync(R"({"request":"create","room":0})");
  EXPECT_NE(first.at("room"), second.at("room"));
  EXPECT_GT(first.at("room").to_number<std::uint64_t>(), 0u);
}

TEST_F(RoomTest, CreateRefusesWhatItCannotDo) {
  const auto refused = [&](std::string_view more, int code, std::string_view text) {
    EXPECT_EQ(ask_sync(R"({"request":"create","room":5,)" + std::string(more) + "}"),
              error(code, text));
  };
  refused(R"("record":true)", 430,
          "Invalid element (record: recording is off on this server, recording.folder)");
  refused(R"("signed_tokens":true)", 430,
          "Invalid element (signed_tokens needs signalling.token_auth_secret)");
  refused(R"("permanent":true)", 499, "No configuration file, can't create permanent room");
  refused(R"("audiocodec":"pcmu")", 430,
          "Invalid element (audiocodec pcmu is not supported by this server)");
  refused(R"("videocodec":"h265")", 430,
          "Invalid element (videocodec h265 is not supported by this server)");
  refused(R"("videocodec":"vp8,theora")", 430,
          "Invalid element (videocodec can only be or contain vp8, vp9, av1, h264 or h265)");
  refused(R"("videocodec":"theora")", 430,
          "Invalid element (videocodec can only be or contain vp8, vp9, av1, h264 or h265)");
  refused(R"("videocodec":"")", 430,
          "Invalid element (videocodec can only be or contain vp8, vp9, av1, h264 or h265)");
  refused(R"("audiocodec":"vp8")", 430, "Invalid element (audiocodec can only be or contain opus)");
  refused(R"("allowed":[1])", 430, "Invalid element in the allowed array (not a string)");
  refused(R"("publishers":-1)", 430,
          "Invalid element type (publishers should be a positive integer)");
  EXPECT_EQ(ask_sync(R"({"request":"create","room":"x"})"),
            error(430, "Invalid element type (room should be a positive integer)"));
  EXPECT_EQ(core.counts().rooms, baseline.rooms);
}

// Configurations of Janus name codecs that this server does not have beside those that it has.
TEST_F(RoomTest, CodecsThatJanusKnowsAreLeftOutBesideOthersAndSo) {
  const json::object created = ask_sync(
      R"({"request":"create","room":5,"audiocodec":"pcmu,opus,g722","videocodec":"h265,vp9,vp8"})");
  EXPECT_EQ(created.at("warnings"),
            json::parse(R"(["audiocodec: pcmu is not supported by this server",
      "audiocodec: g722 is not supported by this server",
      "videocodec: h265 is not supported by this server"])"));
  EXPECT_EQ(listed("5").at("audiocodec"), "opus");
  EXPECT_EQ(listed("5").at("videocodec"), "vp9,vp8");
}

TEST_F(RoomTest, FirFreqAsksEachPublisherForKeyframes) {
  ask_sync(R"({"request":"create","room":5,"fir_freq":10})");
  const std::uint64_t publisher = attach(client);
  join(client, publisher, 5, 7);
  publish(client, publisher, "m=audio 0 opus\nm=video 1 vp8");
  const StreamHandle video = media.peers[publisher].streams.at("1");
  const Timestamp start = now;
  const auto run_until = [&](Timestamp end) {
    while (core.next_timeout() <= end) {
      now = core.next_timeout();
      core.handle_timeout(now);
    }
    now = end;
  };
  run_until(start + 10 * kSecond - 1);
  EXPECT_TRUE(media.keyframes.empty());
  run_until(start + 35 * kSecond);
  EXPECT_EQ(media.keyframes, (std::vector<StreamHandle>{video, video, video}));
  ask_sync(R"({"request":"edit","room":5,"new_fir_freq":0})");
  run_until(start + 55 * kSecond);
  EXPECT_EQ(media.keyframes.size(), 3u);
}

TEST_F(RoomTest, SettingsWithoutEffectAreNamed) {
  EXPECT_EQ(ask_sync(R"({"request":"create","room":5,"bitrate":128000,"bitrate_cap":true,
                "opus_fec":false,"opus_dtx":true,"audiolevel_event":true,"threads":4})")
                .at("warnings"),
            json::parse(R"(["threads has no effect on this server yet"])"));
  EXPECT_FALSE(ask_sync(R"({"request":"create","room":6,"bitrate":0,"bitrate_cap":false,
                   "opus_fec":true,"opus_dtx":false,"audiolevel_event":false,"threads":0})")
                   .contains("warnings"))
      << "this is what holds anyway";
}

TEST_F(RoomTest, EditChangesWhatItNamesAndEmptyTextsChangeNothing) {
  ask_sync(R"({"request":"create","room":5,"secret":"s","pin":"p"})");
  room_secret = "s2";
  EXPECT_EQ(ask_sync(R"({"request":"edit","room":5})"),
            error(429, "Missing mandatory element (secret)"));
  EXPECT_EQ(ask_sync(R"({"request":"edit","room":5,"secret":"s","new_description":"N",
      "new_secret":"s2","new_pin":"","new_is_private":false,"new_publishers":1,
      "new_bitrate":70000,"new_fir_freq":3})"),
            parse(R"({"videoroom":"edited","room":5,"permanent":false})"));
  const json::object room = listed("5");
  EXPECT_EQ(room.at("description"), "N");
  EXPECT_EQ(room.at("pin_required"), true);
  EXPECT_EQ(room.at("max_publishers"), 1);
  EXPECT_EQ(room.at("bitrate"), 70'000);
  EXPECT_EQ(ask_sync(R"({"request":"edit","room":5,"secret":"s"})"),
            error(433, "Unauthorized (wrong secret)"));
}

TEST_F(RoomTest, PrivateRoomsAreNotListed) {
  ask_sync(R"({"request":"create","room":5,"is_private":true})");
  EXPECT_TRUE(listed("5").empty());
  EXPECT_EQ(ask_sync(R"({"request":"exists","room":5})").at("exists"), true);
}

TEST_F(RoomTest, DestroyedRoomIsGone) {
  ask_sync(R"({"request":"create","room":5})");
  EXPECT_EQ(ask_sync(R"({"request":"destroy","room":5})"),
            parse(R"({"videoroom":"destroyed","room":5,"permanent":false})"));
  EXPECT_EQ(ask_sync(R"({"request":"destroy","room":5})"), error(426, "No such room (5)"));
}

TEST_F(RoomTest, AllowedTokensAreEditedAndEnforcedOnPublishers) {
  ask_sync(R"({"request":"create","room":5,"allowed":["a","b"]})");
  const std::uint64_t joiner = attach(client);
  EXPECT_EQ(join(client, joiner, 5, 1), error(433, "Unauthorized (not in the allowed list)"));
  EXPECT_EQ(join(client, joiner, 5, 1, {{"token", "x"}}),
            error(433, "Unauthorized (not in the allowed list)"));
  EXPECT_EQ(ask_sync(R"({"request":"allowed","room":5,"action":"add","allowed":["x"]})"),
            parse(R"({"videoroom":"success","room":5,"allowed":["a","b","x"]})"));
  EXPECT_EQ(ask_sync(R"({"request":"allowed","room":5,"action":"remove","allowed":["a","b"]})"),
            parse(R"({"videoroom":"success","room":5,"allowed":["x"]})"));
  EXPECT_EQ(join(client, joiner, 5, 1, {{"token", "x"}}).at("videoroom"), "joined");
  EXPECT_EQ(ask_sync(R"({"request":"allowed","room":5,"action":"disable"})"),
            parse(R"({"videoroom":"success","room":5})"));
  EXPECT_EQ(join(client, attach(client), 5, 2).at("videoroom"), "joined");
  EXPECT_EQ(ask_sync(R"({"request":"allowed","room":5,"action":"enable"})"),
            parse(R"({"videoroom":"success","room":5,"allowed":[]})"));
  EXPECT_EQ(ask_sync(R"({"request":"allowed","room":5,"action":"x"})"),
            error(430, "Unsupported action 'x' (allowed)"));
  EXPECT_EQ(ask_sync(R"({"request":"allowed","room":5,"action":"add"})"),
            error(429, "Missing mandatory element (allowed)"));
  EXPECT_EQ(ask_sync(R"({"request":"allowed","room":5,"action":"add","allowed":[3]})"),
            error(430, "Invalid element in the allowed array (not a string)"));
}

TEST_F(RoomTest, KickedParticipantIsOutAndItsFeedEnds) {
  ask_sync(R"({"request":"create","room":5})");
  const std::uint64_t target = attach(client);
  const std::uint64_t watcher = attach(client);
  join(client, target, 5, 7);
  publish(client, target);
  subscribe(client, watcher, 5, R"([{"feed":7}])");
  start(client, watcher);
  take(client, target);
  EXPECT_EQ(ask_sync(R"({"request":"kick","room":5,"id":8})"),
            error(428, "No such user 8 in room 5"));
  EXPECT_EQ(ask_sync(R"({"request":"kick","room":5})"),
            error(429, "Missing mandatory element (id)"));
  EXPECT_EQ(ask_sync(R"({"request":"kick","room":5,"id":7})"), parse(R"({"videoroom":"success"})"));
  const auto events = take(client, target);
  ASSERT_EQ(events.size(), 2u);
  EXPECT_EQ(events[0].at("reason"), "kicked");
  EXPECT_EQ(events[1].at("janus"), "hangup");
  EXPECT_EQ(take(client, watcher).at(0).at("videoroom"), "updated");
  EXPECT_FALSE(media.exists(target));
  EXPECT_EQ(publish(client, target), error(433, "Unauthorized, you have been kicked"));
  EXPECT_EQ(async(client, target, {{"request", "configure"}}),
            error(433, "Unauthorized, you have been kicked"));
  EXPECT_EQ(async(client, target, {{"request", "leave"}}), error(426, "No such room (5)"));
  EXPECT_EQ(join(client, target, 5, 9), error(425, "Not in a room (create a new handle)"));
}

TEST_F(RoomTest, KickTakesSubscriptionsAlongWherePrivateIdsAreRequired) {
  ask_sync(R"({"request":"create","room":5,"require_pvtid":true})");
  const std::uint64_t feed = attach(client);
  const std::uint64_t target = attach(client);
  const std::uint64_t watcher = attach(client);
  join(client, feed, 5, 1);
  publish(client, feed);
  const json::value private_id = join(client, target, 5, 2).at("private_id");
  EXPECT_EQ(subscribe(client, watcher, 5, R"([{"feed":1}])"),
            error(433, "Unauthorized (this room requires a valid private_id)"));
  EXPECT_EQ(subscribe(client, watcher, 5, R"([{"feed":1}])", {{"private_id", 4294967297}}),
            error(433, "Unauthorized (this room requires a valid private_id)"));
  EXPECT_EQ(subscribe(client, watcher, 5, R"([{"feed":1}])", {{"private_id", private_id}})
                .at("videoroom"),
            "attached");
  ask_sync(R"({"request":"kick","room":5,"id":2})");
  EXPECT_FALSE(media.exists(watcher));
  EXPECT_EQ(core.counts().rooms.subscribers, 0u);
}

TEST_F(RoomTest, ModeratedStreamIsSilentForEverybody) {
  ask_sync(R"({"request":"create","room":5})");
  const std::uint64_t publisher = attach(client);
  const std::uint64_t watcher = attach(client);
  join(client, publisher, 5, 7);
  publish(client, publisher);
  subscribe(client, watcher, 5, R"([{"feed":7}])");
  start(client, watcher);
  EXPECT_EQ(media.peers[watcher].paused, (std::vector<bool>{false, false}));
  take(client, publisher);
  const json::object muted =
      parse(R"({"videoroom":"event","room":5,"id":7,"mid":"0","moderation":"muted"})");
  EXPECT_EQ(ask_sync(R"({"request":"moderate","room":5,"id":7,"mid":"0","mute":true})"),
            parse(R"({"videoroom":"success"})"));
  EXPECT_EQ(take(client, publisher), std::vector{muted}) << "the target is told too";
  EXPECT_EQ(media.peers[watcher].paused, (std::vector<bool>{true, false}));
  const std::uint64_t second = attach(client);
  subscribe(client, second, 5, R"([{"feed":7}])");
  EXPECT_EQ(media.peers[second].paused, (std::vector<bool>{true, false}));
  ask_sync(R"({"request":"moderate","room":5,"id":7,"mid":"0","mute":false})");
  EXPECT_EQ(media.peers[watcher].paused, (std::vector<bool>{false, false}));
  EXPECT_EQ(ask_sync(R"({"request":"moderate","room":5,"id":7,"mid":"9","mute":true})"),
            error(428, "No such stream 9"));
  EXPECT_EQ(ask_sync(R"({"request":"moderate","room":5,"id":8,"mid":"0","mute":true})"),
            error(428, "No such user 8 in room 5"));
  EXPECT_EQ(ask_sync(R"({"request":"moderate","room":5,"id":7,"mid":"0"})"),
            error(429, "Missing mandatory element (mute)"));
}

}  // namespace
}  // namespace penstock::janus
