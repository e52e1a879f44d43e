// RTP forwarders: asked for, listed, stopped, and gone with what they forward. That nothing of them
// stays is checked by the fixture after every message.
#include <list>
#include <utility>

#include "controlplane/signalling/limits.h"
#include "tests/unit/janus/janus_test.h"

namespace penstock::janus {
namespace {

class ForwardTest : public JanusTest {
 protected:
  explicit ForwardTest(JanusConfig config = test_config()) : JanusTest(std::move(config)) {}
  void SetUp() override {
    client = connect();
    publisher = attach(client);
    manager = attach(client);
    create_room(5);
    join(client, publisher, 5, 11, {{"display", "Ann"}});
    publish(client, publisher, "m=audio 0 opus\nm=video 1 vp8 simulcast\nm=data d");
  }
  json::object ask_sync(std::string_view body) { return sync(client, manager, parse(body)); }
  json::object forward(std::string_view more) {
    return ask_sync(R"({"request":"rtp_forward","room":5,"publisher_id":11,)" + std::string(more) +
                    "}");
  }
  json::object forward_video(std::string_view more) {
    return forward(R"("host":"198.51.100.7","streams":[{"mid":"1",)" + std::string(more) + "}]");
  }
  json::array forwarders() {
    const json::object listed = ask_sync(R"({"request":"listforwarders","room":5})");
    const json::array& publishers = listed.at("publishers").as_array();
    return publishers.empty() ? json::array{} : publishers.at(0).at("forwarders").as_array();
  }

  Client client;
  std::uint64_t publisher = 0;
  std::uint64_t manager = 0;
};

TEST_F(ForwardTest, AStreamGoesWhereTheRequestSays) {
  const json::object reply = forward_video(R"("port":5004,"rtcp_port":5005,"pt":100,"ssrc":7)");
  EXPECT_EQ(reply.at("videoroom"), "rtp_forward");
  EXPECT_EQ(reply.at("room"), 5);
  EXPECT_EQ(reply.at("publisher_id"), 11);
  ASSERT_EQ(reply.at("forwarders").as_array().size(), 1U);
  json::object made = reply.at("forwarders").at(0).as_object();
  EXPECT_GT(made.at("stream_id").to_number<std::uint64_t>(), 0U);
  made.erase("stream_id");
  EXPECT_EQ(made, parse(R"({"host":"198.51.100.7","port":5004,"type":"video",
      "local_rtcp_port":5000,"remote_rtcp_port":5005,"pt":100,"ssrc":7})"));
  const auto peers = media.sending_elsewhere();
  ASSERT_EQ(peers.size(), 1U);
  EXPECT_EQ(to_string(peers[0].destination->address), "198.51.100.7:5004");
  EXPECT_EQ(peers[0].destination->rtcp_port, 5005);
  EXPECT_FALSE(peers[0].destination->keys.has_value());
  EXPECT_EQ(peers[0].forwarded[0].ssrc, 7U);
  EXPECT_EQ(peers[0].forwarded[0].payload_type, 100);
  EXPECT_EQ(peers[0].forwarded[0].substream, 0);
  EXPECT_EQ(peers[0].forwarded_handles[0], media.peers.at(publisher).streams.at("1"));
}

TEST_F(ForwardTest, EachSubstreamIsAForwarder) {
  const json::object reply = forward_video(R"("port":5004,"port_2":5006,"port_3":5008,"ssrc_3":9)");
  const json::array& made = reply.at("forwarders").as_array();
  ASSERT_EQ(made.size(), 3U);
  EXPECT_FALSE(made.at(0).as_object().contains("substream"));
  EXPECT_EQ(made.at(1).at("substream"), 1);
  EXPECT_EQ(made.at(2).at("substream"), 2);
  EXPECT_EQ(made.at(2).at("ssrc"), 9);
  EXPECT_EQ(media.sending_elsewhere().size(), 3U);
}

TEST_F(ForwardTest, OfSimulcastTheLargestIsForwardedIfThatIsWanted) {
  forward_video(R"("port":5004,"port_2":5006,"simulcast":true)");
  const auto peers = media.sending_elsewhere();
  ASSERT_EQ(peers.size(), 1U);
  EXPECT_FALSE(peers[0].forwarded[0].substream.has_value());
}

TEST_F(ForwardTest, MediaIsEncryptedWithTheKeysOfTheRequest) {
  const json::object reply = forward_video(
      R"("port":5004,"srtp_suite":32,"srtp_crypto":"AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwd")");
  EXPECT_EQ(reply.at("forwarders").at(0).at("srtp"), true);
  const auto peers = media.sending_elsewhere();
  ASSERT_TRUE(peers.at(0).destination->keys.has_value());
  const SrtpKeys& keys = *peers[0].destination->keys;
  EXPECT_EQ(keys.profile, SrtpProfile::kAes128CmSha1_32);
  for (std::uint8_t i = 0; i < 16; ++i) EXPECT_EQ(keys.send.key[i], i);
  for (std::uint8_t i = 0; i < 14; ++i) EXPECT_EQ(keys.send.salt[i], i + 16);
}

TEST_F(ForwardTest, HalfOfTheKeysIsNoKeyAndNothingGoesInClear) {
  const auto refused = [&](std::string_view more, int code, std::string_view text) {
    EXPECT_EQ(forward_video(R"("port":5004,)" + std::string(more)), error(code, text));
    EXPECT_TRUE(media.sending_elsewhere().empty());
  };
  refused(R"("srtp_suite":80)", 429, "Missing mandatory element (srtp_crypto)");
  refused(R"("srtp_crypto":"AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwd")", 429,
          "Missing mandatory element (srtp_suite)");
  refused(R"("srtp_suite":64,"srtp_crypto":"AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwd")", 430,
          "Invalid SRTP suite (64)");
  refused(R"("srtp_suite":80,"srtp_crypto":"AAEC")", 430,
          "Invalid element (srtp_crypto should be 30 bytes in base64)");
  refused(R"("srtp_suite":80,"srtp_crypto":"AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxw*")", 430,
          "Invalid element (srtp_crypto should be 30 bytes in base64)");
}

TEST_F(ForwardTest, WhatIsWrongIsToldAndNothingIsForwarded) {
  const auto refused = [&](std::string_view more, int code, std::string_view text) {
    EXPECT_EQ(forward(more), error(code, text));
    EXPECT_TRUE(media.sending_elsewhere().empty());
  };
  refused(R"("host":"192.0.2.9","streams":[{"port":5004}])", 429,
          "Missing mandatory element (mid)");
  refused(R"("host":"192.0.2.9","streams":[{"mid":"1"}])", 429, "Missing mandatory element (port)");
  refused(R"("streams":[{"mid":"1","port":5004}])", 429,
          "Missing mandatory element host (global or local)");
  refused(R"("host":"192.0.2.9","streams":[{"mid":"1","port":5004},{"mid":"7","port":5006}])", 428,
          "No such mid '7' in feed (11)");
  refused(R"("host":"192.0.2.9","streams":[{"mid":"1","port":65536}])", 430,
          "Invalid element (port should be at most 65535)");
  refused(R"("host":"192.0.2.9","host_family":"ipx","streams":[])", 430,
          "Unsupported protocol family (ipx)");
  refused(R"("host":"192.0.2.9","host_family":"ipv6","streams":[{"mid":"1","port":5004}])", 430,
          "Could not resolve address (192.0.2.9)...");
  refused(R"("host":"192.0.2.9","streams":["1"])", 430,
          "Invalid element type (streams should contain objects)");
  EXPECT_EQ(ask_sync(R"({"request":"rtp_forward","room":5,"publisher_id":12,"host":"192.0.2.9",
                         "streams":[]})"),
            error(428, "No such feed (12)"));
}

TEST_F(ForwardTest, IfOneOfSeveralCannotBeMadeNoneIs) {
  media.forwards_left = 1;
  EXPECT_EQ(forward_video(R"("port":5004,"port_2":5006)"), error(499, "full"));
  EXPECT_TRUE(media.sending_elsewhere().empty());
  EXPECT_TRUE(forwarders().empty());
}

TEST_F(ForwardTest, StoppedOnesAreGone) {
  forward_video(R"("port":5004,"port_2":5006)");
  const json::value id = forwarders().at(0).at("stream_id");
  const std::string stop =
      R"({"request":"stop_rtp_forward","room":5,"publisher_id":11,"stream_id":)";
  EXPECT_EQ(ask_sync(stop + json::serialize(id) + "}"),
            (json::object{{"videoroom", "stop_rtp_forward"},
                          {"room", 5},
                          {"publisher_id", 11},
                          {"stream_id", id}}));
  EXPECT_EQ(forwarders().size(), 1U);
  EXPECT_EQ(media.sending_elsewhere().size(), 1U);
  EXPECT_EQ(ask_sync(stop + json::serialize(id) + "}").at("error_code"), 428);
}

TEST_F(ForwardTest, ListNamesPublishersWithForwardersOnly) {
  EXPECT_EQ(ask_sync(R"({"request":"listforwarders","room":5})"),
            parse(R"({"videoroom":"forwarders","room":5,"publishers":[]})"));
  forward(R"("host":"192.0.2.9","streams":[{"mid":"0","port":5002}])");
  const json::object listed = ask_sync(R"({"request":"listforwarders","room":5})");
  const json::object& entry = listed.at("publishers").at(0).as_object();
  EXPECT_EQ(entry.at("publisher_id"), 11);
  EXPECT_EQ(entry.at("display"), "Ann");
  EXPECT_EQ(entry.at("forwarders").at(0).at("type"), "audio");
}

TEST_F(ForwardTest, TheyEndWithTheirStreamTheirPublisherAndTheirRoom) {
  const auto begin = [&] {
    forward(R"("host":"192.0.2.9","streams":[{"mid":"0","port":5002},{"mid":"1","port":5004}])");
    EXPECT_EQ(media.sending_elsewhere().size(), 2U);
  };
  begin();
  async(client, publisher, {{"request", "configure"}}, offer("m=audio 0 opus\nm=video 1 inactive"));
  EXPECT_EQ(media.sending_elsewhere().size(), 1U);
  async(client, publisher, {{"request", "unpublish"}});
  EXPECT_TRUE(media.sending_elsewhere().empty());
  publish(client, publisher);
  begin();
  async(client, publisher, {{"request", "leave"}});
  EXPECT_TRUE(media.sending_elsewhere().empty());
  const std::uint64_t other = attach(client);
  join(client, other, 5, 11);
  publish(client, other);
  begin();
  ask_sync(R"({"request":"kick","room":5,"id":11})");
  EXPECT_TRUE(media.sending_elsewhere().empty());
  const std::uint64_t third = attach(client);
  join(client, third, 5, 11);
  publish(client, third);
  begin();
  ask_sync(R"({"request":"destroy","room":5})");
  run_what_is_due();
  EXPECT_TRUE(media.sending_elsewhere().empty());
}

TEST_F(ForwardTest, WhatIsMutedIsNotForwarded) {
  forward_video(R"("port":5004)");
  const auto is_paused = [&]() -> bool { return media.sending_elsewhere().at(0).paused.at(0); };
  EXPECT_FALSE(is_paused());
  ask_sync(R"({"request":"moderate","room":5,"id":11,"mid":"1","mute":true})");
  EXPECT_TRUE(is_paused());
  ask_sync(R"({"request":"moderate","room":5,"id":11,"mid":"1","mute":false})");
  EXPECT_FALSE(is_paused());
}

TEST_F(ForwardTest, ADummyPublisherIsForwardedToo) {
  create_room(6, {{"dummy_publisher", true}});
  const json::object listed = ask_sync(R"({"request":"listparticipants","room":6})");
  const json::value id = listed.at("participants").at(0).at("id");
  const json::object reply =
      ask_sync(R"({"request":"rtp_forward","room":6,"host":"192.0.2.9","publisher_id":)" +
               json::serialize(id) + R"(,"streams":[{"mid":"1","port":5004}]})");
  EXPECT_EQ(reply.at("forwarders").as_array().size(), 1U);
}

TEST_F(ForwardTest, TheOldestFormForwardsTheFirstStreamOfEachKind) {
  const json::object reply = forward(
      R"("host":"192.0.2.9","audio_port":5002,"video_port":5004,"video_port_2":5006,
         "video_rtcp_port":5005)");
  json::object made = reply.at("rtp_stream").as_object();
  for (const char* id : {"audio_stream_id", "video_stream_id", "video_stream_id_2"}) {
    ASSERT_TRUE(made.contains(id)) << id;
    made.erase(id);
  }
  EXPECT_EQ(made, parse(R"({"host":"192.0.2.9","audio":5002,"video":5004,"video_rtcp":5005,
                            "video_2":5006,"warning":"deprecated_api"})"));
  EXPECT_EQ(media.sending_elsewhere().size(), 3U);
}

TEST_F(ForwardTest, OnePublisherHasNoMoreThanItMay) {
  for (std::size_t i = 0; i < kForwardersPerPublisherMax; ++i) forward_video(R"("port":5004)");
  EXPECT_EQ(forward_video(R"("port":5004)"), error(499, "Too many forwarders of one publisher"));
}

// A resolver that answers when a test says so.
class FakeNames final : public NameExecutor {
 public:
  void submit(std::list<NameJob> job) override { asked.splice(asked.end(), job); }
  bool has_done() const override { return !done.empty(); }
  std::list<NameJob> take_done() override { return std::exchange(done, {}); }

  void resolve(std::vector<std::string_view> addresses) {
    for (const std::string& name : asked.front().names) {
      std::vector<IpAddress>& found = asked.front().addresses.emplace_back();
      if (name == "nobody.example") continue;
      for (const std::string_view each : addresses) found.push_back(*parse_ip_address(each));
    }
    done.splice(done.end(), asked, asked.begin());
  }

  std::list<NameJob> asked;
  std::list<NameJob> done;
};

class NamedForwardTest : public ForwardTest {
 protected:
  void SetUp() override {
    ForwardTest::SetUp();
    core.open_names(names);
  }
  // Asks and goes on. What comes is what the manager is told.
  void ask_for(std::string_view streams) {
    json::object body = parse(R"({"request":"rtp_forward","room":5,"publisher_id":11})");
    body["streams"] = json::parse(streams);
    EXPECT_TRUE(message(client, manager, std::move(body)).empty());
  }
  json::object answered() {
    run_what_is_due();
    for (const json::object& told : take(client, manager)) {
      if (told.contains("videoroom")) return told;
    }
    return {};
  }
  FakeNames names;
};

TEST_F(NamedForwardTest, ANameIsLookedUpWhileOthersGoOn) {
  ask_for(R"([{"mid":"1","port":5004,"host":"there.example","port_2":5006},
              {"mid":"0","port":5002,"host":"192.0.2.9"}])");
  EXPECT_EQ(names.asked.front().names, std::vector<std::string>{"there.example"});
  EXPECT_TRUE(answered().empty());
  const std::uint64_t other = attach(client);
  EXPECT_EQ(sync(client, other, parse(R"({"request":"exists","room":5})")).at("exists"), true);
  names.resolve({"198.51.100.7", "198.51.100.8"});
  const json::object reply = answered();
  ASSERT_EQ(reply.at("forwarders").as_array().size(), 3U);
  EXPECT_EQ(reply.at("forwarders").at(0).at("host"), "198.51.100.7");
  EXPECT_EQ(reply.at("forwarders").at(2).at("host"), "192.0.2.9");
  EXPECT_EQ(media.sending_elsewhere().size(), 3U);
}

TEST_F(NamedForwardTest, OfItsAddressesTheFirstOfTheFamilyIsTaken) {
  ask_for(R"([{"mid":"1","port":5004,"host":"there.example","host_family":"ipv6"}])");
  names.resolve({"198.51.100.7", "2001:db8::7"});
  EXPECT_EQ(answered().at("forwarders").at(0).at("host"), "2001:db8::7");
}

TEST_F(NamedForwardTest, WhatHasNoAddressIsAnError) {
  ask_for(R"([{"mid":"1","port":5004,"host":"nobody.example"}])");
  names.resolve({"198.51.100.7"});
  EXPECT_EQ(answered(), error(430, "Could not resolve address (nobody.example)..."));
  EXPECT_TRUE(media.sending_elsewhere().empty());
}

TEST_F(NamedForwardTest, WhoHasLeftMeanwhileIsNotForwarded) {
  ask_for(R"([{"mid":"1","port":5004,"host":"there.example"}])");
  async(client, publisher, {{"request", "leave"}});
  names.resolve({"198.51.100.7"});
  EXPECT_EQ(answered(), error(428, "No such feed (11)"));
}

TEST_F(NamedForwardTest, WhoAsksMayGoMeanwhile) {
  ask_for(R"([{"mid":"1","port":5004,"host":"there.example"}])");
  ask(client, {{"janus", "detach"}, {"handle_id", manager}});
  names.resolve({"198.51.100.7"});
  run_what_is_due();
  EXPECT_TRUE(media.sending_elsewhere().empty());
  EXPECT_TRUE(names.done.empty());
}

TEST_F(NamedForwardTest, ForWhoMayNotForwardNothingIsLookedUp) {
  EXPECT_EQ(ask_sync(R"({"request":"rtp_forward","room":5,"publisher_id":12,
                         "host":"there.example","streams":[{"mid":"1","port":5004}]})"),
            error(428, "No such feed (12)"));
  EXPECT_TRUE(names.asked.empty());
}

TEST_F(NamedForwardTest, TooManyLookUpsAreRefused) {
  std::vector<std::uint64_t> handles;
  for (std::size_t i = 0; i <= kLookUpsMax; ++i) {
    const std::uint64_t handle = attach(client);
    const json::object reply =
        message(client, handle,
                parse(R"({"request":"rtp_forward","room":5,"publisher_id":11,"host":"there.example",
                  "streams":[{"mid":"1","port":5004}]})"));
    EXPECT_EQ(reply.empty(), i < kLookUpsMax);
  }
  while (!names.asked.empty()) names.resolve({});
  run_what_is_due();
}

class RuledForwardTest : public ForwardTest {
 protected:
  RuledForwardTest() : ForwardTest(config()) {}
  static JanusConfig config() {
    JanusConfig config = test_config();
    config.admin_key = "key";
    config.forwarding.needs_admin_key = true;
    return config;
  }
  void SetUp() override {}
};

TEST_F(RuledForwardTest, ALockedServerWantsItsKey) {
  client = connect();
  manager = attach(client);
  const std::string ask = R"({"request":"rtp_forward","room":1234,"publisher_id":1,
                              "host":"192.0.2.9","streams":[])";
  EXPECT_EQ(ask_sync(ask + "}"), error(429, "Missing mandatory element (admin_key)"));
  EXPECT_EQ(ask_sync(ask + R"(,"admin_key":"no"})"), error(433, "Unauthorized (wrong admin_key)"));
  EXPECT_EQ(ask_sync(ask + R"(,"admin_key":"key"})").at("error_code"), 429);  // the room's secret
}

TEST(ForwardingRules, NothingGoesToTheServerItselfToGroupsOrPastTheConfiguration) {
  ForwardingRules rules;
  rules.own = {*parse_ip_address("192.0.2.2"), *parse_ip_address("2001:db8::2")};
  rules.own_port = 5'000;
  rules.own_ports = 2;
  rules.link = {*parse_ip_address("192.0.2.2"), 24};
  const auto refusal = [&](std::string_view ip, std::uint16_t port) {
    return rules.refusal({*parse_ip_address(ip), port});
  };
  EXPECT_EQ(refusal("198.51.100.7", 5'000), "");
  EXPECT_EQ(refusal("192.0.2.2", 5'002), "");
  EXPECT_NE(refusal("192.0.2.2", 5'001), "");
  EXPECT_NE(refusal("2001:db8::2", 5'000), "");
  EXPECT_NE(refusal("127.0.0.1", 5'000), "");
  EXPECT_EQ(refusal("127.0.0.1", 5'004), "");
  EXPECT_NE(refusal("192.0.2.255", 5'004), "");
  EXPECT_NE(refusal("255.255.255.255", 5'004), "");
  EXPECT_EQ(refusal("198.51.100.255", 5'004), "");
  EXPECT_NE(refusal("0.0.0.0", 5'004), "");
  EXPECT_NE(refusal("224.0.0.5", 5'004), "");
  EXPECT_NE(refusal("ff02::5", 5'004), "");
  EXPECT_NE(refusal("198.51.100.7", 0), "");
  rules.allows_multicast = true;
  EXPECT_EQ(refusal("224.0.0.5", 5'004), "");
  rules.allowed = {{*parse_ip_address("198.51.100.0"), 25}};
  EXPECT_EQ(refusal("198.51.100.7", 5'004), "");
  EXPECT_NE(refusal("198.51.100.200", 5'004), "");
  EXPECT_NE(refusal("2001:db8::7", 5'004), "");
}

}  // namespace
}  // namespace penstock::janus
