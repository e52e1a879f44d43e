// Rooms with more people than one turn of the control thread has time for.
#include <algorithm>
#include <iterator>

#include "tests/unit/janus/janus_test.h"

namespace penstock::janus {
namespace {

constexpr std::size_t kPeople = 300;

class ManyHandlesTest : public JanusTest {
 protected:
  ManyHandlesTest() : JanusTest(large_config()) {}
  static JanusConfig large_config() {
    JanusConfig config = test_config();
    config.limits.handles_per_session_max = 2 * kPeople;
    return config;
  }

  Client client;
  std::vector<std::uint64_t> handles;
};

constexpr std::size_t kSubscribers = kPeople;

class LargeRoomTest : public ManyHandlesTest {
 protected:
  void SetUp() override {
    create_room(77);
    client = connect();
    publisher = attach(client);
    join(client, publisher, 77, 1);
    publish(client, publisher);
    for (std::size_t i = 0; i < kSubscribers; ++i) {
      handles.push_back(attach(client));
      subscribe(client, handles.back(), 77, R"([{"feed":1}])");
      start(client, handles.back());
    }
    client.inbox.clear();
  }
  json::object destroy_room() {
    return sync(client, attach(client), {{"request", "destroy"}, {"room", 77}});
  }
  std::size_t hangups_of(std::uint64_t handle) {
    const std::vector<json::object> all = take(client, handle);
    return static_cast<std::size_t>(std::ranges::count_if(
        all, [](const json::object& each) { return each.at("janus") == "hangup"; }));
  }
  std::size_t connected() const {
    return static_cast<std::size_t>(std::ranges::count_if(
        handles, [this](std::uint64_t handle) { return media.exists(handle); }));
  }

  std::uint64_t publisher = 0;
};

TEST_F(LargeRoomTest, ItsSubscribersGoAPartATurnAndAllAreTold) {
  EXPECT_EQ(destroy_room().at("videoroom"), "destroyed");
  EXPECT_FALSE(media.exists(publisher)) << "nothing is sent any more";
  EXPECT_GT(connected(), kSubscribers / 2);
  EXPECT_LE(core.next_timeout(), now) << "the rest is due at once";
  EXPECT_GE(run_what_is_due(), 2);
  EXPECT_EQ(connected(), 0U);
  for (const std::uint64_t handle : handles) EXPECT_EQ(hangups_of(handle), 1U);
  EXPECT_EQ(core.counts().rooms, baseline.rooms);
}

TEST_F(LargeRoomTest, ItsIdIsFreeAtOnce) {
  destroy_room();
  create_room(77);
  Client other = connect("192.0.2.2");
  const std::uint64_t handle = attach(other);
  EXPECT_EQ(join(other, handle, 77, 5).at("videoroom"), "joined");
  run_what_is_due();
  EXPECT_EQ(core.counts().rooms.participants, baseline.rooms.participants + 1)
      << "the new room has nothing to do with the old one's end";
}

TEST_F(LargeRoomTest, WhatItsSubscribersDoMeanwhileIsAnsweredAndTheyGoAllTheSame) {
  destroy_room();
  std::vector<std::uint64_t> waiting;
  std::ranges::copy_if(handles, std::back_inserter(waiting),
                       [this](std::uint64_t handle) { return media.exists(handle); });
  ASSERT_GE(waiting.size(), 3U);
  const std::uint64_t detached = waiting[0], leaver = waiting[1], asker = waiting[2];
  EXPECT_EQ(ask(client, {{"janus", "detach"}, {"handle_id", detached}}).at("janus"), "success");
  EXPECT_EQ(async(client, leaver, {{"request", "leave"}}).at("left"), "ok");
  message(client, asker, {{"request", "subscribe"}, {"streams", json::array{{{"feed", 1}}}}});
  message(client, asker, {{"request", "configure"}, {"restart", true}});
  message(client, asker, {{"request", "pause"}});
  run_what_is_due();
  EXPECT_EQ(connected(), 0U);
  EXPECT_LE(hangups_of(leaver), 1U);
  EXPECT_EQ(hangups_of(asker), 1U);
}

// The offers that a subscriber did not ask for: they answer no request.
std::size_t updates_in(const std::vector<json::object>& events) {
  return static_cast<std::size_t>(std::ranges::count_if(events, [](const json::object& each) {
    return each.contains("videoroom") && each.at("videoroom") == "updated";
  }));
}

TEST_F(LargeRoomTest, AFeedThatLeavesIsOfferedAwayAPartATurn) {
  EXPECT_EQ(async(client, publisher, {{"request", "leave"}}).at("leaving"), "ok");
  const auto offered = [&] {
    return std::ranges::count_if(handles, [&](auto h) { return media.peers.at(h).offers == 2; });
  };
  EXPECT_LT(offered(), static_cast<std::ptrdiff_t>(kSubscribers));
  EXPECT_LE(core.next_timeout(), now);
  EXPECT_GE(run_what_is_due(), 3);
  EXPECT_EQ(offered(), static_cast<std::ptrdiff_t>(kSubscribers));
  for (const std::uint64_t handle : handles) {
    EXPECT_EQ(updates_in(take(client, handle)), 1U);
    EXPECT_FALSE(media.peers.at(handle).mlines.at(0).is_active);
  }
  EXPECT_EQ(core.counts().rooms.subscriptions, baseline.rooms.subscriptions);
}

TEST_F(LargeRoomTest, WhatHappensWhileTheyAreToldIsInTheOneOfferThatTheyGet) {
  join(client, publisher, 77, 1);
  const std::uint64_t second = attach(client);
  join(client, second, 77, 2);
  publish(client, second);
  for (const std::uint64_t handle : handles) {
    message(client, handle, parse(R"({"request":"subscribe","streams":[{"feed":2}]})"));
    start(client, handle);
  }
  client.inbox.clear();
  async(client, publisher, {{"request", "unpublish"}});
  async(client, second, {{"request", "unpublish"}});
  run_what_is_due();
  for (const std::uint64_t handle : handles) {
    const FakeMedia::Peer& peer = media.peers.at(handle);
    EXPECT_EQ(updates_in(take(client, handle)), 1U);
    EXPECT_TRUE(std::ranges::none_of(peer.mlines, &SubscriberMline::is_active));
  }
}

// A feed of the same name is another feed: nobody gets it who had the first.
TEST_F(LargeRoomTest, ANewFeedOfTheSameIdIsNotShownInThePlaceOfTheOld) {
  async(client, publisher, {{"request", "leave"}});
  const std::uint64_t other = attach(client);
  join(client, other, 77, 1);
  publish(client, other);
  const std::uint64_t last = handles.back();
  ASSERT_EQ(media.peers.at(last).offers, 1) << "it has not been told yet";
  message(client, last, {{"request", "pause"}});
  EXPECT_EQ(updates_in(take(client, last)), 1U) << "it is told before it is answered";
  start(client, last);
  message(client, last, parse(R"({"request":"subscribe","streams":[{"feed":1}]})"));
  EXPECT_TRUE(media.peers.at(last).mlines.at(0).is_active) << "the new one, as it asked for it";
  run_what_is_due();
  EXPECT_TRUE(media.peers.at(last).mlines.at(0).is_active);
  for (const std::uint64_t handle : handles)
    EXPECT_EQ(media.peers.at(handle).mlines.at(0).is_active, handle == last);
}

TEST_F(LargeRoomTest, WhoLeavesBeforeItIsToldHearsNothing) {
  async(client, publisher, {{"request", "leave"}});
  const std::uint64_t last = handles.back();
  ask(client, {{"janus", "detach"}, {"handle_id", last}});
  run_what_is_due();
  EXPECT_EQ(updates_in(take(client, last)), 0U);
}

TEST_F(LargeRoomTest, KickedWithTheirParticipantTheyGoAPartATurn) {
  create_room(78, {{"require_pvtid", true}});
  const std::uint64_t owner = attach(client);
  const auto private_id = join(client, owner, 78, 5).at("private_id");
  publish(client, owner);
  std::vector<std::uint64_t> theirs;
  for (int i = 0; i < 100; ++i) {
    theirs.push_back(attach(client));
    message(client, theirs.back(),
            {{"request", "join"},
             {"ptype", "subscriber"},
             {"room", 78},
             {"private_id", private_id},
             {"streams", json::array{{{"feed", 5}}}}});
  }
  client.inbox.clear();
  sync(client, attach(client), {{"request", "kick"}, {"room", 78}, {"id", 5}});
  EXPECT_GE(run_what_is_due(), 2);
  for (const std::uint64_t handle : theirs) {
    EXPECT_FALSE(media.exists(handle));
    EXPECT_EQ(hangups_of(handle), 1U);
  }
}

class ManyParticipantsTest : public ManyHandlesTest {
 protected:
  void SetUp() override {
    create_room(77, {{"notify_joining", true}, {"publishers", 10}});
    client = connect();
    for (std::uint64_t id = 1; id <= kPeople; ++id) {
      handles.push_back(attach(client));
      join(client, handles.back(), 77, id);
    }
    run_what_is_due();
    sender.sent[client.channel].clear();
    client.inbox.clear();
  }
  // What the handle was told, each by the member that says what it is about.
  std::vector<std::string> told(std::uint64_t handle) {
    std::vector<std::string> all;
    for (const json::object& each : take(client, handle)) {
      if (!each.contains("videoroom")) continue;
      for (const char* what : {"joining", "publishers", "unpublished", "leaving", "moderation"}) {
        if (each.contains(what)) all.emplace_back(what);
      }
      if (each.at("videoroom") == "destroyed") all.emplace_back("destroyed");
    }
    return all;
  }
};

TEST_F(ManyParticipantsTest, AllAreToldOnceAndInOrderOverSeveralTurns) {
  publish(client, handles[0]);
  async(client, handles[0], {{"request", "unpublish"}});
  const std::uint64_t late = attach(client);
  EXPECT_TRUE(join(client, late, 77, kPeople + 1).at("publishers").as_array().empty());
  async(client, handles[1], {{"request", "leave"}});
  EXPECT_GE(run_what_is_due(), 3);
  const std::vector<std::string> all{"publishers", "unpublished", "joining", "leaving"};
  for (std::size_t i = 2; i < handles.size(); ++i) EXPECT_EQ(told(handles[i]), all) << i;
  EXPECT_EQ(told(late), std::vector<std::string>{"leaving"}) << "what was before is in `joined`";
}

TEST_F(ManyParticipantsTest, WhoAsksHearsFirstWhatCameBefore) {
  publish(client, handles[0]);
  const std::uint64_t last = handles.back();
  EXPECT_TRUE(told(last).empty());
  async(client, last, {{"request", "configure"}});
  EXPECT_EQ(told(last), std::vector<std::string>{"publishers"});
  run_what_is_due();
  EXPECT_TRUE(told(last).empty()) << "once is enough";
}

TEST_F(ManyParticipantsTest, OfAJoinThatFailsNobodyHears) {
  const std::uint64_t failing = attach(client);
  message(client, failing,
          parse(R"({"request":"joinandconfigure","ptype":"publisher","room":77,"id":999})"),
          offer("garbage"));
  publish(client, handles[0]);
  run_what_is_due();
  for (std::size_t i = 1; i < handles.size(); ++i)
    EXPECT_EQ(told(handles[i]), std::vector<std::string>{"publishers"});
}

TEST_F(ManyParticipantsTest, MoreNewsThanAreToldAreToldAllTheSame) {
  for (int i = 0; i < 150; ++i) {
    publish(client, handles[0]);
    async(client, handles[0], {{"request", "unpublish"}});
  }
  EXPECT_LT(run_what_is_due(), 650) << "who makes more than 256 waits until they are told";
  for (std::size_t i = 1; i < handles.size(); ++i) EXPECT_EQ(told(handles[i]).size(), 300U);
}

TEST_F(ManyParticipantsTest, TheEndOfTheRoomIsTheLastThatTheyHear) {
  publish(client, handles[0]);
  sync(client, attach(client), {{"request", "destroy"}, {"room", 77}});
  EXPECT_EQ(async(client, handles.back(), {{"request", "configure"}}),
            error(426, "No such room (77)"));
  EXPECT_GE(run_what_is_due(), 2);
  EXPECT_FALSE(media.exists(handles[0]));
  const std::vector<std::string> all{"publishers", "destroyed"};
  for (std::size_t i = 1; i < handles.size(); ++i) EXPECT_EQ(told(handles[i]), all) << i;
  EXPECT_EQ(core.counts().rooms, baseline.rooms);
}

}  // namespace
}  // namespace penstock::janus
