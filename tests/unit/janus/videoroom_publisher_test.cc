// Participants: join, publish, configure, unpublish, leave, and what the others hear.
#include "tests/unit/janus/janus_test.h"

namespace penstock::janus {
namespace {

class PublisherTest : public JanusTest {
 protected:
  void SetUp() override {
    create_room(77, {{"publishers", 2}, {"videocodec", "vp8,h264"}});
    client = connect();
    handle = attach(client);
    watcher = attach(client);
    join(client, watcher, 77, 1);
  }
  Client client;
  std::uint64_t handle = 0, watcher = 0;
};

TEST_F(PublisherTest, ConfiguringAStreamThatIsNotPublishedIsRefused) {
  join(client, handle, 77, 7);
  const auto configure = [&] {
    return async(client, handle,
                 parse(R"({"request":"configure","streams":[{"mid":"0","send":false}]})"));
  };
  EXPECT_EQ(configure(), error(428, "No such mid '0' published"));
  publish(client, handle);
  EXPECT_EQ(configure().at("configured"), "ok");
}

TEST_F(PublisherTest, JoinIsChecked) {
  const auto ask_join = [&](std::string_view body) {
    json::object request = parse(body);
    request["request"] = "join";
    return async(client, handle, request);
  };
  EXPECT_EQ(ask_join("{}"), error(429, "Missing mandatory element (ptype)"));
  EXPECT_EQ(ask_join(R"({"ptype":"publisher"})"), error(429, "Missing mandatory element (room)"));
  EXPECT_EQ(ask_join(R"({"ptype":"publisher","room":78})"), error(426, "No such room (78)"));
  EXPECT_EQ(ask_join(R"({"ptype":"x","room":77})"), error(430, "Invalid element (ptype)"));
  EXPECT_EQ(ask_join(R"({"ptype":"publisher","room":77,"display":1})"),
            error(430, "Invalid element type (display should be a string)"));
  EXPECT_EQ(ask_join(R"({"ptype":"publisher","room":77,"id":"x"})"),
            error(430, "Invalid element type (id should be a positive integer)"));
  EXPECT_EQ(core.counts().rooms.participants, 1u);
}

TEST_F(PublisherTest, JoinAgainIsRefused) {
  EXPECT_EQ(join(client, watcher, 77, 2), error(425, "Already in as a publisher on this handle"));
}

TEST_F(PublisherTest, PublishGivesTheAnswerAndTellsTheOthers) {
  join(client, handle, 77, 7, {{"display", "P"}});
  const json::object answer = message(client, handle, {{"request", "publish"}},
                                      offer("m=audio a opus\nm=video v vp8 simulcast"));
  EXPECT_EQ(answer.at("jsep"), json::parse(R"({"type":"answer","sdp":"v=0\r\na=answer\r\n"})"));
  EXPECT_EQ(data_of(answer), parse(R"({"videoroom":"event","room":77,"configured":"ok",
      "audio_codec":"opus","video_codec":"vp8","streams":[
      {"type":"audio","mindex":0,"mid":"a","codec":"opus","audiolevel_ext_id":1},
      {"type":"video","mindex":1,"mid":"v","codec":"vp8","simulcast":true,
       "videoorient_ext_id":4}]})"));
  EXPECT_EQ(take(client, watcher), std::vector{parse(R"({"videoroom":"event","room":77,
      "publishers":[{"id":7,"display":"P","audio_codec":"opus","video_codec":"vp8","streams":[
      {"type":"audio","mindex":0,"mid":"a","codec":"opus"},
      {"type":"video","mindex":1,"mid":"v","codec":"vp8","simulcast":true}]}]})")});
  EXPECT_EQ(publish(client, handle), error(434, "Can't publish, already published"));
}

TEST_F(PublisherTest, JoinAndConfigureIsOneEvent) {
  const json::object answer = message(
      client, handle, parse(R"({"request":"joinandconfigure","ptype":"publisher","room":77,"id":7,
                                "display":"P"})"),
      offer(kAudioVideo));
  EXPECT_EQ(data_of(answer).at("videoroom"), "joined");
  EXPECT_EQ(data_of(answer).at("id"), 7);
  EXPECT_EQ(answer.at("jsep").at("type"), "answer");
  ASSERT_EQ(take(client, watcher).size(), 1u);
  EXPECT_EQ(core.counts().rooms.published_streams, 2u);
}

TEST_F(PublisherTest, JoinAndConfigureThatFailsLeavesNothing) {
  const auto failing = [&](json::object more, std::string_view sdp) {
    more["request"] = "joinandconfigure";
    more["ptype"] = "publisher";
    more["room"] = 77;
    more["id"] = 7;
    return async(client, handle, more, offer(sdp));
  };
  EXPECT_EQ(failing({}, "garbage"), error(437, "Error parsing offer: line without m="));
  EXPECT_EQ(failing({}, "m=video 0 av1"), error(437, "Can't offer an SDP with no stream: nothing"));
  EXPECT_EQ(failing({{"videocodec", "av1"}}, kAudioVideo),
            error(430, "Video codec unavailable in this room"));
  EXPECT_EQ(core.counts().rooms.participants, 1u);
  EXPECT_TRUE(take(client, watcher).empty());
  EXPECT_EQ(join(client, handle, 77, 7).at("videoroom"), "joined") << "the handle is still fresh";
}

TEST_F(PublisherTest, OpusIsAskedForAsTheRoomHasIt) {
  join(client, handle, 77, 7);
  publish(client, handle);
  EXPECT_TRUE(media.last_policy.opus_fec);
  EXPECT_FALSE(media.last_policy.opus_dtx);
  create_room(78, {{"opus_fec", false}, {"opus_dtx", true}});
  const std::uint64_t other = attach(client);
  join(client, other, 78, 8);
  publish(client, other);
  EXPECT_FALSE(media.last_policy.opus_fec);
  EXPECT_TRUE(media.last_policy.opus_dtx);
  EXPECT_FALSE(media.last_policy.opus_red);
}

TEST_F(PublisherTest, RedIsAskedForWhereTheRoomHasItButNotOfWhoEncrypts) {
  create_room(78, {{"opusred", true}});
  join(client, handle, 78, 7);
  publish(client, handle);
  EXPECT_TRUE(media.last_policy.opus_red);
  const std::uint64_t other = attach(client);
  join(client, other, 78, 8);
  json::object encrypted = offer(kAudioVideo);
  encrypted["e2ee"] = true;
  message(client, other, {{"request", "publish"}}, encrypted);
  EXPECT_FALSE(media.last_policy.opus_red) << "nobody could unwrap it";
}

TEST_F(PublisherTest, TheBitrateIsTheRoomsUntilConfiguredAndMayBeCapped) {
  constexpr std::string_view kWithRemb = "m=audio 0 opus\nm=video 1 vp8 remb";
  create_room(78, {{"bitrate", 300'000}});
  create_room(79, {{"bitrate", 300'000}, {"bitrate_cap", true}});
  const std::uint64_t free = attach(client), capped = attach(client), late = attach(client);
  join(client, free, 78, 8);
  join(client, capped, 79, 9);
  EXPECT_FALSE(publish(client, free, kWithRemb).contains("warnings"));
  publish(client, capped, kWithRemb, {{"bitrate", 200'000}});
  EXPECT_EQ(media.peers.at(free).bitrate_bps, 300'000u);
  EXPECT_EQ(media.peers.at(capped).bitrate_bps, 200'000u);

  const auto configure = [&](std::uint64_t who, std::uint64_t bps) {
    return async(client, who, {{"request", "configure"}, {"bitrate", bps}});
  };
  EXPECT_FALSE(configure(free, 900'000).contains("warnings"));
  EXPECT_EQ(media.peers.at(free).bitrate_bps, 900'000u);
  configure(free, 0);
  EXPECT_EQ(media.peers.at(free).bitrate_bps, 0u);
  configure(capped, 900'000);
  EXPECT_EQ(media.peers.at(capped).bitrate_bps, 300'000u);
  configure(capped, 0);
  EXPECT_EQ(media.peers.at(capped).bitrate_bps, 300'000u);

  sync(client, handle, {{"request", "edit"}, {"room", 78}, {"new_bitrate", 500'000}});
  EXPECT_EQ(media.peers.at(free).bitrate_bps, 0u) << "it is for those who join later";
  join(client, late, 78, 10);
  publish(client, late, kWithRemb);
  EXPECT_EQ(media.peers.at(late).bitrate_bps, 500'000u);
}

TEST_F(PublisherTest, ABitrateThatCannotBeToldWithoutAnOfferIsAWarning) {
  join(client, handle, 77, 7);
  publish(client, handle);
  const json::object configured =
      async(client, handle, {{"request", "configure"}, {"bitrate", 100'000}});
  EXPECT_EQ(configured.at("configured"), "ok");
  ASSERT_EQ(configured.at("warnings").as_array().size(), 1u);
  EXPECT_TRUE(configured.at("warnings").at(0).as_string().starts_with("bitrate: mid 1 "));
  async(client, handle, {{"request", "configure"}}, offer(kAudioVideo));
  EXPECT_EQ(media.last_policy.bitrate_bps, 100'000u) << "the next answer says it";
}

TEST_F(PublisherTest, WhatMediaRefusesStandsInTheEventAsWarnings) {
  join(client, handle, 77, 7);
  media.warnings = {"m-line 1 (mid 1): no codec of this room", "and 2 more"};
  EXPECT_EQ(publish(client, handle).at("warnings"),
            json::parse(R"(["m-line 1 (mid 1): no codec of this room","and 2 more"])"));
  media.warnings.clear();
  const json::object again = async(client, handle, {{"request", "configure"}}, offer(kAudioVideo));
  EXPECT_EQ(again.at("configured"), "ok");
  EXPECT_FALSE(again.contains("warnings"));
}

TEST_F(PublisherTest, CodecCanBeForced) {
  join(client, handle, 77, 7);
  const auto configured =
      publish(client, handle, "m=video 0 vp8\nm=video 1 h264", {{"videocodec", "h264"}});
  EXPECT_EQ(configured.at("video_codec"), "h264");
  EXPECT_EQ(configured.at("streams").at(0).at("disabled"), true);
}

TEST_F(PublisherTest, ConfigureIsChecked) {
  join(client, handle, 77, 7);
  const auto configure = [&](std::string_view body) {
    json::object request = parse(body);
    request["request"] = "configure";
    return async(client, handle, request);
  };
  EXPECT_EQ(configure(R"({"audiocodec":"pcmu"})"),
            error(430, "Audio codec unavailable in this room"));
  EXPECT_EQ(
      configure(R"({"record":true})"),
      error(430, "Invalid element (record: recording is off on this server, recording.folder)"));
  EXPECT_EQ(configure(R"({"descriptions":[{"mid":"0"}]})"),
            error(429, "Missing mandatory element (description)"));
  EXPECT_EQ(configure(R"({"descriptions":[7]})").at("error_code"), 430);
  EXPECT_EQ(configure(R"({"streams":[{}]})"), error(429, "Missing mandatory element (mid)"));
  EXPECT_EQ(configure(R"({"bitrate":null})"),
            error(430, "Invalid element type (bitrate should be a positive integer)"));
  EXPECT_EQ(configure(R"({"metadata":[]})"),
            error(430, "Invalid element type (metadata should be an object)"));
  EXPECT_EQ(configure(R"({"record":false,"bitrate":128000,"audio":true})"),
            parse(R"({"videoroom":"event","room":77,"configured":"ok"})"));
  EXPECT_EQ(configure(R"({"record":false,"bitrate":0,"audio":true})"),
            parse(R"({"videoroom":"event","room":77,"configured":"ok"})"));
}

TEST_F(PublisherTest, FailedNegotiationChangesNothing) {
  join(client, handle, 77, 7, {{"display", "P"}});
  publish(client, handle);
  take(client, watcher);
  EXPECT_EQ(async(client, handle, {{"request", "configure"}, {"display", "Q"}}, offer("garbage")),
            error(437, "Error parsing offer: line without m="));
  media.refuses = MediaError{MediaErrorKind::kCapacity, "pool is full"};
  EXPECT_EQ(async(client, handle, {{"request", "configure"}}, offer(kAudioVideo)),
            error(499, "pool is full"));
  media.refuses.reset();
  EXPECT_TRUE(take(client, watcher).empty());
  EXPECT_EQ(core.counts().rooms.published_streams, 2u);
}

TEST_F(PublisherTest, RenegotiationTellsTheOthersAgain) {
  join(client, handle, 77, 7);
  publish(client, handle, "m=audio 0 opus");
  take(client, watcher);
  async(client, handle, {{"request", "configure"}}, offer(kAudioVideo));
  const auto events = take(client, watcher);
  ASSERT_EQ(events.size(), 1u);
  EXPECT_EQ(events[0].at("publishers").at(0).at("streams").as_array().size(), 2u);
}

TEST_F(PublisherTest, DescriptionsAreKeptAndTold) {
  join(client, handle, 77, 7);
  publish(client, handle, kAudioVideo,
          {{"descriptions", json::parse(R"([{"mid":"1","description":"camera"}])")}});
  EXPECT_EQ(
      take(client, watcher).at(0).at("publishers").at(0).at("streams").at(1).at("description"),
      "camera");
  async(client, handle,
        parse(R"({"request":"configure","descriptions":[{"mid":"0","description":"voice"}]})"));
  const json::value streams = take(client, watcher).at(0).at("publishers").at(0).at("streams");
  EXPECT_EQ(streams.at(0).at("description"), "voice");
  EXPECT_EQ(streams.at(1).at("description"), "camera");
}

TEST_F(PublisherTest, ProfileIsToldOnlyWhereThereWasOne) {
  join(client, handle, 77, 7);
  async(client, handle, parse(R"({"request":"configure","display":"P","metadata":{"a":1}})"));
  EXPECT_TRUE(take(client, watcher).empty());
  async(client, handle, parse(R"({"request":"configure","metadata":{"a":2}})"));
  EXPECT_EQ(take(client, watcher),
            std::vector{parse(R"({"videoroom":"event","id":7,"metadata":{"a":2}})")});
  async(client, handle, parse(R"({"request":"configure","display":"Q"})"));
  EXPECT_EQ(take(client, watcher),
            std::vector{parse(R"({"videoroom":"event","id":7,"display":"Q","metadata":{"a":2}})")});
}

TEST_F(PublisherTest, KeyframesAreAskedOfVideoStreams) {
  join(client, handle, 77, 7);
  publish(client, handle, "m=audio 0 opus\nm=video 1 vp8\nm=video 2 vp8");
  async(client, handle, {{"request", "configure"}, {"keyframe", true}});
  EXPECT_EQ(media.keyframes.size(), 2u);
  async(client, handle,
        parse(R"({"request":"configure","streams":[{"mid":"2","keyframe":true}]})"));
  EXPECT_EQ(media.keyframes.back(), media.peers[handle].streams["2"]);
}

TEST_F(PublisherTest, SendFalseSilencesTheStreamForSubscribers) {
  join(client, handle, 77, 7);
  publish(client, handle);
  const std::uint64_t subscriber = attach(client);
  subscribe(client, subscriber, 77, R"([{"feed":7}])");
  start(client, subscriber);
  async(client, handle, {{"request", "configure"}, {"video", false}});
  EXPECT_EQ(media.peers[subscriber].paused, (std::vector<bool>{false, true}));
  async(client, handle, parse(R"({"request":"configure","streams":[{"mid":"1","send":true}]})"));
  EXPECT_EQ(media.peers[subscriber].paused, (std::vector<bool>{false, false}));
}

TEST_F(PublisherTest, PublishersAreCountedAndRefused) {
  for (std::uint64_t id = 7; id < 9; ++id) {
    const std::uint64_t other = attach(client);
    join(client, other, 77, id);
    EXPECT_EQ(publish(client, other).at("configured"), "ok");
  }
  join(client, handle, 77, 9);
  EXPECT_EQ(publish(client, handle),
            error(432, "Maximum number of publishers (2) already reached"));
  const std::uint64_t admin = attach(client);
  sync(client, admin, {{"request", "edit"}, {"room", 77}, {"new_publishers", 1}});
  EXPECT_EQ(publish(client, handle), error(432, "Maximum number of publishers (1) already reached"))
      << "a cap below the present count still holds";
}

TEST_F(PublisherTest, UnpublishClosesTheConnectionAndCanBeFollowedByPublish) {
  join(client, handle, 77, 7, {{"display", "P"}});
  publish(client, handle);
  take(client, watcher);
  EXPECT_EQ(async(client, handle, {{"request", "unpublish"}}),
            parse(R"({"videoroom":"event","room":77,"unpublished":"ok"})"));
  EXPECT_FALSE(media.exists(handle));
  EXPECT_EQ(take(client, handle).at(0).at("reason"), "Close PC");
  EXPECT_EQ(take(client, watcher),
            std::vector{parse(R"({"videoroom":"event","room":77,"display":"P","unpublished":7})")});
  EXPECT_EQ(publish(client, handle).at("configured"), "ok");
}

TEST_F(PublisherTest, LeaveDoesNotCloseTheConnection) {
  join(client, handle, 77, 7);
  publish(client, handle);
  take(client, watcher);
  async(client, handle, {{"request", "leave"}});
  EXPECT_TRUE(media.exists(handle));
  EXPECT_EQ(take(client, watcher),
            std::vector{parse(R"({"videoroom":"event","room":77,"leaving":7})")});
  EXPECT_EQ(async(client, handle, {{"request", "publish"}}), error(426, "No such room (77)"));
  ask(client, {{"janus", "hangup"}, {"handle_id", handle}});
  EXPECT_FALSE(media.exists(handle));
  EXPECT_TRUE(take(client, watcher).empty());
}

TEST_F(PublisherTest, HangupUnpublishes) {
  join(client, handle, 77, 7);
  publish(client, handle);
  take(client, watcher);
  ask(client, {{"janus", "hangup"}, {"handle_id", handle}});
  EXPECT_EQ(take(client, handle).at(0).at("reason"), "Janus API");
  EXPECT_EQ(take(client, watcher),
            std::vector{parse(R"({"videoroom":"event","room":77,"unpublished":7})")});
  EXPECT_EQ(publish(client, handle).at("configured"), "ok");
}

// As Janus has it: what follows from a request is said before its answer.
TEST_F(PublisherTest, LeaveAndHangupAreToldBeforeTheyAreAnswered) {
  join(client, handle, 77, 7);
  publish(client, handle);
  const auto order = [&](json::object request) {
    request["transaction"] = "last";
    request["session_id"] = client.session;
    request["handle_id"] = handle;
    std::vector<std::string> kinds;
    for (const json::object& message : send(client.channel, json::serialize(request))) {
      const bool is_other = message.contains("sender") && message.at("sender") == watcher;
      kinds.push_back(is_other ? "other" : std::string(message.at("janus").as_string()));
    }
    return kinds;
  };
  EXPECT_EQ(order({{"janus", "hangup"}}), (std::vector<std::string>{"hangup", "other", "success"}));
  EXPECT_EQ(order({{"janus", "message"}, {"body", {{"request", "leave"}}}}),
            (std::vector<std::string>{"ack", "other", "event"}));
}

TEST_F(PublisherTest, UnknownRequestOfAParticipantIsNamed) {
  EXPECT_EQ(async(client, watcher, {{"request", "start"}}), error(423, "Unknown request 'start'"));
}

TEST_F(PublisherTest, DestroyedRoomIsToldAndConnectionsAreClosed) {
  create_room(78);
  join(client, handle, 78, 7);
  publish(client, handle);
  sync(client, attach(client), {{"request", "destroy"}, {"room", 78}});
  const auto events = take(client, handle);
  ASSERT_EQ(events.size(), 2u);
  EXPECT_EQ(events[0], parse(R"({"videoroom":"destroyed","room":78})"));
  EXPECT_EQ(events[1].at("reason"), "Close PC");
  EXPECT_EQ(publish(client, handle), error(426, "No such room (78)"));
}

TEST_F(PublisherTest, RoomOfTheSameNameIsAnotherRoom) {
  create_room(78);
  join(client, handle, 78, 7);
  const std::uint64_t admin = attach(client);
  sync(client, admin, {{"request", "destroy"}, {"room", 78}});
  create_room(78);
  const std::uint64_t other = attach(client);
  join(client, other, 78, 7);
  EXPECT_EQ(async(client, handle, {{"request", "leave"}}), error(426, "No such room (78)"));
  EXPECT_EQ(core.counts().rooms.participants, 2u);
}

TEST_F(PublisherTest, EndToEndEncryptionIsAFlagThatRoomsCanDemand) {
  create_room(78, {{"require_e2ee", true}});
  join(client, handle, 78, 7);
  EXPECT_EQ(publish(client, handle), error(433, "Room requires end-to-end encrypted media"));
  json::object encrypted = offer(kAudioVideo);
  encrypted["e2ee"] = true;
  const json::object answer = message(client, handle, {{"request", "publish"}}, encrypted);
  EXPECT_EQ(answer.at("jsep").at("e2ee"), true);
}

// Whoever is silent costs a room no more than its metadata and as much again.
TEST_F(PublisherTest, DescriptionsAreBoundedTogether) {
  join(client, handle, 77, 7);
  const auto describe = [&](int first, int count) {
    json::array items;
    for (int i = first; i < first + count; ++i) {
      items.push_back({{"mid", std::to_string(i)}, {"description", std::string(1'000, 'd')}});
    }
    return async(client, handle, {{"request", "configure"}, {"descriptions", std::move(items)}});
  };
  EXPECT_EQ(describe(0, 8).at("configured"), "ok");
  EXPECT_EQ(describe(0, 8).at("configured"), "ok") << "these take the places of those";
  EXPECT_EQ(describe(8, 1),
            error(430, "Invalid element (descriptions are longer than 8192 bytes together)"));
}

}  // namespace
}  // namespace penstock::janus
