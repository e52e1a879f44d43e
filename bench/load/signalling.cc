#include "bench/load/signalling.h"

#include <algorithm>

#include "bench/load/clocks.h"

namespace penstock::load {
namespace {

// Few enough that a server need not be configured for them.
constexpr std::size_t kHandlesPerSession = 32;
constexpr std::size_t kSessionsPerSocket = 100;
constexpr std::size_t kHandlesPerSocket = 64;  // when there is a choice
constexpr std::size_t kSocketsMax = 64;        // likewise
constexpr std::size_t kInFlightMax = 4;        // requests on a WebSocket
constexpr Duration kAnswerLimit = 20 * kSecond;
constexpr Duration kKeepAliveInterval = 20 * kSecond;

// The error in an answer, of the core or of the plugin; empty if there is none.
std::string error_of(const json::value& message) {
  for (const auto& [code, reason] :
       {std::pair{"/error/code", "/error/reason"},
        std::pair{"/plugindata/data/error_code", "/plugindata/data/error"}}) {
    if (test::find_at(message, reason) == nullptr && test::find_at(message, code) == nullptr)
      continue;
    return "the server's error " + std::to_string(number_at(message, code)) + ": " +
           text_at(message, reason);
  }
  return {};
}

}  // namespace

Signalling::Signalling(const SignallingConfig& config) : config_(config) {}

std::expected<void, std::string> Signalling::start() {
  const std::size_t wanted =
      config_.connections != 0
          ? config_.connections
          : std::clamp<std::size_t>(config_.handles / kHandlesPerSocket, 1, kSocketsMax);
  const std::size_t sessions = (config_.handles + kHandlesPerSession - 1) / kHandlesPerSession;
  const std::size_t sockets =
      std::max(wanted, (sessions + kSessionsPerSocket - 1) / kSessionsPerSocket);
  channels_.resize(sockets);
  for (Channel& channel : channels_) {
    channel.socket =
        std::make_unique<WebSocket>(io_, [this](const std::string& text) { take(text); });
    if (const auto connected = channel.socket->connect(config_.server); !connected) {
      return connected;
    }
  }
  sessions_.resize(std::max(sessions, sockets));
  std::size_t made = 0;
  for (std::size_t i = 0; i < sessions_.size(); ++i) {
    sessions_[i].channel = &channels_[i % sockets];
    request(*sessions_[i].channel, {{"janus", "create"}}, [this, i, &made](const Reply& reply) {
      if (reply) sessions_[i].id = number_at(*reply, "/data/id");
      if (sessions_[i].id != 0) {
        ++made;
      } else if (failure_.empty()) {
        failure_ = "cannot make a session: " + (reply ? "no id in the answer" : reply.error());
      }
    });
  }
  const bool is_done = wait([&] { return made == sessions_.size(); }, kAnswerLimit);
  next_keep_alive_at_ = monotonic_now() + kKeepAliveInterval;
  if (is_done) return {};
  pending_.clear();
  return std::unexpected(failure().empty() ? "the server does not make sessions" : failure());
}

void Signalling::stop() {
  std::size_t ended = 0;
  for (const Session& session : sessions_) {
    request(*session.channel, {{"janus", "destroy"}, {"session_id", session.id}},
            [&ended](const Reply&) { ++ended; });
  }
  wait([&] { return ended == sessions_.size(); }, 5 * kSecond);
  pending_.clear();
  sessions_.clear();
}

void Signalling::request(Channel& channel, json::object request, OnReply on_reply) {
  const std::string transaction = "t" + std::to_string(++transactions_);
  pending_[transaction] = {.on_reply = std::move(on_reply),
                           .what = std::string(request["janus"].as_string()),
                           .channel = &channel};
  request["transaction"] = transaction;
  if (!config_.api_secret.empty()) request["apisecret"] = config_.api_secret;
  channel.waiting.emplace_back(transaction, json::serialize(request));
  send_waiting(channel);
}

void Signalling::send_waiting(Channel& channel) {
  while (channel.in_flight < kInFlightMax && !channel.waiting.empty()) {
    auto& [transaction, text] = channel.waiting.front();
    deadlines_.emplace_back(monotonic_now() + kAnswerLimit, transaction);
    channel.socket->send(std::move(text));
    channel.waiting.pop_front();
    ++channel.in_flight;
  }
}

Signalling::Pending Signalling::settle(const std::string& transaction) {
  const auto found = pending_.find(transaction);
  Pending pending = std::move(found->second);
  pending_.erase(found);
  --pending.channel->in_flight;
  send_waiting(*pending.channel);
  return pending;
}

void Signalling::attach(OnAttached on_attached) {
  // The next one that has room: there are as many as all handles need.
  for (std::size_t i = 0; i < sessions_.size(); ++i) {
    next_session_ = (next_session_ + 1) % sessions_.size();
    if (sessions_[next_session_].handles < kHandlesPerSession) break;
  }
  const std::size_t index = next_session_;
  ++sessions_[index].handles;
  request(*sessions_[index].channel,
          {{"janus", "attach"},
           {"session_id", sessions_[index].id},
           {"plugin", "janus.plugin.videoroom"}},
          [this, index, on_attached = std::move(on_attached)](const Reply& reply) {
            const std::uint64_t id = reply ? number_at(*reply, "/data/id") : 0;
            if (id != 0) return on_attached(JanusHandle{index, id});
            --sessions_[index].handles;
            on_attached(std::unexpected(reply ? "no handle in the answer" : reply.error()));
          });
}

void Signalling::detach(const JanusHandle& handle) {
  if (handle.id == 0) return;
  Session& session = sessions_[handle.session];
  --session.handles;
  request(*session.channel,
          {{"janus", "detach"}, {"session_id", session.id}, {"handle_id", handle.id}},
          [](const Reply&) {});
}

void Signalling::message(const JanusHandle& handle, json::object body,
                         const std::optional<Jsep>& jsep, OnReply on_reply) {
  const Session& session = sessions_[handle.session];
  json::object message{{"janus", "message"},
                       {"session_id", session.id},
                       {"handle_id", handle.id},
                       {"body", std::move(body)}};
  if (jsep) message["jsep"] = {{"type", jsep->type}, {"sdp", jsep->sdp}};
  request(*session.channel, std::move(message), std::move(on_reply));
}

void Signalling::take(const std::string& text) {
  boost::system::error_code error;
  const json::value message = json::parse(text, error);
  if (error || !message.is_object()) return;
  const std::string kind = text_at(message, "/janus");
  const std::string transaction = text_at(message, "/transaction");
  const auto found = pending_.find(transaction);
  // All that a keepalive gets; of a message, the answer follows.
  if (kind == "ack" && (found == pending_.end() || found->second.what != "keepalive")) return;
  if (found != pending_.end()) return answer(transaction, message.as_object());
  if (kind == "timeout") failure_ = "the server ended a session";
  const std::uint64_t handle = number_at(message, "/sender");
  if (handle != 0 && on_event_) on_event_(handle, message.as_object());
}

void Signalling::answer(const std::string& transaction, const json::object& message) {
  // Taken out first: the call may make further requests.
  const Pending pending = settle(transaction);
  const std::string error = error_of(message);
  if (!error.empty()) return pending.on_reply(std::unexpected(error));
  pending.on_reply(message);
}

void Signalling::give_up(Timestamp now) {
  while (!deadlines_.empty() && deadlines_.front().first <= now) {
    const std::string transaction = deadlines_.front().second;
    deadlines_.pop_front();
    if (!pending_.contains(transaction)) continue;
    const Pending pending = settle(transaction);
    pending.on_reply(std::unexpected("no answer to \"" + pending.what + "\" within 20 s"));
  }
}

void Signalling::keep_alive(Timestamp now) {
  if (now < next_keep_alive_at_) return;
  next_keep_alive_at_ = now + kKeepAliveInterval;
  for (const Session& session : sessions_) {
    request(*session.channel, {{"janus", "keepalive"}, {"session_id", session.id}},
            [](const Reply&) {});
  }
}

void Signalling::poll(Timestamp now) {
  io_.restart();
  io_.poll();
  give_up(now);
  keep_alive(now);
}

bool Signalling::wait(const std::function<bool()>& condition, Duration limit) {
  const Timestamp deadline = monotonic_now() + limit;
  while (!condition()) {
    if (!failure().empty() || monotonic_now() >= deadline) return false;
    io_.restart();
    io_.run_one_for(std::chrono::milliseconds(10));
    give_up(monotonic_now());
  }
  return true;
}

std::vector<int> Signalling::descriptors() {
  std::vector<int> all;
  for (const Channel& channel : channels_) all.push_back(channel.socket->descriptor());
  return all;
}

std::string Signalling::failure() const {
  for (const Channel& channel : channels_) {
    if (!channel.socket->failure().empty()) return channel.socket->failure();
  }
  return failure_;
}

}  // namespace penstock::load
