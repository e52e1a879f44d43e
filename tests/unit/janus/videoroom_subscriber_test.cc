// Subscribers: m-lines, offers and answers, and what follows when feeds come and go.
#include "tests/unit/janus/janus_test.h"

namespace penstock::janus {
namespace {

class SubscriberTest : public JanusTest {
 protected:
  void SetUp() override {
    create_room(77, {{"publishers", 9}, {"videocodec", "vp8,h264"}});
    client = connect();
    for (std::uint64_t id = 1; id <= 3; ++id) {
      feeds[id] = attach(client);
      join(client, feeds[id], 77, id, {{"display", "P" + std::to_string(id)}});
      publish(client, feeds[id]);
    }
    handle = attach(client);
  }
  json::object act(std::string_view body, std::optional<json::object> jsep = {}) {
    return async(client, handle, parse(body), std::move(jsep));
  }
  json::object join_all(std::string_view streams = R"([{"feed":1}])", json::object more = {}) {
    return subscribe(client, handle, 77, streams, std::move(more));
  }
  const std::vector<SubscriberMline>& mlines() { return media.peers[handle].mlines; }
  void unpublish(std::uint64_t id) { async(client, feeds[id], {{"request", "unpublish"}}); }

  Client client;
  std::map<std::uint64_t, std::uint64_t> feeds;
  std::uint64_t handle = 0;
};

TEST_F(SubscriberTest, JoinIsChecked) {
  EXPECT_EQ(async(client, handle, parse(R"({"request":"join","ptype":"subscriber","room":77})")),
            error(429, "At least one between 'streams' and 'feed' must be specified"));
  EXPECT_EQ(
      async(client, handle, parse(R"({"request":"join","ptype":"subscriber","room":77,"feed":1})"),
            offer(kAudioVideo)),
      error(423, "Can't send an offer to create subscribers"));
  EXPECT_EQ(join_all("[]"), error(430, "Empty subscription list"));
  EXPECT_EQ(join_all("[7]").at("error_code"), 430);
  EXPECT_EQ(join_all("[{}]"), error(429, "Missing mandatory element (feed)"));
  EXPECT_EQ(join_all(R"([{"feed":"1"}])"),
            error(430, "Invalid element type (feed should be a positive integer)"));
  EXPECT_EQ(join_all(R"([{"feed":9}])"), error(428, "No such feed (9)"));
  EXPECT_EQ(join_all(R"([{"feed":1},{"feed":1,"mid":"7"}])"),
            error(428, "No such mid '7' in feed (1)"));
  EXPECT_EQ(join_all(R"([{"feed":1,"substream":3}])"),
            error(430, "Invalid value (substream/spatial_layer should be 0, 1 or 2)"));
  EXPECT_EQ(join_all(R"([{"feed":1,"temporal_layer":3}])"),
            error(430, "Invalid value (temporal/temporal_layer should be 0, 1 or 2)"));
  EXPECT_EQ(core.counts().rooms.subscribers, 0u);
  EXPECT_FALSE(media.exists(handle));
}

TEST_F(SubscriberTest, AttachedDescribesEveryMline) {
  const json::object answer = message(client, handle, parse(R"({"request":"join",
      "ptype":"subscriber","room":77,"use_msid":true,
      "streams":[{"feed":2,"crossrefid":"x"},{"feed":1,"mid":"1","send":false}]})"));
  EXPECT_EQ(data_of(answer), parse(R"({"videoroom":"attached","room":77,"streams":[
      {"type":"audio","active":true,"mindex":0,"mid":"0","crossrefid":"x","ready":false,
       "send":true,"feed_id":2,"feed_display":"P2","feed_mid":"0","codec":"opus"},
      {"type":"video","active":true,"mindex":1,"mid":"1","crossrefid":"x","ready":false,
       "send":true,"feed_id":2,"feed_display":"P2","feed_mid":"1","codec":"vp8"},
      {"type":"video","active":true,"mindex":2,"mid":"2","ready":false,
       "send":false,"feed_id":1,"feed_display":"P1","feed_mid":"1","codec":"vp8"}]})"));
  EXPECT_EQ(answer.at("jsep"), json::parse(R"({"type":"offer","sdp":"v=0\r\na=offer 1\r\n"})"));
  ASSERT_EQ(mlines().size(), 3u);
  EXPECT_EQ(mlines()[0].msid_stream, "2");
  EXPECT_EQ(mlines()[2].msid_track, "1");
  EXPECT_EQ(mlines()[2].source, media.peers[feeds[1]].streams["1"]);
  EXPECT_TRUE(mlines()[2].is_paused);
  EXPECT_EQ(media.peers[handle].room_key, media.peers[feeds[1]].room_key);
}

TEST_F(SubscriberTest, LegacyJoinNamesItsFeed) {
  const json::object attached = async(client, handle, parse(R"({"request":"join",
      "ptype":"listener","room":77,"feed":2,"offer_video":false,"audio":false})"));
  EXPECT_EQ(attached, parse(R"({"videoroom":"attached","room":77,"id":2,"display":"P2",
      "warning":"deprecated_api","streams":[
      {"type":"audio","active":true,"mindex":0,"mid":"0","ready":false,"send":false,
       "feed_id":2,"feed_display":"P2","feed_mid":"0","codec":"opus"}]})"));
  EXPECT_EQ(mlines()[0].msid_stream, "janus");
  EXPECT_EQ(mlines()[0].msid_track, "janus0");
}

TEST_F(SubscriberTest, NothingToOfferIsAnError) {
  EXPECT_EQ(async(client, handle, parse(R"({"request":"join","ptype":"subscriber","room":77,
      "feed":1,"offer_video":false,"offer_audio":false})")),
            error(437, "Can't offer an SDP with no stream"));
  unpublish(1);
  EXPECT_EQ(join_all(), error(428, "No such feed (1)"));
}

TEST_F(SubscriberTest, MediaThatRefusesLeavesTheHandleFresh) {
  media.refuses = MediaError{MediaErrorKind::kCapacity, "full"};
  EXPECT_EQ(join_all(), error(499, "Error creating offer: full"));
  media.refuses.reset();
  EXPECT_EQ(core.counts().rooms.subscribers, 0u);
  EXPECT_EQ(join_all().at("videoroom"), "attached");
  EXPECT_EQ(join_all(), error(425, "Already in as a subscriber on this handle"));
}

TEST_F(SubscriberTest, StartTakesTheAnswer) {
  join_all();
  EXPECT_EQ(act(R"({"request":"start","room":5,"pin":7})", answer()),
            parse(R"({"videoroom":"event","room":77,"started":"ok"})"));
  EXPECT_EQ(media.peers[handle].answers, 1);
  const json::object second = message(client, handle, {{"request", "start"}}, answer());
  EXPECT_EQ(second.at("error").at("code"), 469);
}

TEST_F(SubscriberTest, WhatAnAnswerDoesNotTakeIsToldBehindIt) {
  join_all();
  media.warnings = {"m-line 0 (mid 0): rejected"};
  act(R"({"request":"start"})", answer());
  const auto events = take(client, handle);
  ASSERT_EQ(events.size(), 1u);
  EXPECT_FALSE(events[0].contains("transaction"));
  EXPECT_EQ(data_of(events[0]), parse(R"({"videoroom":"event","room":77,
      "warnings":["m-line 0 (mid 0): rejected"]})"));
}

TEST_F(SubscriberTest, BadAnswerIsAnErrorAndCanBeSentAgain) {
  join_all();
  EXPECT_EQ(act(R"({"request":"start"})", json::object{{"type", "answer"}, {"sdp", "bad"}}),
            error(437, "Error parsing answer: bad answer"));
  EXPECT_EQ(start(client, handle).at("started"), "ok");
}

TEST_F(SubscriberTest, OfferFromASubscriberIsRefused) {
  join_all();
  EXPECT_EQ(act(R"({"request":"configure"})", offer(kAudioVideo)),
            error(431, "Only publishers send offers"));
}

TEST_F(SubscriberTest, PauseAndResume) {
  join_all(R"([{"feed":1},{"feed":2,"send":false}])");
  start(client, handle);
  EXPECT_EQ(act(R"({"request":"pause"})"),
            parse(R"({"videoroom":"event","room":77,"paused":"ok"})"));
  EXPECT_EQ(media.peers[handle].paused, (std::vector<bool>{true, true, true, true}));
  EXPECT_EQ(act(R"({"request":"start"})").at("started"), "ok");
  EXPECT_EQ(media.peers[handle].paused, (std::vector<bool>{false, false, true, true}));
}

TEST_F(SubscriberTest, WhatItsAnswerRejectsIsNotReady) {
  join_all();
  media.rejected_mlines = {1};
  start(client, handle);
  const auto updated = act(R"({"request":"subscribe","streams":[{"feed":2,"mid":"0"}]})");
  EXPECT_EQ(updated.at("streams").at(0).at("ready"), true);
  EXPECT_EQ(updated.at("streams").at(1).at("ready"), false);
}

TEST_F(SubscriberTest, ConfigureTakesItemsAndTopLevelKeys) {
  publish(client, feeds[1]);
  async(client, feeds[1], {{"request", "configure"}},
        offer("m=audio 0 opus\nm=video 1 vp8 simulcast"));
  join_all();
  start(client, handle);
  EXPECT_EQ(act(R"({"request":"configure","mid":"1","substream":0,"temporal":1})"),
            parse(R"({"videoroom":"event","room":77,"configured":"ok"})"));
  EXPECT_EQ(media.peers[handle].wishes[0].limit, kHighestLayer);
  EXPECT_EQ(media.peers[handle].wishes[1].limit, (Layer{.spatial = 0, .temporal = 1}));
  act(R"({"request":"configure","streams":[{"mid":"0","send":false},{"mid":"1","fallback":7,
      "min_delay":1,"max_delay":2}]})");
  EXPECT_EQ(media.peers[handle].paused, (std::vector<bool>{true, false}));
  act(R"({"request":"configure","audio":true,"video":false})");
  EXPECT_EQ(media.peers[handle].paused, (std::vector<bool>{false, true}));
  const auto updated = act(R"({"request":"subscribe","streams":[{"feed":2,"mid":"0"}]})");
  EXPECT_EQ(updated.at("streams").at(1).at("simulcast"), json::parse(R"({"substream":-1,
      "substream-target":0,"temporal-layer":-1,"temporal-layer-target":1,"fallback":7})"));
  EXPECT_EQ(updated.at("streams").at(1).at("playout-delay"),
            json::parse(R"({"min-delay":1,"max-delay":2})"));
  const PlayoutDelay delay{.min_10ms = 1, .max_10ms = 2};
  EXPECT_EQ(media.peers[handle].wishes[1].playout_delay, delay);
}

TEST_F(SubscriberTest, WhatAStreamWithoutSimulcastIsAskedForAreItsOwnLayers) {
  join_all();
  start(client, handle);
  act(R"({"request":"configure","mid":"1","substream":0,"spatial_layer":1,"temporal_layer":2})");
  EXPECT_EQ(media.peers[handle].wishes[1].limit,
            (Layer{.spatial = 1, .temporal = kHighestLayer.temporal}));
}

TEST_F(SubscriberTest, LayersThatAreAskedForInTheJoinCountFromTheFirstPacketOn) {
  join_all(R"([{"feed":1,"mid":"1","spatial_layer":1}])");
  EXPECT_EQ(media.peers[handle].wishes[0].limit.spatial, 1);
}

TEST_F(SubscriberTest, AFallbackCountsInTheJoinInConfigureAndInSwitch) {
  join_all(R"([{"feed":1,"mid":"1","fallback":250000}])");
  start(client, handle);
  const auto fallback = [&] { return media.peers[handle].wishes[0].fallback; };
  EXPECT_EQ(fallback(), 250 * kMillisecond);
  const auto configured =
      act(R"({"request":"configure","streams":[{"mid":"0","fallback":500000}]})");
  EXPECT_EQ(configured, parse(R"({"videoroom":"event","room":77,"configured":"ok"})"));
  EXPECT_EQ(fallback(), 500 * kMillisecond);
  act(R"({"request":"configure","streams":[{"mid":"0","fallback":60000000}]})");
  EXPECT_EQ(fallback(), kFallbackMax);
  act(R"({"request":"switch","streams":[{"feed":2,"mid":"1","sub_mid":"0","fallback":300000}]})");
  EXPECT_EQ(fallback(), 300 * kMillisecond);
}

TEST_F(SubscriberTest, DelaysAreOfVideoAndChecked) {
  join_all();
  start(client, handle);
  act(R"({"request":"configure","max_delay":20})");
  const PlayoutDelay delay{.min_10ms = 0, .max_10ms = 20};
  EXPECT_EQ(media.peers[handle].wishes[0].playout_delay, std::nullopt);
  EXPECT_EQ(media.peers[handle].wishes[1].playout_delay, delay);
  for (const char* wrong : {R"({"request":"configure","min_delay":4096})",
                            R"({"request":"configure","max_delay":4096})",
                            R"({"request":"configure","min_delay":3,"max_delay":2})"}) {
    EXPECT_EQ(act(wrong),
              error(430,
                    "Invalid value (min_delay should be at most max_delay, max_delay at most "
                    "4095)"))
        << wrong;
  }
}

TEST_F(SubscriberTest, StreamsHavePrioritiesAndTheReceiverALimit) {
  join_all(R"([{"feed":1,"mid":"0"},{"feed":1,"mid":"1","priority":200}])");
  EXPECT_EQ(media.peers[handle].wishes[0].priority, 0);
  EXPECT_EQ(media.peers[handle].wishes[1].priority, 200);
  EXPECT_FALSE(media.peers[handle].receiver_limit_bps);
  start(client, handle);
  act(R"({"request":"configure","mid":"1","priority":3,"bitrate":500000})");
  EXPECT_EQ(media.peers[handle].wishes[1].priority, 3);
  EXPECT_EQ(media.peers[handle].receiver_limit_bps, 500'000U);
  act(R"({"request":"configure","bitrate":0})");
  EXPECT_EQ(media.peers[handle].receiver_limit_bps, 0U) << "no limit";
  const auto updated = act(R"({"request":"subscribe","streams":[{"feed":2,"mid":"0"}]})");
  EXPECT_EQ(updated.at("streams").at(1).at("priority"), 3);
  EXPECT_FALSE(updated.at("streams").at(0).as_object().contains("priority"));
  EXPECT_EQ(act(R"({"request":"configure","mid":"1","priority":256})"),
            error(430, "Invalid value (priority should be 0 to 255)"));
}

TEST_F(SubscriberTest, WhatIsAskedForIsReadAgainWhenASourceBecomesSimulcast) {
  join_all();
  start(client, handle);
  act(R"({"request":"configure","mid":"1","substream":0,"spatial_layer":1})");
  ASSERT_EQ(media.peers[handle].wishes[1].limit.spatial, 1);
  async(client, feeds[1], {{"request", "configure"}},
        offer("m=audio 0 opus\nm=video 1 vp8 simulcast"));
  EXPECT_EQ(media.peers[handle].wishes[1].limit.spatial, 0);
}

TEST_F(SubscriberTest, WhichLayerIsReceivedIsToldOnePartAtATime) {
  publish(client, feeds[1]);
  async(client, feeds[1], {{"request", "configure"}},
        offer("m=audio 0 opus\nm=video 1 vp8 simulcast"));
  join_all();
  start(client, handle);
  take(client, handle);
  const auto told = [&](std::uint32_t mindex, Layer layer) {
    core.on_layer(handle, mindex, layer, now);
    return take(client, handle);
  };
  EXPECT_EQ(told(1, {.spatial = 2, .temporal = 2}),
            (std::vector{parse(R"({"videoroom":"event","room":77,"mid":"1","substream":2})"),
                         parse(R"({"videoroom":"event","room":77,"mid":"1","temporal":2})")}));
  EXPECT_EQ(told(1, {.spatial = 1, .temporal = 2}),
            (std::vector{parse(R"({"videoroom":"event","room":77,"mid":"1","substream":1})")}));
  EXPECT_EQ(told(1, {.spatial = 1, .temporal = 2}), std::vector<json::object>{});
  EXPECT_EQ(told(7, {}), std::vector<json::object>{});
  const auto updated = act(R"({"request":"subscribe","streams":[{"feed":2,"mid":"0"}]})");
  EXPECT_EQ(updated.at("streams").at(1).at("simulcast"),
            json::parse(R"({"substream":1,"substream-target":2,"temporal-layer":2,
                            "temporal-layer-target":2})"));
}

TEST_F(SubscriberTest, ALayerThatIsReceivedAlreadyIsToldToWhoAsksForIt) {
  publish(client, feeds[1]);
  async(client, feeds[1], {{"request", "configure"}},
        offer("m=audio 0 opus\nm=video 1 vp8 simulcast"));
  join_all();
  start(client, handle);
  core.on_layer(handle, 1, {.spatial = 0, .temporal = 2}, now);
  take(client, handle);
  const auto told = [&](const char* request) {
    act(request);
    return take(client, handle);
  };
  EXPECT_EQ(told(R"({"request":"configure","mid":"1","substream":0,"temporal":1})"),
            (std::vector{parse(R"({"videoroom":"event","room":77,"mid":"1","substream":0})")}));
  EXPECT_EQ(told(R"({"request":"configure","mid":"1","substream":1})"),
            std::vector<json::object>{});
  EXPECT_EQ(told(R"({"request":"configure","mid":"0","substream":0})"),
            std::vector<json::object>{});
}

TEST_F(SubscriberTest, ThatItsWayIsTooSlowForAPictureIsToldAndThatItIsNotAnyMore) {
  join_all();
  start(client, handle);
  take(client, handle);
  core.on_starved(handle, 1, true, now);
  core.on_starved(handle, 1, false, now);
  core.on_starved(handle, 7, true, now);
  EXPECT_EQ(take(client, handle),
            (std::vector{parse(R"({"videoroom":"event","room":77,"mid":"1","starved":true})"),
                         parse(R"({"videoroom":"event","room":77,"mid":"1","starved":false})")}));
  take(client, feeds[1]);
  core.on_starved(feeds[1], 1, true, now);
  EXPECT_EQ(take(client, feeds[1]), std::vector<json::object>{}) << "a publisher receives nothing";
}

TEST_F(SubscriberTest, ConfigureIsChecked) {
  join_all();
  EXPECT_EQ(act(R"({"request":"configure","mid":"7"})"),
            error(428, "No such mid '7' in subscription"));
  EXPECT_EQ(act(R"({"request":"configure","mid":"00"})"),
            error(428, "No such mid '00' in subscription"));
  EXPECT_EQ(act(R"({"request":"configure","streams":[{"substream":1}]})"),
            error(430, "Invalid value (mid can't be null in a streams array)"));
  EXPECT_EQ(act(R"({"request":"configure","substream":3})"),
            error(430, "Invalid value (substream/spatial_layer should be 0, 1 or 2)"));
  EXPECT_EQ(act(R"({"request":"configure","mid":1})"),
            error(430, "Invalid element type (mid should be a string)"));
  EXPECT_EQ(act(R"({"request":"configure","streams":[{"mid":"0","send":false},{"mid":"9"}]})"),
            error(428, "No such mid '9' in subscription"));
  EXPECT_EQ(media.peers[handle].paused, (std::vector<bool>{false, false})) << "nothing was applied";
}

TEST_F(SubscriberTest, SubscribeAddsMlinesAtTheEnd) {
  join_all();
  start(client, handle);
  const json::object answer =
      message(client, handle, parse(R"({"request":"subscribe","streams":[{"feed":2}]})"));
  EXPECT_EQ(data_of(answer).at("videoroom"), "updated");
  EXPECT_EQ(data_of(answer).at("streams").as_array().size(), 4u);
  EXPECT_EQ(data_of(answer).at("streams").at(0).at("ready"), true);
  EXPECT_EQ(data_of(answer).at("streams").at(3).at("ready"), false);
  EXPECT_EQ(answer.at("jsep").at("type"), "offer");
  EXPECT_EQ(mlines().size(), 4u);
}

TEST_F(SubscriberTest, NoChangeIsUpdatedWithoutOffer) {
  join_all();
  start(client, handle);
  for (const char* body : {R"({"request":"subscribe","streams":[{"feed":1}]})",
                           R"({"request":"unsubscribe","streams":[{"feed":3}]})",
                           R"({"request":"unsubscribe","streams":[{"sub_mid":"9"}]})"}) {
    const json::object answer = message(client, handle, parse(body));
    EXPECT_EQ(data_of(answer), parse(R"({"videoroom":"updated","room":77})")) << body;
    EXPECT_FALSE(answer.contains("jsep"));
  }
}

TEST_F(SubscriberTest, UnsubscribedMlineIsReusedByItsKind) {
  join_all(R"([{"feed":1},{"feed":2}])");
  start(client, handle);
  const auto updated = act(R"({"request":"unsubscribe","streams":[{"feed":1,"mid":"1"}]})");
  EXPECT_EQ(
      updated.at("streams").at(1),
      json::parse(
          R"({"type":"video","active":false,"mindex":1,"mid":"1","ready":false,"send":true})"));
  EXPECT_FALSE(mlines()[1].is_active);
  start(client, handle);
  act(R"({"request":"subscribe","streams":[{"feed":3}]})");
  start(client, handle);
  ASSERT_EQ(mlines().size(), 5u);
  EXPECT_EQ(mlines()[1].source, media.peers[feeds[3]].streams["1"]);
  EXPECT_EQ(mlines()[4].source, media.peers[feeds[3]].streams["0"]);
}

TEST_F(SubscriberTest, UnsubscribeBySubMid) {
  join_all();
  start(client, handle);
  const auto updated = act(R"({"request":"unsubscribe","streams":[{"sub_mid":"0"}]})");
  EXPECT_EQ(updated.at("streams").at(0).at("active"), false);
  EXPECT_EQ(updated.at("streams").at(1).at("active"), true);
}

TEST_F(SubscriberTest, UpdateDoesBothWithOneOffer) {
  join_all();
  start(client, handle);
  const int offers = media.peers[handle].offers;
  act(R"({"request":"update","subscribe":[{"feed":2}],"unsubscribe":[{"feed":1}]})");
  EXPECT_EQ(media.peers[handle].offers, offers + 1);
  ASSERT_EQ(mlines().size(), 2u);
  EXPECT_EQ(mlines()[0].source, media.peers[feeds[2]].streams["0"]);
}

TEST_F(SubscriberTest, ListsAreChecked) {
  join_all();
  start(client, handle);
  EXPECT_EQ(act(R"({"request":"update"})"),
            error(429, "At least one of either 'subscribe' or 'unsubscribe' must be present"));
  EXPECT_EQ(act(R"({"request":"update","subscribe":[]})"), error(430, "Empty subscription list"));
  EXPECT_EQ(act(R"({"request":"update","unsubscribe":[]})"),
            error(430, "Empty unsubscription list"));
  EXPECT_EQ(act(R"({"request":"subscribe"})"), error(429, "Missing mandatory element (streams)"));
  EXPECT_EQ(act(R"({"request":"unsubscribe","streams":[]})"),
            error(430, "Empty unsubscription list"));
  EXPECT_EQ(act(R"({"request":"switch","streams":[]})"), error(430, "Empty switch list"));
  EXPECT_EQ(act(R"({"request":"update","unsubscribe":[{"feed":1}],"subscribe":[{"feed":9}]})"),
            error(428, "No such feed (9)"));
  EXPECT_EQ(core.counts().rooms.subscriptions, 2u) << "the first half was not applied";
}

TEST_F(SubscriberTest, ChangesDuringAnOfferCollapseIntoOneLater) {
  join_all();
  for (const char* body : {R"({"request":"subscribe","streams":[{"feed":2}]})",
                           R"({"request":"unsubscribe","streams":[{"feed":1,"mid":"0"}]})"}) {
    const json::object answer = message(client, handle, parse(body));
    EXPECT_EQ(data_of(answer), parse(R"({"videoroom":"updating","room":77})"));
    EXPECT_FALSE(answer.contains("jsep"));
  }
  EXPECT_EQ(media.peers[handle].offers, 1);
  EXPECT_EQ(media.peers[handle].paused[0], true) << "what was unsubscribed falls silent at once";
  unpublish(3);
  start(client, handle);
  const auto events = take(client, handle);
  ASSERT_EQ(events.size(), 1u);
  EXPECT_EQ(events[0].at("videoroom"), "updated");
  EXPECT_EQ(events[0].at("streams").as_array().size(), 4u);
  EXPECT_EQ(events[0].at("streams").at(1).at("ready"), true);
  EXPECT_EQ(media.peers[handle].offers, 2);
  start(client, handle);
  EXPECT_TRUE(take(client, handle).empty());
}

TEST_F(SubscriberTest, MlineGivenAwayDuringAnOfferStaysSilentUntilItIsOffered) {
  join_all(R"([{"feed":1,"mid":"1"}])");
  act(R"({"request":"update","unsubscribe":[{"feed":1}],"subscribe":[{"feed":2,"mid":"1"}]})");
  EXPECT_EQ(media.peers[handle].paused, std::vector<bool>{true});
  start(client, handle);
  EXPECT_EQ(media.peers[handle].paused, std::vector<bool>{false});
  EXPECT_EQ(mlines()[0].source, media.peers[feeds[2]].streams["1"]);
}

TEST_F(SubscriberTest, RestartOffersAgainOrLater) {
  join_all();
  const json::object pending =
      message(client, handle, {{"request", "configure"}, {"restart", true}});
  EXPECT_EQ(data_of(pending), parse(R"({"videoroom":"event","room":77,"configured":"ok"})"))
      << "every request is answered, also while an offer is pending";
  EXPECT_FALSE(pending.contains("jsep"));
  start(client, handle);
  take(client, handle);
  EXPECT_TRUE(media.peers[handle].has_restarted);
  start(client, handle);
  const json::object now_offered =
      message(client, handle, {{"request", "configure"}, {"restart", true}});
  EXPECT_EQ(now_offered.at("jsep").at("restart"), true);
  start(client, handle);
  const json::object updated =
      message(client, handle, {{"request", "configure"}, {"update", true}});
  EXPECT_FALSE(updated.at("jsep").as_object().contains("restart"));
}

TEST_F(SubscriberTest, EndOfAFeedIsOfferedWithoutBeingAsked) {
  join_all(R"([{"feed":1},{"feed":2}])");
  start(client, handle);
  unpublish(1);
  const auto events = take(client, handle);
  ASSERT_EQ(events.size(), 1u);
  EXPECT_EQ(events[0].at("videoroom"), "updated");
  EXPECT_EQ(events[0].at("streams").at(0).at("active"), false);
  EXPECT_EQ(events[0].at("streams").at(2).at("active"), true);
  EXPECT_EQ(core.counts().rooms.subscriptions, 2u);
}

TEST_F(SubscriberTest, EndOfOneStreamOfAFeedIsOfferedToo) {
  join_all();
  start(client, handle);
  async(client, feeds[1], {{"request", "configure"}},
        offer("m=audio 0 opus\nm=video 1 vp8 inactive"));
  const auto events = take(client, handle);
  ASSERT_EQ(events.size(), 1u);
  EXPECT_EQ(events[0].at("streams").at(0).at("active"), true);
  EXPECT_EQ(events[0].at("streams").at(1).at("active"), false);
}

TEST_F(SubscriberTest, WithoutAutoupdateNothingIsSaid) {
  join_all(R"([{"feed":1}])", {{"autoupdate", false}});
  start(client, handle);
  unpublish(1);
  EXPECT_TRUE(take(client, handle).empty());
  EXPECT_EQ(core.counts().rooms.subscriptions, 0u);
  const auto updated = act(R"({"request":"subscribe","streams":[{"feed":2}]})");
  EXPECT_EQ(updated.at("streams").as_array().size(), 2u) << "the m-lines were free";
}

TEST_F(SubscriberTest, FullMediaIsTriedAgainWithTheNextChange) {
  join_all(R"([{"feed":1},{"feed":2}])");
  start(client, handle);
  media.refuses = MediaError{MediaErrorKind::kCapacity, "full"};
  unpublish(1);
  EXPECT_TRUE(take(client, handle).empty());
  EXPECT_EQ(act(R"({"request":"subscribe","streams":[{"feed":3}]})").at("error_code"), 499);
  media.refuses.reset();
  unpublish(2);
  EXPECT_EQ(take(client, handle).at(0).at("streams").at(0).at("active"), false);
}

TEST_F(SubscriberTest, SwitchChangesSourcesAndSkipsWhatDoesNotFit) {
  async(client, feeds[3], {{"request", "configure"}}, offer("m=audio 0 opus\nm=video 1 h264"));
  join_all();
  start(client, handle);
  EXPECT_EQ(act(R"({"request":"switch","streams":[{"feed":9,"mid":"1","sub_mid":"1"}]})"),
            error(428, "No such feed (9)"));
  EXPECT_EQ(act(R"({"request":"switch","streams":[{"feed":2,"mid":"9","sub_mid":"1"}]})"),
            error(428, "No such mid '9' in feed (2)"));
  const auto switched = act(R"({"request":"switch","streams":[
      {"feed":2,"mid":"1","sub_mid":"1","substream":0},
      {"feed":2,"mid":"0","sub_mid":"7"},
      {"feed":2,"mid":"1","sub_mid":"0"},
      {"feed":1,"mid":"0","sub_mid":"0"},
      {"feed":3,"mid":"1","sub_mid":"1"}]})");
  EXPECT_EQ(switched.at("switched"), "ok");
  EXPECT_EQ(switched.at("changes"), 1);
  EXPECT_EQ(switched.at("streams").at(1).at("feed_id"), 2);
  EXPECT_EQ(mlines()[1].source, media.peers[feeds[2]].streams["1"]);
}

TEST_F(SubscriberTest, SwitchByFeedAloneShowsItsStreamsInTheirPlaces) {
  join_all();
  start(client, handle);
  EXPECT_EQ(act(R"({"request":"switch","feed":9})"), error(428, "No such feed (9)"));
  EXPECT_EQ(act(R"({"request":"switch","feed":"2"})"),
            error(430, "Invalid element type (feed should be a positive integer)"));
  EXPECT_EQ(act(R"({"request":"switch"})"), error(429, "Missing mandatory element (streams)"));
  EXPECT_EQ(act(R"({"request":"switch","feed":1})"), error(430, "Empty switch list"))
      << "it shows that already";
  const auto switched = act(R"({"request":"switch","feed":2})");
  EXPECT_EQ(switched.at("switched"), "ok");
  EXPECT_EQ(switched.at("changes"), 2);
  EXPECT_EQ(switched.at("streams").at(0).at("feed_id"), 2);
  EXPECT_EQ(mlines()[0].source, media.peers[feeds[2]].streams["0"]);
  EXPECT_EQ(mlines()[1].source, media.peers[feeds[2]].streams["1"]);
}

TEST_F(SubscriberTest, WhoHasJoinedCannotJoinAndConfigure) {
  join_all();
  EXPECT_EQ(act(R"({"request":"joinandconfigure"})"),
            error(423, "Unknown request 'joinandconfigure'"));
}

TEST_F(SubscriberTest, LeaveClosesAndTheHandleMayJoinAgain) {
  join_all();
  EXPECT_EQ(act(R"({"request":"leave"})"), parse(R"({"videoroom":"event","room":77,"left":"ok"})"));
  EXPECT_FALSE(media.exists(handle));
  EXPECT_EQ(take(client, handle).at(0).at("janus"), "hangup");
  EXPECT_EQ(act(R"({"request":"start"})").at("error_code"), 424);
  EXPECT_EQ(join_all().at("videoroom"), "attached");
}

TEST_F(SubscriberTest, DestroyedRoomClosesSubscribers) {
  join_all();
  sync(client, attach(client), {{"request", "destroy"}, {"room", 77}});
  EXPECT_FALSE(media.exists(handle));
  EXPECT_EQ(take(client, handle).at(0).at("reason"), "Close PC");
  EXPECT_EQ(act(R"({"request":"start"})").at("error_code"), 424);
}

TEST_F(SubscriberTest, EncryptedAndClearFeedsDoNotMix) {
  async(client, feeds[1], {{"request", "unpublish"}});
  json::object encrypted = offer(kAudioVideo);
  encrypted["e2ee"] = true;
  async(client, feeds[1], {{"request", "publish"}}, encrypted);
  EXPECT_EQ(join_all(R"([{"feed":1},{"feed":2}])"),
            error(438, "Can't mix normal and end-to-end encrypted subscriptions"));
  join_all(R"([{"feed":2}])");
  start(client, handle);
  EXPECT_EQ(act(R"({"request":"subscribe","streams":[{"feed":1}]})"),
            error(438, "Can't have end-to-end encrypted feed in this subscription (1)"));
}

}  // namespace
}  // namespace penstock::janus
