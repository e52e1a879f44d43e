#include "tests/integration/harness/janus_session.h"

#include <algorithm>
#include <stdexcept>

namespace penstock::integration {
namespace {

// Enough for a server that shares its processor with everything else.
constexpr Duration kAnswerLimit = 20 * kSecond;

std::unique_ptr<JanusConnection> connect(EventLoop& loop, JanusTransport transport,
                                         const std::string& api_secret) {
  if (transport == JanusTransport::kHttp) return std::make_unique<JanusHttp>(loop, api_secret);
  return std::make_unique<JanusWebSocket>(loop);
}

}  // namespace

JanusSession::JanusSession(EventLoop& loop, JanusTransport transport, std::string api_secret)
    : loop_(loop),
      api_secret_(std::move(api_secret)),
      connection_(connect(loop, transport, api_secret_)) {
  id_ = number_at(request({{"janus", "create"}}), "/data/id");
  if (id_ == 0) throw std::runtime_error("the server made no session");
}

std::uint64_t JanusSession::attach() {
  return number_at(request({{"janus", "attach"}, {"plugin", "janus.plugin.videoroom"}}),
                   "/data/id");
}

json::value JanusSession::request(json::object request) {
  const std::string transaction = "t" + std::to_string(++transaction_);
  if (!request.contains("transaction")) request["transaction"] = transaction;
  if (id_ != 0) request["session_id"] = id_;
  if (!api_secret_.empty()) request["apisecret"] = api_secret_;
  const bool is_message = request["janus"] == "message";
  connection_->send(request);
  return wait_for_event(
      [&](const json::value& event) {
        return text_at(event, "/transaction") == transaction &&
               !(is_message && text_at(event, "/janus") == "ack");
      },
      kAnswerLimit);
}

json::value JanusSession::message(std::uint64_t handle, json::object body,
                                  const std::optional<Jsep>& jsep) {
  json::object request{{"janus", "message"}, {"handle_id", handle}, {"body", std::move(body)}};
  if (jsep) request["jsep"] = {{"type", jsep->type}, {"sdp", jsep->sdp}};
  return this->request(std::move(request));
}

json::value JanusSession::claim(JanusTransport transport) {
  connection_ = connect(loop_, transport, api_secret_);
  return request({{"janus", "claim"}});
}

json::value JanusSession::wait_for_event(const IsWanted& is_wanted, Duration limit) {
  auto& inbox = connection_->inbox();
  auto found = inbox.end();
  loop_.run_until(
      [&] {
        found = std::find_if(inbox.begin(), inbox.end(), is_wanted);
        return found != inbox.end();
      },
      limit);
  if (found == inbox.end()) return nullptr;
  json::value event = std::move(*found);
  inbox.erase(found);
  return event;
}

}  // namespace penstock::integration
