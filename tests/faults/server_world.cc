#include "tests/faults/server_world.h"

#include "controlplane/admin/ownership.h"
#include "dataplane/base/check.h"

namespace penstock::test {
namespace {

constexpr std::string_view kTransaction = "t";

const Certificate& certificate() {
  static const Certificate the_certificate = [] {
    auto made = Certificate::generate(1'700'000'000);
    PENSTOCK_CHECK(made.has_value());
    return std::move(*made);
  }();
  return the_certificate;
}

sim::SimulationConfig small_config() {
  sim::SimulationConfig config;
  config.workers = 2;
  config.room_peers_per_worker_max = 1;
  config.pools = {.transports = 8, .streams = 24, .subscriptions = 64};
  return config;
}

const json::value* find(const json::object& object, std::string_view name) {
  return object.if_contains(name);
}

bool has_transaction(const json::object& message) {
  const json::value* transaction = find(message, "transaction");
  return transaction != nullptr && transaction->is_string() &&
         transaction->get_string() == kTransaction;
}

json::object data_of(const json::object& message) {
  const json::value* plugin = find(message, "plugindata");
  return plugin == nullptr ? json::object{} : plugin->at("data").as_object();
}

}  // namespace

ServerWorld::ServerWorld()
    : disk_([this](const auto&, std::string_view text) -> std::expected<void, std::string> {
        const NoFailures none;
        file_ = text;
        return {};
      }),
      server_(std::make_unique<sim::SimServer>(small_config(), certificate(),
                                               static_cast<SignallingSender&>(*this),
                                               static_cast<MediaEvents&>(*this))),
      observer_(attach()) {}

// Whatever has failed: everybody goes away, and nothing is left.
ServerWorld::~ServerWorld() {
  server_->whip().close_all(now_);
  for (const ChannelId channel : channels_) server_->janus().on_close(channel, now_);
  for (int i = 0; i < 10 && server_->janus().counts().sessions > 0; ++i) {
    if (server_->janus().next_timeout() != kNever) now_ = server_->janus().next_timeout();
    run();
  }
  const ChannelId channel = connect();
  Client cleaner;
  cleaner.channel = channel;
  server_->janus().on_message(channel, core_request(nullptr, {{"janus", "create"}}, false), now_);
  cleaner.session =
      json::parse(inbox_[channel].back()).at("data").at("id").to_number<std::uint64_t>();
  server_->janus().on_message(
      channel,
      core_request(&cleaner, {{"janus", "attach"}, {"plugin", "janus.plugin.videoroom"}}, false),
      now_);
  cleaner.handle =
      json::parse(inbox_[channel].back()).at("data").at("id").to_number<std::uint64_t>();
  for (const int room : {1, 2}) {
    server_->janus().on_message(channel, message(cleaner, {{"request", "destroy"}, {"room", room}}),
                                now_);
  }
  server_->janus().on_close(channel, now_);
  run();
  server_->expect_baseline();
}

void ServerWorld::run() {
  const NoFailures none;
  for (int turn = 0; turn < 6; ++turn) {
    now_ += 4 * kMillisecond;
    server_->run_once(now_);
    std::vector<std::uint8_t> frame;
    while (server_->host().take_sent(frame)) {
    }
  }
}

ChannelId ServerWorld::connect() {
  const ChannelId channel{++last_channel_};
  channels_.push_back(channel);
  server_->janus().on_open(
      channel,
      {.address = {IpAddress::from_v4({192, 0, 2, static_cast<std::uint8_t>(last_channel_)}), 5},
       .origin = {}},
      now_);
  return channel;
}

ServerWorld::Client ServerWorld::attach() {
  Client client;
  client.channel = connect();
  const auto ask_core = [&](json::object request) {
    server_->janus().on_message(client.channel, core_request(&client, std::move(request), false),
                                now_);
    return json::parse(inbox_[client.channel].back())
        .at("data")
        .at("id")
        .to_number<std::uint64_t>();
  };
  client.session = ask_core({{"janus", "create"}});
  client.handle = ask_core({{"janus", "attach"}, {"plugin", "janus.plugin.videoroom"}});
  ClientConfig config;
  config.seed = last_channel_;
  config.local = {IpAddress::from_v4({198, 18, 1, static_cast<std::uint8_t>(last_channel_)}), 4};
  client.webrtc = std::make_unique<WebRtcClient>(config, certificate());
  return client;
}

std::string ServerWorld::core_request(const Client* client, json::object request, bool has_handle) {
  request["transaction"] = kTransaction;
  if (client != nullptr && client->session != 0) request["session_id"] = client->session;
  if (has_handle) request["handle_id"] = client->handle;
  return json::serialize(request);
}

std::string ServerWorld::message(const Client& client, json::object body, json::object jsep) {
  json::object request{{"janus", "message"}, {"body", std::move(body)}};
  if (!jsep.empty()) request["jsep"] = std::move(jsep);
  return core_request(&client, std::move(request), true);
}

json::object ServerWorld::ask(const Client& client, json::object body, json::object jsep) {
  inbox_[client.channel].clear();
  server_->janus().on_message(client.channel, message(client, std::move(body), std::move(jsep)),
                              now_);
  json::object answer;
  for (const std::string& text : inbox_[client.channel]) {
    const json::object received = json::parse(text).as_object();
    if (has_transaction(received)) answer = received;
  }
  EXPECT_FALSE(data_of(answer).contains("error")) << json::serialize(answer);
  return answer;
}

std::uint64_t ServerWorld::join(const Client& client, json::object more) {
  more["request"] = "join";
  more["ptype"] = "publisher";
  more.emplace("room", 1);
  return data_of(ask(client, std::move(more))).at("id").to_number<std::uint64_t>();
}

json::object ServerWorld::offer_of(Client& client,
                                   const std::vector<SyntheticSourceConfig>& sources) {
  return {{"type", "offer"}, {"sdp", client.webrtc->make_publish_offer(sources)}};
}

void ServerWorld::publish(Client& client, const std::vector<SyntheticSourceConfig>& sources) {
  ask(client, {{"request", "publish"}}, offer_of(client, sources));
}

std::string ServerWorld::subscribe(Client& client, const std::vector<std::uint64_t>& feeds) {
  json::array streams;
  for (const std::uint64_t feed : feeds) streams.push_back(json::object{{"feed", feed}});
  const json::object attached = ask(
      client,
      {{"request", "join"}, {"ptype", "subscriber"}, {"room", 1}, {"streams", std::move(streams)}});
  return std::string(attached.at("jsep").at("sdp").as_string());
}

json::object ServerWorld::answer_to(Client& client, const std::string& offer) {
  return {{"type", "answer"}, {"sdp", client.webrtc->answer_subscription(offer, now_)}};
}

bool ServerWorld::attempt() {
  {
    const NoFailures none;
    for (auto& [channel, texts] : inbox_) texts.clear();
    statuses_.clear();
  }
  if (ending_) return ending_(*this);
  server_->janus().on_message(request_.first, request_.second, now_);
  give_turns();
  const NoFailures none;
  return is_done();
}

void ServerWorld::give_turns() {
  for (int turns = 0; server_->janus().counts().waiting_handles > 0 && turns < 100; ++turns) {
    server_->janus().handle_timeout(now_);
  }
}

void ServerWorld::keep_rooms() {
  const auto nothing_wrong = server_->janus().open_rooms(
      {.table = TableFile(
           "rooms",
           {.begin = "[", .separator = ",", .end = "]", .rows_max = 9, .bytes_max = 99'999}, {}),
       .rooms = {}},
      disk_, now_);
  EXPECT_TRUE(nothing_wrong.empty());
}

std::vector<json::object> ServerWorld::said_to(ChannelId channel) {
  std::vector<json::object> said;
  for (const std::string& text : inbox_[channel]) said.push_back(json::parse(text).as_object());
  return said;
}

// What answers the request says so.
bool ServerWorld::is_done() const {
  const auto texts = inbox_.find(request_.first);
  if (texts == inbox_.end()) return false;
  bool is_done = false;
  for (const std::string& text : texts->second) {
    const json::object received = json::parse(text).as_object();
    if (!has_transaction(received)) continue;
    is_done = received.at("janus") != "error" && !data_of(received).contains("error");
  }
  return is_done;
}

WorldState ServerWorld::state() {
  run();
  WorldState lines;
  PoolReports pools;
  server_->registry().report_pools(pools);
  server_->media().report_pools(pools);
  server_->janus().report_pools(pools);
  server_->whip().report_pools(pools);
  for (const PoolReport& pool : pools) {
    EXPECT_TRUE(pool.counts.is_conserved()) << pool.name;
    lines.push_back(std::string(pool.name) + ": " + std::to_string(pool.counts.live) + " live, " +
                    std::to_string(pool.counts.retired) + " retired");
  }
  const MediaCounts media = server_->media().counts();
  for (const std::size_t count :
       {media.peers, media.transports, media.streams, media.ufrags, media.connecting,
        media.handshakes_in_flight, media.handshakes_waiting, media.rooms_placed}) {
    lines.push_back("media " + std::to_string(count));
  }
  const janus::Counts counts = server_->janus().counts();
  for (const std::size_t count :
       {counts.channels, counts.sessions, counts.handles, counts.guests, counts.long_polls,
        counts.queued_events, counts.timers, counts.client_networks, counts.rooms.participants,
        counts.rooms.published_streams, counts.rooms.subscribers, counts.rooms.subscriptions}) {
    lines.push_back("janus " + std::to_string(count));
  }
  // What anybody can see; nothing if the observer's own session has ended.
  const json::object rooms = data_of(ask(observer_, {{"request", "list"}}));
  lines.push_back(json::serialize(rooms));
  const json::object room = data_of(ask(observer_, {{"request", "exists"}, {"room", 1}}));
  if (!room.empty() && room.at("exists").as_bool()) {
    lines.push_back(
        json::serialize(data_of(ask(observer_, {{"request", "listparticipants"}, {"room", 1}}))));
  }
  if (look_) lines.push_back(json::serialize(data_of(look_(*this))));
  for (const std::string& finding :
       walk_ownership(server_->registry(), server_->media(), server_->janus(), server_->whip())
           .findings()) {
    ADD_FAILURE() << finding;
    lines.push_back(finding);
  }
  return lines;
}

void ServerWorld::send(ChannelId channel, std::string text) {
  const NoFailures none;
  inbox_[channel].push_back(std::move(text));
}

void ServerWorld::close(ChannelId channel, ChannelCloseReason) {
  const NoFailures none;
  closed_.insert(channel);
}

void ServerWorld::reply(ExchangeId exchange, HttpApiResponse response) {
  const NoFailures none;
  statuses_[exchange] = response.status;
}

}  // namespace penstock::test
