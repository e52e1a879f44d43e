// A backend that shows the API secret: no limit of one client holds for it, only the pools. What
// limits a client that does not, is in limits_test.cc.
#include "tests/unit/janus/janus_test.h"

namespace penstock::janus {
namespace {

class BackendTest : public JanusTest {
 protected:
  BackendTest() : JanusTest(config()) { api_secret = "sesame"; }
  static JanusConfig config() {
    JanusConfig config;
    config.api_secret = "sesame";
    config.limits.sessions_per_address_max = 2;
    config.limits.sessions_per_connection_max = 2;
    config.limits.handles_per_session_max = 2;
    config.limits.requests_per_session_per_s = 1;
    config.limits.requests_per_session_burst = 2;
    config.limits.sessions = 500;
    config.limits.handles = 1'500;
    return config;
  }
  static std::string reason_of(const json::object& reply) {
    return reply.contains("error") ? reply.at("error").at("reason").as_string().c_str() : "";
  }
  json::object try_attach(Client& client) {
    return ask(client, {{"janus", "attach"}, {"plugin", "janus.plugin.videoroom"}});
  }
};

TEST_F(BackendTest, HasAsManySessionsOnOneConnectionAsThePoolHolds) {
  const ChannelId channel = open();
  for (int i = 0; i < 500; ++i) create_session(channel);
  EXPECT_EQ(core.counts().client_networks, 0u) << "its address is counted by nothing";
  const json::object refused = ask(channel, {{"janus", "create"}});
  EXPECT_EQ(refused.at("error").at("code"), 472);
  EXPECT_EQ(reason_of(refused),
            "Not accepting new sessions (all sessions are in use: limits.participants)");
  close(channel);
  run_what_is_due();
  EXPECT_EQ(core.counts(), baseline);
}

TEST_F(BackendTest, HasAsManyHandlesInOneSessionAsThePoolHolds) {
  Client client = connect();
  std::vector<std::uint64_t> handles;
  for (int i = 0; i < 1'500; ++i) {
    handles.push_back(try_attach(client).at("data").at("id").to_number<std::uint64_t>());
  }
  const json::object refused = try_attach(client);
  EXPECT_EQ(refused.at("error").at("code"), 461);
  EXPECT_EQ(reason_of(refused),
            "Couldn't attach to plugin: all handles are in use (limits.participants)");
  for (const std::uint64_t handle : {handles.front(), handles[750], handles.back()}) {
    EXPECT_EQ(sync(client, handle, {{"request", "exists"}, {"room", 1234}}).at("exists"), true);
  }
  close(client.channel);
  run_what_is_due();
  EXPECT_EQ(core.counts(), baseline);
}

TEST_F(BackendTest, MayAskAsOftenAsItWants) {
  Client client = connect();
  for (int i = 0; i < 1'000; ++i) {
    ASSERT_EQ(ask(client, {{"janus", "keepalive"}}).at("janus"), "ack") << i;
  }
}

TEST_F(BackendTest, ClaimsMoreSessionsThanOneConnectionOfAClientHas) {
  std::vector<Client> clients;
  for (int i = 0; i < 5; ++i) clients.push_back(connect());
  const ChannelId channel = open();
  for (Client& client : clients) {
    client.channel = channel;
    EXPECT_EQ(ask(client, {{"janus", "claim"}}).at("janus"), "success");
  }
  EXPECT_EQ(core.counts().sessions, 5u);
}

TEST_F(BackendTest, TheListenersHearThatTheSecretWasShown) {
  const ChannelId channel = open();
  api_secret = "sesamo";
  ask(channel, {{"janus", "create"}});
  EXPECT_TRUE(sender.exempt_channels.empty());
  api_secret = "sesame";
  ask(channel, {{"janus", "create"}});
  EXPECT_EQ(sender.exempt_channels, std::vector{channel});
}

TEST_F(BackendTest, TheListenersHearItOfARequestAndOfALongPoll) {
  const auto post_with = [&](std::string_view secret) {
    return http(
        HttpApiRequest::Method::kPost, {},
        R"({"janus":"create","transaction":"t","apisecret":")" + std::string(secret) + "\"}");
  };
  post_with("sesamo");
  EXPECT_TRUE(sender.exempt_exchanges.empty());
  const ExchangeId created = post_with("sesame");
  const auto session = parse(sender.replies.at(created).body).at("data").at("id");
  const std::string path = std::to_string(session.to_number<std::uint64_t>());
  EXPECT_EQ(sender.replies.at(get({path})).status, 403u);
  const ExchangeId poll = get({path}, {{"apisecret", "sesame"}});
  EXPECT_EQ(sender.exempt_exchanges, (std::vector{created, poll}));
}

TEST_F(BackendTest, TheSecretCountsInTheRequestThatShowsItOnly) {
  Client client = connect();
  api_secret.clear();
  EXPECT_EQ(reason_of(ask(client, {{"janus", "keepalive"}})),
            "Unauthorized request (wrong or missing secret/token)");
  api_secret = "sesamo";
  EXPECT_EQ(reason_of(ask(client, {{"janus", "keepalive"}})),
            "Unauthorized request (wrong or missing secret/token)");
  api_secret = "sesame";
}

class UnsetSecretTest : public JanusTest {
 protected:
  UnsetSecretTest() : JanusTest(config()) { api_secret = "sesame"; }
  static JanusConfig config() {
    JanusConfig config = test_config();
    config.limits.handles_per_session_max = 2;
    return config;
  }
};

TEST_F(UnsetSecretTest, ASecretThatNobodyAskedForExemptsNobody) {
  Client client = connect();
  attach(client);
  attach(client);
  EXPECT_EQ(ask(client, {{"janus", "attach"}, {"plugin", "janus.plugin.videoroom"}})
                .at("error")
                .at("reason"),
            "Couldn't attach to plugin: too many handles in this session "
            "(signalling.handles_per_session_max)");
}

}  // namespace
}  // namespace penstock::janus
