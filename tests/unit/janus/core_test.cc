// Requests of the core API, one by one: what they answer and how they fail.
#include "tests/unit/janus/janus_test.h"

namespace penstock::janus {
namespace {

json::object core_error(int code, std::string_view reason) {
  return {{"code", code}, {"reason", reason}};
}

class CoreTest : public JanusTest {
 protected:
  using JanusTest::JanusTest;

  json::object error_of(const json::object& reply) {
    return reply.contains("error") ? reply.at("error").as_object() : reply;
  }
};

TEST_F(CoreTest, PingIsAnsweredByPong) {
  EXPECT_EQ(ask(open(), {{"janus", "ping"}}), parse(R"({"janus":"pong","transaction":"t"})"));
}

TEST_F(CoreTest, InfoTellsTheTruth) {
  const json::object info = ask(open(), {{"janus", "info"}});
  EXPECT_EQ(info.at("janus"), "server_info");
  EXPECT_EQ(info.at("transaction"), "t");
  EXPECT_EQ(info.at("name"), "Penstock");
  EXPECT_EQ(info.at("version_string"), "0.1.0");
  EXPECT_EQ(info.at("version"), 100);
  EXPECT_EQ(info.at("ice-lite"), true);
  EXPECT_EQ(info.at("data_channels"), true);
  EXPECT_EQ(info.at("session-timeout"), 60);
  EXPECT_EQ(info.at("accepting-new-sessions"), true);
  EXPECT_TRUE(info.at("plugins").as_object().contains("janus.plugin.videoroom"));
}

TEST_F(CoreTest, EnvelopeIsChecked) {
  const ChannelId channel = open();
  const auto error = [&](const char* text) { return error_of(send(channel, text).at(0)); };
  EXPECT_EQ(error("{"), core_error(454, "JSON error: incomplete JSON"));
  EXPECT_EQ(error("[]"), core_error(455, "JSON error: not an object"));
  EXPECT_EQ(error("{}"), core_error(456, "Missing mandatory element (transaction)"));
  EXPECT_EQ(error(R"({"transaction":1})"),
            core_error(467, "Invalid element type (transaction should be a string)"));
  EXPECT_EQ(error(R"({"transaction":"x"})"), core_error(456, "Missing mandatory element (janus)"));
  EXPECT_EQ(error(R"({"transaction":"x","janus":1})"),
            core_error(467, "Invalid element type (janus should be a string)"));
  EXPECT_EQ(error(R"({"transaction":"x","janus":"create","id":-1})"),
            core_error(467, "Invalid element type (id should be a positive integer)"));
  EXPECT_EQ(error(R"({"transaction":"x","janus":"keepalive","session_id":"1"})"),
            core_error(467, "Invalid element type (session_id should be a positive integer)"));
  EXPECT_EQ(error(R"({"transaction":"x","janus":"attach"})"),
            core_error(457, "Unhandled request 'attach' at this path"));
  EXPECT_EQ(error(R"({"transaction":"x","janus":"message","handle_id":7})"),
            core_error(458, "Invalid session"));
}

TEST_F(CoreTest, SeveralObjectsInOneMessageAreAnsweredEach) {
  const auto replies = send(open(), R"({"janus":"ping","transaction":"1"}
    {"janus":"ping","transaction":"2"} {"janus")");
  ASSERT_EQ(replies.size(), 3u);
  EXPECT_EQ(replies[0].at("transaction"), "1");
  EXPECT_EQ(replies[1].at("transaction"), "2");
  EXPECT_EQ(replies[2].at("error").at("code"), 454);
}

TEST_F(CoreTest, CreateTakesTheIdThatTheClientChooses) {
  const ChannelId channel = open();
  EXPECT_EQ(ask(channel, {{"janus", "create"}, {"id", 42}}),
            parse(R"({"janus":"success","transaction":"t","data":{"id":42}})"));
  const json::object refused = ask(channel, {{"janus", "create"}, {"id", 42}});
  EXPECT_EQ(error_of(refused), core_error(468, "Session ID already in use"));
  EXPECT_EQ(refused.at("session_id"), 42);
}

TEST_F(CoreTest, RequestNamesIgnoreCase) {
  EXPECT_EQ(ask(open(), {{"janus", "PING"}}).at("janus"), "pong");
}

TEST_F(CoreTest, UnknownThingsAreNamed) {
  Client client = connect();
  EXPECT_EQ(ask(client.channel, {{"janus", "keepalive"}, {"session_id", 12345}}),
            parse(R"({"janus":"error","session_id":12345,"transaction":"t",
                      "error":{"code":458,"reason":"No such session 12345"}})"));
  EXPECT_EQ(error_of(ask(client, {{"janus", "zzz"}})), core_error(453, "Unknown request 'zzz'"));
  const std::string session = std::to_string(client.session);
  EXPECT_EQ(error_of(ask(client, {{"janus", "detach"}, {"handle_id", 9}})),
            core_error(459, "No such handle 9 in session " + session));
  EXPECT_EQ(error_of(ask(client, {{"janus", "attach"}, {"plugin", "x"}})),
            core_error(460, "No such plugin 'x'"));
  EXPECT_EQ(error_of(ask(client, {{"janus", "attach"}})),
            core_error(456, "Missing mandatory element (plugin)"));
}

TEST_F(CoreTest, RequestsMustStandAtTheirPath) {
  Client client = connect();
  const std::uint64_t handle = attach(client);
  for (const char* verb : {"attach", "destroy", "claim"}) {
    EXPECT_EQ(error_of(ask(client, {{"janus", verb}, {"handle_id", handle}})),
              core_error(457, std::string("Unhandled request '") + verb + "' at this path"));
  }
  for (const char* verb : {"detach", "hangup", "message", "trickle"}) {
    EXPECT_EQ(error_of(ask(client, {{"janus", verb}})),
              core_error(457, std::string("Unhandled request '") + verb + "' at this path"));
  }
}

TEST_F(CoreTest, KeepaliveIsAcknowledged) {
  Client client = connect();
  json::object expected = parse(R"({"janus":"ack","transaction":"t"})");
  expected["session_id"] = client.session;
  EXPECT_EQ(ask(client, {{"janus", "keepalive"}}), expected);
}

TEST_F(CoreTest, DetachIsAnsweredAndThenTold) {
  Client client = connect();
  const std::uint64_t handle = attach(client);
  const auto replies =
      send(client.channel, json::serialize(json::object{{"janus", "detach"},
                                                        {"transaction", "t"},
                                                        {"session_id", client.session},
                                                        {"handle_id", handle}}));
  ASSERT_EQ(replies.size(), 2u);
  EXPECT_EQ(replies[0].at("janus"), "success");
  EXPECT_EQ(
      replies[1],
      (json::object{{"janus", "detached"}, {"session_id", client.session}, {"sender", handle}}));
  EXPECT_EQ(core.counts().handles, 0u);
}

TEST_F(CoreTest, HangupWithoutConnectionIsASuccess) {
  Client client = connect();
  const std::uint64_t handle = attach(client);
  EXPECT_EQ(ask(client, {{"janus", "hangup"}, {"handle_id", handle}}).at("janus"), "success");
  EXPECT_TRUE(take(client, handle).empty());
}

TEST_F(CoreTest, MessageChecksBodyAndJsep) {
  Client client = connect();
  const std::uint64_t handle = attach(client);
  const auto error = [&](json::object more) {
    more["janus"] = "message";
    more["handle_id"] = handle;
    return error_of(ask(client, more));
  };
  EXPECT_EQ(error({}), core_error(456, "Missing mandatory element (body)"));
  EXPECT_EQ(error({{"body", 1}}),
            core_error(467, "Invalid element type (body should be an object)"));
  EXPECT_EQ(error({{"body", json::object{}}, {"jsep", nullptr}}),
            core_error(455, "Invalid jsep object"));
  EXPECT_EQ(error({{"body", json::object{}}, {"jsep", json::object{{"type", "offer"}}}}),
            core_error(456, "JSEP error: missing mandatory element (sdp)"));
  EXPECT_EQ(error({{"body", json::object{}}, {"jsep", {{"type", 7}, {"sdp", "v=0"}}}}),
            core_error(467, "JSEP error: invalid element type (type should be a string)"));
  EXPECT_EQ(error({{"body", json::object{}}, {"jsep", {{"type", "pranswer"}, {"sdp", "v=0"}}}}),
            core_error(464, "JSEP error: unknown message type 'pranswer'"));
  EXPECT_EQ(error({{"body", {{"request", "start"}}}, {"jsep", answer()}}),
            core_error(469, "Unexpected ANSWER (did we offer?)"));
}

TEST_F(CoreTest, TrickleIsCheckedThenDropped) {
  Client client = connect();
  const std::uint64_t handle = attach(client);
  const auto trickle = [&](std::string_view text) {
    json::object request = parse(text);
    request["janus"] = "trickle";
    request["handle_id"] = handle;
    return ask(client, request);
  };
  EXPECT_EQ(error_of(trickle("{}")),
            core_error(456, "Missing mandatory element (candidate|candidates)"));
  EXPECT_EQ(error_of(trickle(R"({"candidate":null,"candidates":[]})")),
            core_error(454, "Can't have both candidate and candidates"));
  EXPECT_EQ(error_of(trickle(R"({"candidates":{}})")).at("code"), 467);
  EXPECT_EQ(error_of(trickle(R"({"candidate":{"candidate":"x"}})")).at("code"), 456);
  EXPECT_EQ(error_of(trickle(R"({"candidate":{"sdpMid":"0"}})")).at("code"), 456);
  EXPECT_EQ(error_of(trickle(R"({"candidate":{"sdpMid":0,"candidate":""}})")).at("code"), 467);
  EXPECT_EQ(error_of(trickle(R"({"candidate":{"sdpMLineIndex":-1,"candidate":""}})")).at("code"),
            467);
  EXPECT_EQ(error_of(trickle(R"({"candidate":"x"})")).at("code"), 467);
  EXPECT_EQ(error_of(trickle(R"({"candidates":[{"sdpMid":"0","candidate":""},7]})")).at("code"),
            467);
  for (const char* good :
       {R"({"candidate":null})", R"({"candidate":{"completed":true}})", R"({"candidates":[]})",
        R"({"candidate":{"sdpMid":"0","candidate":"candidate:1 1 udp 1 192.0.2.9 9 typ host"}})",
        R"({"candidate":{"sdpMLineIndex":3,"candidate":"does not parse"}})",
        R"({"candidates":[{"sdpMid":"0","candidate":""},{"completed":true}]})"}) {
    EXPECT_EQ(trickle(good).at("janus"), "ack") << good;
  }
  for (int i = 0; i < 200; ++i) {
    EXPECT_EQ(trickle(R"({"candidate":{"sdpMid":"0","candidate":""}})").at("janus"), "ack");
  }
}

TEST_F(CoreTest, MediaEventsGoToTheHandlesOwner) {
  create_room(77);
  Client client = connect();
  const std::uint64_t handle = attach(client);
  join(client, handle, 77, 11);
  publish(client, handle);
  core.on_connected(handle, now);
  core.on_media(handle, "1", MediaKind::kVideo, true, now);
  core.on_media(handle, "1", MediaKind::kVideo, false, now);
  media.peers.erase(handle);
  core.on_closed(handle, "ICE failed", now);
  const auto events = take(client, handle);
  ASSERT_EQ(events.size(), 4u);
  EXPECT_EQ(events[0].at("janus"), "webrtcup");
  json::object expected = parse(R"({"janus":"media","mid":"1","type":"video","receiving":true})");
  expected["session_id"] = client.session;
  expected["sender"] = handle;
  EXPECT_EQ(events[1], expected);
  expected["receiving"] = false;
  expected["seconds"] = 1;
  EXPECT_EQ(events[2], expected);
  EXPECT_EQ(events[3].at("janus"), "hangup");
  EXPECT_EQ(events[3].at("reason"), "ICE failed");
}

TEST_F(CoreTest, ASlowLinkIsToldToTheHandlesOwner) {
  create_room(77);
  Client client = connect();
  const std::uint64_t handle = attach(client);
  join(client, handle, 77, 11);
  publish(client, handle);
  core.on_slow_link(handle, {.mid = "1", .kind = MediaKind::kVideo, .is_uplink = true, .lost = 7},
                    now);
  core.on_slow_link(handle, {.mid = "0", .kind = MediaKind::kAudio, .lost = 30}, now);
  const auto events = take(client, handle);
  ASSERT_EQ(events.size(), 2u);
  json::object expected =
      parse(R"({"janus":"slowlink","mid":"1","media":"video","uplink":true,"lost":7})");
  expected["session_id"] = client.session;
  expected["sender"] = handle;
  EXPECT_EQ(events[0], expected);
  EXPECT_EQ(events[1].at("media"), "audio");
  EXPECT_EQ(events[1].at("uplink"), false);
  EXPECT_EQ(events[1].at("lost"), 30);
}

TEST_F(CoreTest, MediaEventsOfUnknownPeersAreIgnored) {
  core.on_connected(99, now);
  core.on_media(99, "0", MediaKind::kAudio, true, now);
  core.on_layer(99, 0, {}, now);
  core.on_starved(99, 0, true, now);
  core.on_slow_link(99, {.mid = "0", .kind = MediaKind::kAudio, .lost = 9}, now);
  core.on_closed(99, "ICE failed", now);
  core.on_message(ChannelId{99}, "{}", now);
  core.on_close(ChannelId{99}, now);
  core.on_http_cancelled(ExchangeId{99}, now);
  EXPECT_TRUE(sender.sent.empty());
}

class SecretTest : public CoreTest {
 protected:
  SecretTest() : CoreTest(config()) {}
  static JanusConfig config() {
    JanusConfig config = test_config();
    config.api_secret = "sesame";
    return config;
  }
  void TearDown() override {}
};

TEST_F(SecretTest, EveryRequestButPingAndInfoNeedsIt) {
  const ChannelId channel = open();
  const json::object refused =
      core_error(403, "Unauthorized request (wrong or missing secret/token)");
  EXPECT_EQ(ask(channel, {{"janus", "ping"}}).at("janus"), "pong");
  EXPECT_EQ(ask(channel, {{"janus", "info"}}).at("api_secret"), true);
  EXPECT_EQ(error_of(ask(channel, {{"janus", "create"}})), refused);
  EXPECT_EQ(error_of(ask(channel, {{"janus", "create"}, {"apisecret", "sesam"}})), refused);
  EXPECT_EQ(core.counts().sessions, 0u);
  const json::object created =
      ask(channel, {{"janus", "create"}, {"apisecret", "sesame"}, {"id", 7}});
  EXPECT_EQ(created.at("janus"), "success");
  EXPECT_EQ(error_of(ask(channel, {{"janus", "keepalive"}, {"session_id", 7}})), refused);
  EXPECT_EQ(error_of(ask(channel, {{"janus", "keepalive"}, {"session_id", 8}})), refused)
      << "whether a session exists is nobody's business without the secret";
  EXPECT_EQ(ask(channel, {{"janus", "keepalive"}, {"session_id", 7}, {"apisecret", "sesame"}})
                .at("janus"),
            "ack");
  EXPECT_EQ(sender.replies[get({"7"})].status, 403u);
  EXPECT_EQ(sender.replies[get({"7"}, {{"apisecret", "nope"}})].status, 403u);
  close(channel);
  EXPECT_EQ(core.counts(), baseline);
}

}  // namespace
}  // namespace penstock::janus
