// Whole calls as the demo pages make them, ended in every order, and cut at every byte.
#include <algorithm>
#include <array>
#include <functional>

#include "tests/unit/janus/janus_test.h"

namespace penstock::janus {
namespace {

class SequenceTest : public JanusTest {
 protected:
  // Two that publish and subscribe to each other, each with a handle for either.
  struct Party {
    Client client;
    std::uint64_t publisher = 0;
    std::uint64_t subscriber = 0;
  };
  Party enter(std::uint64_t room, std::uint64_t id) {
    Party party;
    party.client = connect();
    party.publisher = attach(party.client);
    join(party.client, party.publisher, room, id);
    publish(party.client, party.publisher);
    return party;
  }
  void watch(Party& party, std::uint64_t room, std::uint64_t feed) {
    party.subscriber = attach(party.client);
    subscribe(party.client, party.subscriber, room, R"([{"feed":)" + std::to_string(feed) + "}]");
    start(party.client, party.subscriber);
  }
};

TEST_F(SequenceTest, MultistreamDemo) {
  create_room(9);
  Party a = enter(9, 1);
  Party b = enter(9, 2);
  watch(b, 9, 1);
  Party c = enter(9, 3);
  async(b.client, b.subscriber,
        parse(R"({"request":"update","subscribe":[{"feed":3}],"unsubscribe":[]})"));
  async(b.client, b.subscriber, parse(R"({"request":"subscribe","streams":[{"feed":3}]})"));
  start(b.client, b.subscriber);
  async(b.client, b.subscriber, parse(R"({"request":"configure","mid":"1","substream":1})"));
  async(b.client, b.subscriber, parse(R"({"request":"unsubscribe","streams":[{"feed":1}]})"));
  start(b.client, b.subscriber);
  sync(a.client, a.publisher, {{"request", "kick"}, {"room", 9}, {"id", 3}});
  EXPECT_EQ(take(b.client, b.subscriber).back().at("videoroom"), "updated");
  EXPECT_EQ(core.counts().rooms.subscriptions, 0u);
  async(a.client, a.publisher, {{"request", "leave"}});
  EXPECT_EQ(core.counts().rooms.participants, 1u);
}

TEST_F(SequenceTest, EveryOrderOfEndsLeavesNothing) {
  using Step = std::function<void(Party&, Party&)>;
  const std::array<Step, 8> steps = {
      [&](Party& a, Party&) { message(a.client, a.publisher, {{"request", "leave"}}); },
      [&](Party& a, Party&) { message(a.client, a.publisher, {{"request", "unpublish"}}); },
      [&](Party& a, Party&) { ask(a.client, {{"janus", "detach"}, {"handle_id", a.publisher}}); },
      [&](Party&, Party& b) { message(b.client, b.subscriber, {{"request", "leave"}}); },
      [&](Party&, Party& b) { ask(b.client, {{"janus", "hangup"}, {"handle_id", b.subscriber}}); },
      [&](Party&, Party& b) {
        message(b.client, b.publisher, {{"request", "kick"}, {"room", 9}, {"id", 1}});
      },
      [&](Party&, Party& b) {
        message(b.client, b.publisher, {{"request", "destroy"}, {"room", 9}});
      },
      [&](Party& a, Party&) { close(a.client.channel); },
  };
  // Every ordered choice of three of the eight.
  for (std::size_t i = 0; i < steps.size(); ++i) {
    for (std::size_t j = 0; j < steps.size(); ++j) {
      for (std::size_t k = 0; k < steps.size(); ++k) {
        if (i == j || j == k || i == k) continue;
        const Counts before = core.counts();
        create_room(9);
        Party a = enter(9, 1);
        Party b = enter(9, 2);
        watch(a, 9, 2);
        watch(b, 9, 1);
        for (const std::size_t step : {i, j, k}) steps[step](a, b);
        Client admin = connect();
        message(admin, attach(admin), {{"request", "destroy"}, {"room", 9}});
        for (const ChannelId channel : {a.client.channel, b.client.channel, admin.channel}) {
          if (open_channels.contains(channel)) close(channel);
        }
        ASSERT_EQ(core.counts(), before) << i << ' ' << j << ' ' << k;
        ASSERT_TRUE(media.peers.empty()) << i << ' ' << j << ' ' << k;
      }
    }
  }
}

TEST_F(SequenceTest, SubscriberAndPublisherEndInTheSameSession) {
  create_room(9);
  Party a = enter(9, 1);
  watch(a, 9, 1);  // of itself
  ask(a.client, {{"janus", "destroy"}});
  EXPECT_EQ(core.counts().handles, 0u);
  EXPECT_EQ(core.counts().rooms.participants, 0u);
  EXPECT_EQ(core.counts().rooms.subscribers, 0u);
}

TEST_F(SequenceTest, ConnectionCutAtAnyByteOfAnyRequestIsHarmless) {
  create_room(9);
  Party a = enter(9, 1);
  const auto requests = [&](std::uint64_t session, std::uint64_t handle) {
    const std::string ids = R"(,"transaction":"t","session_id":)" + std::to_string(session) +
                            R"(,"handle_id":)" + std::to_string(handle);
    const auto body = [&](std::string_view text, std::string_view jsep = "") {
      return R"({"janus":"message")" + ids + R"(,"body":)" + std::string(text) + std::string(jsep) +
             "}";
    };
    return std::vector<std::string>{
        R"({"janus":"trickle")" + ids + R"(,"candidate":{"completed":true}})",
        body(R"({"request":"join","ptype":"subscriber","room":9,"streams":[{"feed":1}]})"),
        body(R"({"request":"start"})", R"(,"jsep":{"type":"answer","sdp":"v=0"})"),
        body(R"({"request":"update","unsubscribe":[{"feed":1}]})"),
        body(R"({"request":"configure","streams":[{"mid":"0","send":true}]})"),
        body(R"({"request":"create","room":10,"description":"x"})"),
        body(R"({"request":"destroy","room":10})"),
    };
  };
  const std::size_t count = requests(1, 1).size();
  for (std::size_t cut_request = 0; cut_request < count; ++cut_request) {
    for (std::size_t cut = 0;; ++cut) {
      const Counts before = core.counts();
      Client client = connect();
      const auto texts = requests(client.session, attach(client));
      for (std::size_t i = 0; i < cut_request; ++i) send(client.channel, texts[i]);
      const std::string part = texts[cut_request].substr(0, cut);
      if (cut < texts[cut_request].size()) {
        const auto replies = send(client.channel, part);
        ASSERT_EQ(replies.size(), 1u);
        ASSERT_EQ(replies[0].at("error").at("code"), 454) << part;
      }
      close(client.channel);
      Client cleaner = connect();
      message(cleaner, attach(cleaner), {{"request", "destroy"}, {"room", 10}});
      close(cleaner.channel);
      ASSERT_EQ(core.counts(), before) << part;
      if (cut >= texts[cut_request].size()) break;
    }
  }
}

TEST_F(SequenceTest, EveryRequestIsAnsweredOnce) {
  create_room(9);
  Party a = enter(9, 1);
  const std::uint64_t handle = attach(a.client);
  for (const char* name : {"create",
                           "edit",
                           "destroy",
                           "exists",
                           "list",
                           "listparticipants",
                           "allowed",
                           "kick",
                           "moderate",
                           "join",
                           "joinandconfigure",
                           "publish",
                           "configure",
                           "unpublish",
                           "leave",
                           "start",
                           "pause",
                           "subscribe",
                           "unsubscribe",
                           "update",
                           "switch",
                           "rtp_forward",
                           ""}) {
    for (const std::uint64_t to : {handle, a.publisher}) {
      int finals = 0;
      const std::string transaction = std::string("x-") + name;
      for (const json::object& reply :
           send(a.client.channel,
                json::serialize(json::object{{"janus", "message"},
                                             {"transaction", transaction},
                                             {"session_id", a.client.session},
                                             {"handle_id", to},
                                             {"body", {{"request", name}, {"room", 8}}}}))) {
        const json::value* answered = reply.if_contains("transaction");
        if (answered == nullptr || *answered != json::value(transaction)) continue;
        finals += reply.at("janus") == "ack" ? 0 : 1;
      }
      EXPECT_EQ(finals, 1) << name;
    }
  }
  rooms_made.emplace_back(8);
}

}  // namespace
}  // namespace penstock::janus
