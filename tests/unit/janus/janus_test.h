// The fixture of all tests of the Janus core: a core over fakes, clients that speak to it, and the
// rule that every test ends with exactly what was there when it began.
#pragma once

#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "controlplane/janus/core.h"
#include "tests/unit/janus/fake_media.h"
#include "tests/unit/janus/fake_sender.h"

namespace penstock::janus {

inline json::object parse(std::string_view text) { return json::parse(text).as_object(); }

constexpr std::string_view kAudioVideo = "m=audio 0 opus\nm=video 1 vp8";

// A WebSocket with a session.
struct Client {
  ChannelId channel{};
  std::uint64_t session = 0;
  std::vector<json::object> inbox;  // what came without being an answer to `ask`
};

class JanusTest : public ::testing::Test {
 protected:
  explicit JanusTest(JanusConfig config = test_config())
      : core(std::move(config), sender, media, random),
        baseline(core.counts()),
        baseline_pools(pools()),
        baseline_peers(media.peer_ids()) {}

  static JanusConfig test_config() {
    JanusConfig config;
    config.limits.requests_per_session_burst = 100'000;
    return config;
  }

  void TearDown() override {
    for (const ChannelId channel : std::set<ChannelId>(open_channels)) close(channel);
    let_everything_time_out();
    const ChannelId admin = open("203.0.113.99");
    Client cleaner = create_session(admin);
    const std::uint64_t handle = attach(cleaner);
    for (const json::value& room : rooms_made) {
      sync(cleaner, handle, {{"request", "destroy"}, {"room", room}, {"secret", room_secret}});
    }
    close(admin);
    let_everything_time_out();
    EXPECT_EQ(core.counts(), baseline) << "something was left behind";
    EXPECT_EQ(pools(), baseline_pools) << "something was not freed";
    EXPECT_EQ(media.peer_ids(), baseline_peers) << "connections were left behind";
    expect_everything_owned();
    EXPECT_EQ(core.next_timeout(), kNever);
    EXPECT_EQ(media.offers_in_flight_twice, 0);
    EXPECT_EQ(sender.replied_twice, 0);
  }

  // Whose connections another API owns.
  std::set<PeerId> guests;

  PoolReports pools() const {
    PoolReports reports;
    core.report_pools(reports);
    return reports;
  }

  // What must be true between any two calls: every object and every connection has one owner, and
  // nothing that was removed is still there.
  void expect_everything_owned() {
    OwnershipWalk walk;
    media.walked.clear();
    core.walk_ownership(walk);
    for (const PeerId guest : guests) media.walk_peer(walk, guest);
    EXPECT_EQ(walk.findings(), std::vector<std::string>{});
    EXPECT_EQ(std::multiset<PeerId>(media.walked.begin(), media.walked.end()), media.peer_ids());
    for (const PoolReport& pool : pools()) {
      EXPECT_TRUE(pool.counts.is_conserved()) << pool.name;
      EXPECT_EQ(pool.counts.retired, 0u) << pool.name;
    }
  }

  // Everything that is due now has its turns. Returns how many.
  int run_what_is_due() {
    int turns = 0;
    for (; core.next_timeout() <= now; ++turns) {
      core.handle_timeout(now);
      expect_everything_owned();
    }
    return turns;
  }

  void let_everything_time_out() {
    for (int i = 0; i < 100 && core.next_timeout() != kNever; ++i) {
      now = core.next_timeout();
      core.handle_timeout(now);
    }
  }

  // --- WebSocket --------------------------------------------------------------------------------
  ChannelId open(std::string_view ip = "192.0.2.1", bool is_limited_by_address = true) {
    const ChannelId channel{++last_channel};
    core.on_open(channel,
                 {.address = {*parse_ip_address(ip), 5'000},
                  .is_limited_by_address = is_limited_by_address,
                  .origin = {}},
                 now);
    open_channels.insert(channel);
    return channel;
  }

  void close(ChannelId channel) {
    open_channels.erase(channel);
    core.on_close(channel, now);
  }

  // Sends text and returns everything that then came on this connection.
  std::vector<json::object> send(ChannelId channel, std::string_view text) {
    auto& received = sender.sent[channel];
    const std::size_t before = received.size();
    core.on_message(channel, text, now);
    expect_everything_owned();
    const auto first = received.begin() + static_cast<std::ptrdiff_t>(before);
    std::vector<json::object> fresh(first, received.end());
    received.erase(first, received.end());
    return fresh;
  }

  // Sends one object and returns the first thing that came back.
  json::object ask(ChannelId channel, json::object request) {
    if (!api_secret.empty()) request["apisecret"] = api_secret;
    if (!request.contains("transaction")) request["transaction"] = "t";
    const auto received = send(channel, json::serialize(request));
    return received.empty() ? json::object{} : received.front();
  }

  Client create_session(ChannelId channel) {
    const json::object reply = ask(channel, {{"janus", "create"}});
    EXPECT_EQ(reply.at("janus"), "success") << json::serialize(reply);
    Client client;
    client.channel = channel;
    client.session = reply.at("data").at("id").to_number<std::uint64_t>();
    return client;
  }
  Client connect(std::string_view ip = "192.0.2.1") { return create_session(open(ip)); }

  // What came besides the answer goes to the inbox.
  json::object ask(Client& client, json::object request) {
    request["session_id"] = client.session;
    if (!api_secret.empty()) request["apisecret"] = api_secret;
    if (!request.contains("transaction")) request["transaction"] = "t";
    json::object answer;
    for (json::object& received : send(client.channel, json::serialize(request))) {
      const bool answers = answer.empty() && received.contains("transaction");
      if (answers) {
        answer = std::move(received);
      } else {
        client.inbox.push_back(std::move(received));
      }
    }
    return answer;
  }

  std::uint64_t attach(Client& client) {
    const json::object reply =
        ask(client, {{"janus", "attach"}, {"plugin", "janus.plugin.videoroom"}});
    EXPECT_EQ(reply.at("janus"), "success") << json::serialize(reply);
    return reply.at("data").at("id").to_number<std::uint64_t>();
  }

  // --- VideoRoom --------------------------------------------------------------------------------
  // Sends a message; returns what answers it (the `success` or the last event with its
  // transaction). Everything else goes to the inbox.
  json::object message(Client& client, std::uint64_t handle, json::object body,
                       std::optional<json::object> jsep = {}) {
    const std::string transaction = "m" + std::to_string(++last_transaction);
    json::object request{{"janus", "message"},
                         {"session_id", client.session},
                         {"handle_id", handle},
                         {"transaction", transaction},
                         {"body", std::move(body)}};
    if (jsep) request["jsep"] = *jsep;
    if (!api_secret.empty()) request["apisecret"] = api_secret;
    json::object answer;
    for (json::object& received : send(client.channel, json::serialize(request))) {
      const json::value* answered = received.if_contains("transaction");
      if (answered != nullptr && *answered == json::value(transaction)) {
        answer = std::move(received);
      } else {
        client.inbox.push_back(std::move(received));
      }
    }
    return answer;
  }

  static json::object data_of(const json::object& message) {
    const json::value* plugin = message.if_contains("plugindata");
    return plugin == nullptr ? message : plugin->at("data").as_object();
  }
  json::object sync(Client& client, std::uint64_t handle, json::object body) {
    const json::object answer = message(client, handle, std::move(body));
    EXPECT_EQ(answer.at("janus"), "success") << json::serialize(answer);
    return data_of(answer);
  }
  json::object async(Client& client, std::uint64_t handle, json::object body,
                     std::optional<json::object> jsep = {}) {
    const json::object answer = message(client, handle, std::move(body), std::move(jsep));
    EXPECT_EQ(answer.at("janus"), "event") << json::serialize(answer);
    return data_of(answer);
  }

  // Takes what came for a handle unasked: the data of plugin events, core events whole.
  std::vector<json::object> take(Client& client, std::uint64_t handle) {
    auto& received = sender.sent[client.channel];
    for (json::object& message : received) client.inbox.push_back(std::move(message));
    received.clear();
    std::vector<json::object> taken;
    std::erase_if(client.inbox, [&](const json::object& message) {
      const json::value* from = message.if_contains("sender");
      if (from == nullptr || from->to_number<std::uint64_t>() != handle) return false;
      taken.push_back(data_of(message));
      return true;
    });
    return taken;
  }

  void create_room(std::uint64_t room, json::object settings = {}) {
    Client client = connect("203.0.113.98");
    settings["request"] = "create";
    settings["room"] = room;
    const json::object reply = sync(client, attach(client), settings);
    EXPECT_EQ(reply, parse(R"({"videoroom":"created","room":)" + std::to_string(room) +
                           R"(,"permanent":false})"));
    rooms_made.emplace_back(room);
    if (settings.contains("secret")) room_secret = settings["secret"].as_string().c_str();
    close(client.channel);
  }

  json::object join(Client& client, std::uint64_t handle, std::uint64_t room, std::uint64_t id,
                    json::object more = {}) {
    more["request"] = "join";
    more["ptype"] = "publisher";
    more["room"] = room;
    more["id"] = id;
    return async(client, handle, more);
  }

  json::object publish(Client& client, std::uint64_t handle, std::string_view sdp = kAudioVideo,
                       json::object more = {}) {
    more["request"] = "publish";
    return async(client, handle, more, offer(sdp));
  }

  json::object subscribe(Client& client, std::uint64_t handle, std::uint64_t room,
                         std::string_view streams, json::object more = {}) {
    more["request"] = "join";
    more["ptype"] = "subscriber";
    more["room"] = room;
    more["streams"] = json::parse(streams);
    return async(client, handle, more);
  }
  json::object start(Client& client, std::uint64_t handle) {
    return async(client, handle, {{"request", "start"}}, answer());
  }

  static json::object offer(std::string_view sdp) { return {{"type", "offer"}, {"sdp", sdp}}; }
  static json::object answer() { return {{"type", "answer"}, {"sdp", "v=0\r\n"}}; }
  static json::object error(int code, std::string_view text) {
    return {{"videoroom", "event"}, {"error_code", code}, {"error", text}};
  }

  // --- HTTP -------------------------------------------------------------------------------------
  ExchangeId http(HttpApiRequest::Method method, std::vector<std::string> segments,
                  std::string_view body, std::vector<HttpApiRequest::Parameter> query = {}) {
    const ExchangeId exchange{++last_exchange};
    HttpApiRequest request;
    request.method = method;
    request.segments = segments;
    request.query = query;
    request.body = body;
    request.client.address = {*parse_ip_address("198.51.100.7"), 6'000};
    core.on_http_request(exchange, request, now);
    return exchange;
  }
  json::object post(std::vector<std::string> segments, std::string_view body) {
    const ExchangeId exchange = http(HttpApiRequest::Method::kPost, std::move(segments), body);
    const HttpApiResponse& response = sender.replies.at(exchange);
    EXPECT_EQ(response.status, 200u);
    return parse(response.body);
  }
  ExchangeId get(std::vector<std::string> segments,
                 std::vector<HttpApiRequest::Parameter> query = {}) {
    return http(HttpApiRequest::Method::kGet, std::move(segments), {}, std::move(query));
  }
  bool is_answered(ExchangeId exchange) const { return sender.replies.contains(exchange); }

  FakeSender sender;
  FakeMedia media;
  SeededRandom random{1};
  Core core;
  Counts baseline;
  PoolReports baseline_pools;
  std::multiset<PeerId> baseline_peers;
  Timestamp now = kSecond;
  std::uint64_t last_channel = 0;
  std::uint64_t last_exchange = 1'000'000;
  std::uint64_t last_transaction = 0;
  std::set<ChannelId> open_channels;
  std::vector<json::value> rooms_made;
  std::string room_secret;
  std::string api_secret;  // what requests carry; empty: nothing
};

}  // namespace penstock::janus
