// A room with more subscribers than one turn of the control thread has time for.
#include <algorithm>
#include <iterator>

#include "tests/unit/janus/janus_test.h"

namespace penstock::janus {
namespace {

constexpr std::size_t kSubscribers = 300;

class LargeRoomTest : public JanusTest {
 protected:
  LargeRoomTest() : JanusTest(large_config()) {}
  static JanusConfig large_config() {
    JanusConfig config = test_config();
    config.limits.handles_per_session_max = 2 * kSubscribers;
    return config;
  }
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
  int run_turns() {
    int turns = 0;
    for (; core.next_timeout() <= now; ++turns) {
      core.handle_timeout(now);
      expect_everything_owned();
    }
    return turns;
  }

  Client client;
  std::uint64_t publisher = 0;
  std::vector<std::uint64_t> handles;
};

TEST_F(LargeRoomTest, ItsSubscribersGoAPartATurnAndAllAreTold) {
  EXPECT_EQ(destroy_room().at("videoroom"), "destroyed");
  EXPECT_FALSE(media.exists(publisher)) << "nothing is sent any more";
  EXPECT_GT(connected(), kSubscribers / 2);
  EXPECT_LE(core.next_timeout(), now) << "the rest is due at once";
  EXPECT_GE(run_turns(), 2);
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
  run_turns();
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
  run_turns();
  EXPECT_EQ(connected(), 0U);
  EXPECT_LE(hangups_of(leaver), 1U);
  EXPECT_EQ(hangups_of(asker), 1U);
}

}  // namespace
}  // namespace penstock::janus
