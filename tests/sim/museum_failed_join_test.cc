// Goal: a join that is refused leaves nothing behind, at whatever step and for whatever reason it
// is refused, and the next one works. Method: one table of requests that must fail, each to a fresh
// handle; then pools so small that each of them is the one that is full, for publishers and for
// subscribers. The server must hold exactly what it held before.
#include <gtest/gtest.h>

#include "tests/sim/expectations.h"
#include "tests/sim/scenario.h"
#include "tests/sim/wire.h"

namespace penstock::sim {
namespace {

constexpr std::uint64_t kGuarded = 99;

json::object offer(std::string_view sdp) { return {{"type", "offer"}, {"sdp", sdp}}; }

std::string good_offer(Simulation& sim) {
  return sim.add_client({}, {}).webrtc->make_publish_offer({audio(1), video(1)});
}

struct BadRequest {
  const char* name;
  json::object body;
  int code;
};

class FailedJoin : public testing::Test {
 protected:
  void SetUp() override {
    talker_.publish();
    wire_.create_session();
    owner_ = wire_.attach();
    wire_.ask_room(owner_, {{"request", "create"},
                            {"room", kGuarded},
                            {"pin", "0000"},
                            {"secret", "s"},
                            {"allowed", json::array{"token"}},
                            {"publishers", 1}});
    sim_.run_for(kSecond);
  }
  void TearDown() override {
    wire_.ask_room(owner_, {{"request", "destroy"}, {"room", kGuarded}, {"secret", "s"}});
  }

  // The request, on a handle of its own.
  void expect_refused(const char* name, int code, const json::object& body,
                      const json::object& jsep = {}) {
    SCOPED_TRACE(name);
    const std::uint64_t handle = wire_.attach();
    const Census before = sim_.server().census();
    const json::object answer = wire_.ask_room(handle, body, jsep);
    EXPECT_EQ(error_code(answer), code) << json::serialize(answer);
    EXPECT_FALSE(error_text(answer).empty());
    sim_.run_for(100 * kMillisecond);
    expect_census(sim_, before);
    wire_.ask({{"janus", "detach"}, {"handle_id", handle}});
  }

  Simulation sim_{{.seed = 341}};
  Person& talker_ = sim_.join(kRoom, "talker");
  Wire wire_{sim_, 0x5000};
  std::uint64_t owner_ = 0;
};

TEST_F(FailedJoin, AsAPublisherLeavesNothing) {
  const BadRequest requests[] = {
      {"no such room", {{"ptype", "publisher"}, {"room", 4'321}}, 426},
      {"no ptype", {{"room", kRoom}}, 429},
      {"bad ptype", {{"ptype", "spectator"}, {"room", kRoom}}, 430},
      {"room of another type", {{"ptype", "publisher"}, {"room", "1234"}}, 430},
      {"no pin", {{"ptype", "publisher"}, {"room", kGuarded}, {"token", "token"}}, 429},
      {"wrong pin",
       {{"ptype", "publisher"}, {"room", kGuarded}, {"pin", "1"}, {"token", "token"}},
       433},
      {"wrong token",
       {{"ptype", "publisher"}, {"room", kGuarded}, {"pin", "0000"}, {"token", "x"}},
       433},
      {"taken id", {{"ptype", "publisher"}, {"room", kRoom}, {"id", talker_.id()}}, 436},
      {"bad display", {{"ptype", "publisher"}, {"room", kRoom}, {"display", 5}}, 430},
      {"bad metadata", {{"ptype", "publisher"}, {"room", kRoom}, {"metadata", 5}}, 430},
  };
  for (const BadRequest& request : requests) {
    json::object body = request.body;
    body["request"] = "join";
    expect_refused(request.name, request.code, body);
    // With an offer that is good: still nothing.
    body["request"] = "joinandconfigure";
    expect_refused(request.name, request.code, body, offer(good_offer(sim_)));
  }
}

TEST_F(FailedJoin, AsASubscriberLeavesNothing) {
  const auto streams = [](json::value feed, json::value mid) {
    return json::array{json::object{{"feed", std::move(feed)}, {"mid", std::move(mid)}}};
  };
  const BadRequest requests[] = {
      {"no such room", {{"room", 4'321}, {"feed", 1}}, 426},
      {"nothing wanted", {{"room", kRoom}}, 429},
      {"empty list", {{"room", kRoom}, {"streams", json::array{}}}, 430},
      {"no such feed", {{"room", kRoom}, {"streams", streams(1, "0")}}, 428},
      {"no such mid", {{"room", kRoom}, {"streams", streams(talker_.id(), "7")}}, 428},
      {"not an object", {{"room", kRoom}, {"streams", json::array{5}}}, 430},
      {"good one and bad one",
       {{"room", kRoom},
        {"streams", json::array{json::object{{"feed", talker_.id()}}, json::object{{"feed", 1}}}}},
       428},
      {"feed that does not publish",
       {{"room", kRoom}, {"feed", talker_.id()}, {"offer_audio", false}, {"offer_video", false}},
       437},
  };
  for (const BadRequest& request : requests) {
    json::object body = request.body;
    body["request"] = "join";
    body["ptype"] = "subscriber";
    expect_refused(request.name, request.code, body);
  }
}

// The good offer with one thing replaced.
std::string spoilt(std::string sdp, std::string_view what, std::string_view with) {
  for (std::size_t at = sdp.find(what); at != std::string::npos;
       at = sdp.find(what, at + with.size())) {
    sdp.replace(at, what.size(), with);
  }
  return sdp;
}

TEST_F(FailedJoin, WithABadOfferLeavesNothingAndWithAGoodOneWorks) {
  const std::string good = good_offer(sim_);
  const std::pair<const char*, std::string> offers[] = {
      {"empty", ""},
      {"text", "hello"},
      {"half", good.substr(0, good.find("\nm=") + 20)},
      {"no fingerprint", spoilt(good, "a=fingerprint", "a=fingerprints")},
      {"bad fingerprint", spoilt(good, "a=fingerprint:sha-256 ", "a=fingerprint:sha-256 XX:")},
      {"no ufrag", spoilt(good, "a=ice-ufrag", "a=ice-u")},
      {"no mux", spoilt(good, "a=rtcp-mux\r\n", "")},
      {"plain RTP", spoilt(good, "UDP/TLS/RTP/SAVPF", "RTP/AVP")},
      {"no codec of the room", spoilt(spoilt(good, "opus", "speex"), "VP8", "H261")},
  };
  for (const auto& [name, sdp] : offers) {
    expect_refused(name, 437,
                   {{"request", "joinandconfigure"}, {"ptype", "publisher"}, {"room", kRoom}},
                   offer(sdp));
  }
  // One that has joined already stays joined, and may try again.
  const std::uint64_t handle = wire_.attach();
  wire_.ask_room(handle, {{"request", "join"}, {"ptype", "publisher"}, {"room", kRoom}});
  const Census joined = sim_.server().census();
  for (const auto& [name, sdp] : offers) {
    EXPECT_EQ(error_code(wire_.ask_room(handle, {{"request", "publish"}}, offer(sdp))), 437)
        << name;
    expect_census(sim_, joined);
  }
  EXPECT_EQ(error_code(wire_.ask_room(handle, {{"request", "publish"}}, offer(good))), 0);
  EXPECT_EQ(sim_.server().media().counts().peers, 2U);
}

struct SmallPool {
  const char* name;
  PoolSizes pools;
  const char* publisher_says;   // null: gets in
  const char* subscriber_says;  // null: gets in
};

class FullPool : public testing::TestWithParam<SmallPool> {};

TEST_P(FullPool, IsAnErrorThatSaysSoAndLeavesNothing) {
  Simulation sim({.seed = 342, .pools = GetParam().pools});
  Person& talker = sim.join(kRoom, "talker");
  talker.publish();
  sim.run_for(kSecond);
  ASSERT_TRUE(talker.is_publishing());
  Wire wire(sim, 0x5000);
  wire.create_session();
  for (int attempt = 0; attempt < 3; ++attempt) {
    const std::uint64_t handle = wire.attach();
    const Census before = sim.server().census();
    json::object body{{"request", "joinandconfigure"}, {"ptype", "publisher"}, {"room", kRoom}};
    if (GetParam().publisher_says != nullptr) {
      const json::object answer = wire.ask_room(handle, body, offer(good_offer(sim)));
      EXPECT_EQ(error_code(answer), 499);
      EXPECT_EQ(error_text(answer), GetParam().publisher_says);
      sim.run_for(50 * kMillisecond);
      expect_census(sim, before);
    }
    wire.ask({{"janus", "detach"}, {"handle_id", handle}});
  }
  if (GetParam().subscriber_says != nullptr) {
    Person& viewer = sim.join(kRoom, "viewer");
    sim.run_for(200 * kMillisecond);
    viewer.subscribe_to(talker);
    sim.run_for(2 * kSecond);
    ASSERT_FALSE(viewer.errors().empty());
    EXPECT_EQ(viewer.errors().front(), GetParam().subscriber_says);
    EXPECT_FALSE(sees_now(sim, viewer, talker));
    const Census now = sim.server().census();
    EXPECT_EQ(now.at("subscriptions live"), 0U);
    EXPECT_EQ(now.at("fan-out chunks live"), 0U);
  }
  // Room is made: the next one gets in.
  talker.leave();
  sim.run_for(300 * kMillisecond);
  Person& next = sim.join(kRoom, "next");
  next.publish();
  sim.run_for(kSecond);
  EXPECT_TRUE(next.is_publishing());
}

INSTANTIATE_TEST_SUITE_P(
    EachPool, FullPool,
    testing::Values(SmallPool{"Transports",
                              {.transports = 1, .streams = 8, .subscriptions = 8},
                              "all transports are in use (limits.participants, limits.publishers)",
                              "Error creating offer: all transports are in use "
                              "(limits.participants, limits.publishers)"},
                    SmallPool{"Streams",
                              {.transports = 8, .streams = 3, .subscriptions = 8},
                              "all streams are in use (limits.publishers)",
                              nullptr},
                    SmallPool{"Subscriptions",
                              {.transports = 8, .streams = 8, .subscriptions = 1},
                              nullptr,
                              "all subscriptions are in use (limits.subscriptions)"}),
    [](const auto& test) { return test.param.name; });

}  // namespace
}  // namespace penstock::sim
