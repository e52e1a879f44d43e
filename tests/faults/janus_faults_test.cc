// Goal: a request of the Janus API is done completely or not at all, whatever there is not enough
// of, and what ends always ends. Method: every request in the state it needs, on the whole server
// below its sockets, with every one of its memory allocations, pool takes and ring pushes failing
// in turn. Afterwards every pool, count and the ownership walk must be what they were before, or
// what the request makes of them. (What OpenSSL allocates for itself does not fail here.)
#include "tests/faults/janus_calls.h"

namespace penstock::test {
namespace {

using Client = ServerWorld::Client;

TEST(JanusFaults, Sessions) {
  expect_survives("create session", [](ServerWorld& world) {
    world.will_send(world.connect(),
                    ServerWorld::core_request(nullptr, {{"janus", "create"}}, false));
  });
  expect_survives(
      "attach",
      asks_core(kRoomOnly, 0, {{"janus", "attach"}, {"plugin", "janus.plugin.videoroom"}}, false));
  expect_survives("keepalive", asks_core(kRoomOnly, 0, {{"janus", "keepalive"}}, false));
  expect_survives("claim", [](ServerWorld& world) {
    add_call(world);
    world.will_send(world.connect(),
                    ServerWorld::core_request(&world.kept(1), {{"janus", "claim"}}, false));
  });
  expect_survives("hangup", asks_core(kCall, 1, {{"janus", "hangup"}}));
  expect_survives("detach publisher", asks_core(kCall, 1, {{"janus", "detach"}}));
  expect_survives("detach subscriber", asks_core(kCall, 2, {{"janus", "detach"}}));
  expect_survives("destroy session", asks_core(kCall, 1, {{"janus", "destroy"}}, false));
}

TEST(JanusFaults, Rooms) {
  expect_survives("create room", says(kRoomOnly, 0, {{"request", "create"}, {"room", 2}}));
  expect_survives("create room with a dummy publisher",
                  says(kRoomOnly, 0,
                       {{"request", "create"},
                        {"room", 2},
                        {"dummy_publisher", true},
                        {"dummy_streams", json::array{json::object{{"codec", "opus"}},
                                                      json::object{{"codec", "vp8"}},
                                                      json::object{{"codec", "h264"}}}}}));
  expect_survives("edit", says(kRoomOnly, 0,
                               {{"request", "edit"},
                                {"room", 1},
                                {"new_description", "a description too long to be stored inside"},
                                {"new_pin", "a pin that is too long to be stored inside"}}));
  expect_survives("allowed",
                  says(kRoomOnly, 0,
                       {{"request", "allowed"},
                        {"room", 1},
                        {"action", "add"},
                        {"allowed", json::array{"a token that is too long to be stored inside"}}}));
  expect_survives("exists", says(kRoomOnly, 0, {{"request", "exists"}, {"room", 1}}));
  expect_survives("list", says(kRoomOnly, 0, {{"request", "list"}}));
  expect_survives("listparticipants",
                  says(kCall, 0, {{"request", "listparticipants"}, {"room", 1}}));
  expect_survives("kick", says(kCall, 0, {{"request", "kick"}, {"room", 1}, {"id", 7}}));
  expect_survives(
      "moderate",
      says(kCall, 0,
           {{"request", "moderate"}, {"room", 1}, {"id", 7}, {"mid", "1"}, {"mute", true}}));
  expect_survives("destroy room", says(kCall, 0, {{"request", "destroy"}, {"room", 1}}));
}

TEST(JanusFaults, Forwarding) {
  const auto stream = [](const char* mid, int port) {
    return json::object{{"mid", mid}, {"port", port}, {"rtcp_port", port + 1}};
  };
  const json::object forward{{"request", "rtp_forward"},
                             {"room", 1},
                             {"publisher_id", 7},
                             {"host", "198.51.100.7"},
                             {"streams", json::array{stream("0", 5'002), stream("1", 5'004)}}};
  const json::object remote{{"request", "publish_remotely"},
                            {"room", 1},
                            {"publisher_id", 7},
                            {"remote_id", "a name that is too long to be stored inside"},
                            {"host", "198.51.100.7"},
                            {"port", 5'010}};
  const Prepare forwarded = [=](ServerWorld& world) {
    add_call(world);
    world.ask(world.kept(0), forward);
    world.ask(world.kept(0), remote);
  };
  expect_survives("rtp_forward", says(kCall, 0, forward));
  expect_survives("publish_remotely", says(kCall, 0, remote));
  expect_survives("listforwarders",
                  says(forwarded, 0, {{"request", "listforwarders"}, {"room", 1}}));
  expect_survives("unpublish_remotely", says(forwarded, 0,
                                             {{"request", "unpublish_remotely"},
                                              {"room", 1},
                                              {"publisher_id", 7},
                                              {"remote_id", remote.at("remote_id")}}));
  expect_survives("unpublish what is forwarded", says(forwarded, 1, {{"request", "unpublish"}}));
  expect_survives("kick who is forwarded",
                  says(forwarded, 0, {{"request", "kick"}, {"room", 1}, {"id", 7}}));
  expect_survives("destroy a room with forwarders",
                  says(forwarded, 0, {{"request", "destroy"}, {"room", 1}}));
}

TEST(JanusFaults, Publishing) {
  expect_survives("join", says(kNewcomer, 3,
                               {{"request", "join"},
                                {"ptype", "publisher"},
                                {"room", 1},
                                {"id", 9},
                                {"display", "a name that is too long to be stored inside"}}));
  expect_survives(
      "joinandconfigure with an offer",
      offers(kNewcomer, 3,
             {{"request", "joinandconfigure"}, {"ptype", "publisher"}, {"room", 1}, {"id", 9}},
             kAudioVideo));
  expect_survives("publish", offers(kCall, 0, {{"request", "publish"}}, kAudioVideo));
  expect_survives("configure, one m-line more",
                  offers(kCall, 1, {{"request", "configure"}}, {audio(1), video(1), video(1)}));
  expect_survives("configure, another codec's m-line less, with a subscriber",
                  [](ServerWorld& world) {
                    add_call(world);
                    Client& alice = world.kept(1);
                    json::object jsep = world.offer_of(alice, kAudioVideo);
                    std::string sdp(jsep.at("sdp").as_string());
                    const std::size_t line = sdp.find("m=video");
                    sdp.replace(sdp.find("a=sendonly", line), 10, "a=inactive");
                    jsep["sdp"] = sdp;
                    world.will_send(alice.channel,
                                    ServerWorld::message(alice, {{"request", "configure"}}, jsep));
                  });
  expect_survives("configure, an ICE restart", [](ServerWorld& world) {
    add_call(world);
    Client& alice = world.kept(1);
    world.will_send(alice.channel, ServerWorld::message(
                                       alice, {{"request", "configure"}},
                                       {{"type", "offer"}, {"sdp", alice.webrtc->restart_ice()}}));
  });
  expect_survives("configure, switches and a name",
                  says(kCall, 1,
                       {{"request", "configure"},
                        {"video", false},
                        {"keyframe", true},
                        {"display", "a name that is too long to be stored inside"}}));
  expect_survives("unpublish", says(kCall, 1, {{"request", "unpublish"}}));
  expect_survives("leave", says(kCall, 1, {{"request", "leave"}}));
}

// With a second publisher, whose feed is 8.
const Prepare kTwoFeeds = [](ServerWorld& world) {
  add_call(world);
  world.keep(world.attach());
  world.join(world.kept(3), {{"id", 8}});
  world.publish(world.kept(3), kAudioVideo);
};

// What the subscriber is shown is part of the state: a switch of an m-line that it has not changes
// nothing and is answered with it.
const Prepare kTwoFeedsSeen = [](ServerWorld& world) {
  kTwoFeeds(world);
  world.will_look([](ServerWorld& same) {
    const json::array none = {json::object{{"feed", 7}, {"mid", "0"}, {"sub_mid", "9"}}};
    return same.ask(same.kept(2), {{"request", "switch"}, {"streams", none}});
  });
};

TEST(JanusFaults, Subscribing) {
  const json::array to_8 = {json::object{{"feed", 8}, {"mid", "0"}, {"sub_mid", "0"}},
                            json::object{{"feed", 8}, {"mid", "1"}, {"sub_mid", "1"}}};
  const json::array of_8 = {json::object{{"feed", 8}}};
  const json::array of_7 = {json::object{{"feed", 7}}};
  expect_survives(
      "join as subscriber",
      says(kNewcomer, 3,
           {{"request", "join"}, {"ptype", "subscriber"}, {"room", 1}, {"streams", of_7}}));
  expect_survives("start with an answer", [](ServerWorld& world) {
    add_call(world, false);
    world.keep(world.attach());
    const std::string offer = world.subscribe(world.kept(2), {7});
    Client& bob = world.kept(2);
    world.will_send(bob.channel,
                    ServerWorld::message(bob, {{"request", "start"}}, world.answer_to(bob, offer)));
  });
  expect_survives("subscribe", says(kTwoFeeds, 2, {{"request", "subscribe"}, {"streams", of_8}}));
  expect_survives("unsubscribe",
                  says(kTwoFeeds, 2, {{"request", "unsubscribe"}, {"streams", of_7}}));
  expect_survives(
      "update",
      says(kTwoFeeds, 2, {{"request", "update"}, {"subscribe", of_8}, {"unsubscribe", of_7}}));
  expect_survives("switch", says(kTwoFeedsSeen, 2, {{"request", "switch"}, {"streams", to_8}}));
  expect_survives("pause", says(kCall, 2, {{"request", "pause"}}));
  expect_survives("start", says(kCall, 2, {{"request", "start"}}));
  expect_survives("configure, an ICE restart for a subscriber",
                  says(kCall, 2, {{"request", "configure"}, {"restart", true}}));
  expect_survives("leave as subscriber", says(kCall, 2, {{"request", "leave"}}));
}

TEST(JanusFaults, Http) {
  static const std::vector<std::string> kNoSegments;
  static std::vector<std::string> session_segment(1);
  expect_survives("long poll", [](ServerWorld& world) {
    const HttpApiRequest create{.method = HttpApiRequest::Method::kPost,
                                .segments = kNoSegments,
                                .query = {},
                                .headers = {},
                                .body = R"({"janus":"create","id":99,"transaction":"t"})",
                                .client = {}};
    world.server().janus().on_http_request(ExchangeId{1}, create, world.now());
    session_segment[0] = "99";
    world.will_end([](ServerWorld& same) {
      const HttpApiRequest poll{.method = HttpApiRequest::Method::kGet,
                                .segments = session_segment,
                                .query = {},
                                .headers = {},
                                .body = {},
                                .client = {}};
      same.server().janus().on_http_request(ExchangeId{2}, poll, same.now());
      return same.status(ExchangeId{2}) != 503;
    });
  });
}

// Endings have nobody who could ask again: they are always done.
TEST(JanusFaults, EndingsAreAlwaysDone) {
  expect_survives(
      "a publisher's connection closes",
      [](ServerWorld& world) {
        add_call(world);
        world.will_end([](ServerWorld& same) {
          same.server().janus().on_close(same.kept(1).channel, same.now());
          return true;
        });
      },
      Promise::kAlwaysDone);
  expect_survives(
      "a subscriber's connection closes",
      [](ServerWorld& world) {
        add_call(world);
        world.will_end([](ServerWorld& same) {
          same.server().janus().on_close(same.kept(2).channel, same.now());
          return true;
        });
      },
      Promise::kAlwaysDone);
  expect_survives(
      "all sessions time out",
      [](ServerWorld& world) {
        add_call(world);
        world.will_end([](ServerWorld& same) {
          same.server().janus().handle_timeout(same.now() + 100 * kSecond);
          return true;
        });
      },
      Promise::kAlwaysDone);
  expect_survives(
      "a publisher's peer is gone",
      [](ServerWorld& world) {
        add_call(world);
        world.will_end([](ServerWorld& same) {
          same.server().media().close(same.kept(1).handle, same.now());
          same.server().janus().on_closed(same.kept(1).handle, "ICE failed", same.now());
          return true;
        });
      },
      Promise::kAlwaysDone);
}

}  // namespace
}  // namespace penstock::test
