// Tokens: what signed ones have to say, what they and stored ones open.
#include "controlplane/janus/access_tokens.h"

#include "controlplane/janus/signed_token.h"
#include "controlplane/signalling/limits.h"
#include "tests/unit/janus/janus_test.h"

namespace penstock::janus {
namespace {

constexpr std::int64_t kNowS = 1'699'999'999;
constexpr std::string_view kSecret = "key";
constexpr const char* kUnauthorized = "Unauthorized request (wrong or missing secret/token)";

// By Python's hmac: base64.b64encode(hmac.new(b"key", content, "sha1").digest()).
constexpr std::string_view kVector =
    "1700000000,janus,janus.plugin.videoroom:lXDLTsc/KI2oZDnAOfThJj6WFNU=";

bool opens(std::string_view token, const TokenClaim& claim, std::int64_t now_s = kNowS,
           std::string_view secret = kSecret) {
  return is_signed_token(token, claim, secret, now_s);
}

TEST(SignedTokenTest, IsHmacSha1OfWhatStandsBeforeTheColon) {
  EXPECT_EQ(sign_token("1700000000,janus,janus.plugin.videoroom", kSecret), kVector);
  EXPECT_TRUE(opens(kVector, {.realm = "janus"}));
  EXPECT_TRUE(opens(kVector, {.realm = "janus", .descriptor = "janus.plugin.videoroom"}));
}

TEST(SignedTokenTest, IsGoodUntilItExpires) {
  EXPECT_TRUE(opens(kVector, {.realm = "janus"}, 1'699'999'999));
  EXPECT_FALSE(opens(kVector, {.realm = "janus"}, 1'700'000'000));
}

TEST(SignedTokenTest, IsGoodForItsRealmAndDescriptorsAlone) {
  EXPECT_FALSE(opens(kVector, {.realm = "janus.plugin.videoroom"}));
  EXPECT_FALSE(opens(kVector, {.realm = "janus", .descriptor = "janus.plugin.echotest"}));
  EXPECT_FALSE(opens(kVector, {.realm = "janus", .descriptor = "janus.plugin"}));
  const std::string two = sign_token("1700000000,r,one,two", kSecret);
  EXPECT_TRUE(opens(two, {.realm = "r", .descriptor = "two"}));
  EXPECT_FALSE(opens(two, {.realm = "r", .descriptor = "one,two"}));
}

TEST(SignedTokenTest, WhatIsNotSignedWithTheSecretOpensNothing) {
  EXPECT_FALSE(opens(kVector, {.realm = "janus"}, kNowS, "another"));
  EXPECT_FALSE(opens(kVector, {.realm = "janus"}, kNowS, ""));
  std::string later(kVector);
  later[1] = '8';
  EXPECT_FALSE(opens(later, {.realm = "janus"}));
  EXPECT_FALSE(opens(kVector.substr(0, kVector.size() - 1), {.realm = "janus"}));
  for (const char* bad : {"", ":", ",:", "1700000000,janus", "1700000000,janus:"})
    EXPECT_FALSE(opens(bad, {.realm = "janus"})) << bad;
  for (const char* content : {"", "1700000000", "never,janus", ",janus", "-1,janus",
                              "99999999999999999999,janus", "1700000000 ,janus"}) {
    EXPECT_FALSE(opens(sign_token(content, kSecret), {.realm = "janus"})) << content;
  }
}

TEST(StoredTokensTest, AreBounded) {
  AccessTokens tokens({.are_needed = true});
  for (std::size_t i = 0; i < kStoredTokensMax; ++i)
    ASSERT_TRUE(tokens.add("token" + std::to_string(i)));
  EXPECT_FALSE(tokens.add("one more"));
  EXPECT_TRUE(tokens.add("token7")) << "it is there already";
  EXPECT_TRUE(tokens.remove("token7"));
  EXPECT_TRUE(tokens.add("one more"));
}

class TokensTest : public JanusTest {
 protected:
  explicit TokensTest(std::string signing_secret) : JanusTest(config(std::move(signing_secret))) {}
  static JanusConfig config(std::string signing_secret) {
    JanusConfig config = test_config();
    config.api_secret = "sesame";
    config.tokens = {.are_needed = true,
                     .signing_secret = std::move(signing_secret),
                     .unix_time_s = [] { return kNowS; }};
    return config;
  }
  void TearDown() override {
    api_secret = "sesame";
    JanusTest::TearDown();
  }
  static json::object error_of(const json::object& reply) {
    return reply.contains("error") ? reply.at("error").as_object() : json::object{};
  }
  static json::object core_error(int code, std::string_view reason) {
    return {{"code", code}, {"reason", reason}};
  }
  // A session of somebody who shows this token, and a request of it.
  Client connect_with(std::string_view token) {
    const ChannelId channel = open();
    const json::object reply = ask(channel, {{"janus", "create"}, {"token", token}});
    EXPECT_EQ(reply.at("janus"), "success") << json::serialize(reply);
    Client client;
    client.channel = channel;
    client.session = reply.at("data").at("id").to_number<std::uint64_t>();
    return client;
  }
  json::object attach_with(Client& client, std::string_view token) {
    return ask(client,
               {{"janus", "attach"}, {"plugin", "janus.plugin.videoroom"}, {"token", token}});
  }
};

class StoredTokensOfCoreTest : public TokensTest {
 protected:
  StoredTokensOfCoreTest() : TokensTest("") {}
};

TEST_F(StoredTokensOfCoreTest, EveryRequestButPingAndInfoNeedsOne) {
  core.tokens().add("good");
  const ChannelId channel = open();
  EXPECT_EQ(ask(channel, {{"janus", "ping"}}).at("janus"), "pong");
  EXPECT_EQ(ask(channel, {{"janus", "info"}}).at("auth_token"), true);
  const json::object refused = core_error(403, kUnauthorized);
  EXPECT_EQ(error_of(ask(channel, {{"janus", "create"}})), refused);
  EXPECT_EQ(error_of(ask(channel, {{"janus", "create"}, {"token", "bad"}})), refused);
  EXPECT_EQ(error_of(ask(channel, {{"janus", "create"}, {"token", ""}})), refused);
  EXPECT_EQ(error_of(ask(channel, {{"janus", "create"}, {"token", 5}})), refused);
  Client client = connect_with("good");
  EXPECT_EQ(error_of(ask(client, {{"janus", "keepalive"}})), refused);
  EXPECT_EQ(ask(client, {{"janus", "keepalive"}, {"token", "good"}}).at("janus"), "ack");
  EXPECT_EQ(attach_with(client, "good").at("janus"), "success");
}

TEST_F(StoredTokensOfCoreTest, TheSecretDoesInsteadOfOne) {
  api_secret = "sesame";
  Client client = connect();
  EXPECT_EQ(ask(client, {{"janus", "keepalive"}}).at("janus"), "ack");
  EXPECT_NE(attach(client), 0u);
}

TEST_F(StoredTokensOfCoreTest, OneThatIsRemovedIsWorthNothingAtOnce) {
  core.tokens().add("good");
  Client client = connect_with("good");
  core.tokens().remove("good");
  EXPECT_EQ(error_of(ask(client, {{"janus", "keepalive"}, {"token", "good"}})),
            core_error(403, kUnauthorized));
}

TEST_F(StoredTokensOfCoreTest, OneWithoutThePluginAttachesToNothing) {
  core.tokens().add("good");
  core.tokens().find("good")->has_videoroom = false;
  Client client = connect_with("good");
  EXPECT_EQ(error_of(attach_with(client, "good")),
            core_error(405, "Provided token can't access plugin 'janus.plugin.videoroom'"));
  core.tokens().find("good")->has_videoroom = true;
  EXPECT_EQ(attach_with(client, "good").at("janus"), "success");
}

TEST_F(StoredTokensOfCoreTest, LongPollsNeedOneToo) {
  core.tokens().add("good");
  const json::object created = post({}, R"({"janus":"create","transaction":"t","token":"good"})");
  const std::string session =
      std::to_string(created.at("data").at("id").to_number<std::uint64_t>());
  EXPECT_EQ(sender.replies[get({session})].status, 403u);
  EXPECT_EQ(sender.replies[get({session}, {{"token", "bad"}})].status, 403u);
  EXPECT_FALSE(is_answered(get({session}, {{"token", "good"}})));
}

TEST_F(StoredTokensOfCoreTest, GuestsShowOneInRoomsThatNeedNothingElse) {
  core.tokens().add("good");
  const room::Id room(std::uint64_t{1234});
  const auto admit = [&](std::optional<std::string_view> token) {
    return core.admit(room, token, room::GuestRole::kPublisher).has_value();
  };
  EXPECT_FALSE(admit(std::nullopt));
  EXPECT_FALSE(admit("bad"));
  EXPECT_TRUE(admit("good"));
  EXPECT_TRUE(admit("sesame"));
  core.tokens().find("good")->has_videoroom = false;
  EXPECT_FALSE(admit("good"));
}

TEST_F(StoredTokensOfCoreTest, RoomsOfSignedTokensCannotBeMade) {
  api_secret = "sesame";
  Client client = connect();
  EXPECT_EQ(
      sync(client, attach(client), {{"request", "create"}, {"room", 5}, {"signed_tokens", true}}),
      error(430, "Invalid element (signed_tokens needs signalling.token_auth_secret)"));
}

class SignedTokensOfCoreTest : public TokensTest {
 protected:
  SignedTokensOfCoreTest() : TokensTest(std::string(kSecret)) {}
};

TEST_F(SignedTokensOfCoreTest, OpenTheApiAndThePluginsThatTheyName) {
  const std::string all = sign_token("1700000000,janus,janus.plugin.videoroom", kSecret);
  const std::string none = sign_token("1700000000,janus", kSecret);
  const std::string expired = sign_token("1600000000,janus,janus.plugin.videoroom", kSecret);
  const std::string of_room = sign_token("1700000000,janus.plugin.videoroom,room=5", kSecret);
  Client client = connect_with(all);
  EXPECT_EQ(attach_with(client, all).at("janus"), "success");
  EXPECT_EQ(error_of(attach_with(client, none)).at("code"), 405);
  for (const std::string& bad : {expired, of_room})
    EXPECT_EQ(error_of(attach_with(client, bad)), core_error(403, kUnauthorized));
  core.tokens().add("stored");
  EXPECT_EQ(error_of(attach_with(client, "stored")), core_error(403, kUnauthorized));
}

TEST_F(SignedTokensOfCoreTest, ARoomMayNeedOneThatIsSignedForIt) {
  api_secret = "sesame";
  create_room(5, {{"signed_tokens", true}, {"pin", "pin"}, {"allowed", json::array{"in"}}});
  Client client = connect();
  const std::string good = sign_token("1700000000,janus.plugin.videoroom,room=5", kSecret);
  const std::string of_another = sign_token("1700000000,janus.plugin.videoroom,room=55", kSecret);
  const std::string of_core = sign_token("1700000000,janus,room=5", kSecret);
  const json::object wrong = error(433, "Unauthorized (wrong token)");
  EXPECT_EQ(join(client, attach(client), 5, 1, {{"pin", "pin"}}), wrong);
  for (const std::string& token : {of_another, of_core, std::string("in")})
    EXPECT_EQ(join(client, attach(client), 5, 1, {{"token", token}, {"pin", "pin"}}), wrong);
  EXPECT_EQ(join(client, attach(client), 5, 1, {{"token", good}}).at("error_code"), 429)
      << "the pin is needed as well";
  EXPECT_EQ(join(client, attach(client), 5, 1, {{"token", good}, {"pin", "pin"}}),
            error(433, "Unauthorized (not in the allowed list)"));
}

TEST_F(SignedTokensOfCoreTest, SubscribersNeedItAsPublishersDo) {
  api_secret = "sesame";
  create_room(5, {{"signed_tokens", true}});
  Client client = connect();
  const std::string good = sign_token("1700000000,janus.plugin.videoroom,room=5", kSecret);
  const std::uint64_t publisher = attach(client);
  EXPECT_EQ(join(client, publisher, 5, 1, {{"token", good}}).at("videoroom"), "joined");
  publish(client, publisher);
  const auto subscribe_with = [&](std::string_view token) {
    return subscribe(client, attach(client), 5, R"([{"feed":1}])", {{"token", token}});
  };
  EXPECT_EQ(subscribe_with("bad"), error(433, "Unauthorized (wrong token)"));
  EXPECT_EQ(subscribe_with(good).at("videoroom"), "attached");
}

TEST_F(SignedTokensOfCoreTest, GuestsShowOneOfTheRoom) {
  api_secret = "sesame";
  create_room(5, {{"signed_tokens", true}, {"pin", "pin"}});
  const room::Id room(std::uint64_t{5});
  for (const room::GuestRole role : {room::GuestRole::kPublisher, room::GuestRole::kPlayer}) {
    const auto admit = [&](std::string_view token) {
      return core.admit(room, token, role).has_value();
    };
    EXPECT_FALSE(admit("pin"));
    EXPECT_FALSE(admit(sign_token("1700000000,janus,janus.plugin.videoroom", kSecret)));
    EXPECT_TRUE(admit(sign_token("1700000000,janus.plugin.videoroom,room=5", kSecret)));
    EXPECT_TRUE(admit("sesame"));
  }
}

}  // namespace
}  // namespace penstock::janus
