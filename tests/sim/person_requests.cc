// What a person says to the Janus API and what it makes of what comes back: part of person.h.
#include <utility>

#include "tests/sim/person.h"

namespace penstock::sim {
namespace {

std::string_view text_of(const json::object& object, std::string_view name) {
  const json::value* value = object.if_contains(name);
  return value != nullptr && value->is_string() ? std::string_view(value->get_string())
                                                : std::string_view();
}

json::object object_of(const json::object& object, std::string_view name) {
  const json::value* value = object.if_contains(name);
  return value != nullptr && value->is_object() ? value->get_object() : json::object{};
}

// The id of the dummy publisher, or 0.
std::uint64_t dummy_among(const json::array& publishers) {
  for (const json::value& publisher : publishers) {
    if (publisher.as_object().contains("dummy"))
      return publisher.at("id").to_number<std::uint64_t>();
  }
  return 0;
}

std::size_t count_mlines(std::string_view sdp) {
  std::size_t count = 0;
  for (std::size_t at = sdp.find("\nm="); at != std::string_view::npos;
       at = sdp.find("\nm=", at + 1))
    ++count;
  return count;
}

}  // namespace

void Person::request(json::object request, OnReply on_reply) {
  if (is_stopped_) return;
  const std::string transaction = name_ + std::to_string(++last_transaction_);
  request["transaction"] = transaction;
  if (session_ != 0) request["session_id"] = session_;
  if (on_reply) waiting_[transaction] = std::move(on_reply);
  sim_.signalling().send_to_server(channel_, json::serialize(request));
}

void Person::attach(Handle& handle, std::function<void()> then) {
  handle.state = HandleState::kAttaching;
  request({{"janus", "attach"}, {"plugin", "janus.plugin.videoroom"}},
          [&handle, then = std::move(then)](const json::object& reply) {
            handle.id = reply.at("data").at("id").to_number<std::uint64_t>();
            handle.state = HandleState::kAttached;
            then();
          });
}

void Person::message(const Handle& handle, json::object body, json::object jsep) {
  json::object message{{"janus", "message"}, {"handle_id", handle.id}, {"body", std::move(body)}};
  if (!jsep.empty()) {
    if (rewrite_description_) jsep["sdp"] = rewrite_description_(text_of(jsep, "sdp"));
    message["jsep"] = std::move(jsep);
  }
  request(std::move(message));
}

void Person::when_joined(std::function<void()> action) {
  if (is_joined()) return action();
  pending_.push_back(std::move(action));
}

// One request for everybody who is wanted and not asked for yet.
void Person::push_subscriptions() {
  if (wanted_.empty() || is_stopped_) return;
  if (subscriber_.state == HandleState::kNone) {
    return attach(subscriber_, [this] { push_subscriptions(); });
  }
  if (subscriber_.state != HandleState::kAttached && subscriber_.state != HandleState::kReady)
    return;
  json::array streams;
  for (const std::uint64_t feed : std::exchange(wanted_, {}))
    streams.push_back(json::object{{"feed", feed}});
  if (subscriber_.state == HandleState::kReady) {
    return message(subscriber_, {{"request", "subscribe"}, {"streams", std::move(streams)}});
  }
  subscriber_.state = HandleState::kJoining;
  message(subscriber_, {{"request", "join"},
                        {"ptype", "subscriber"},
                        {"room", room_},
                        {"streams", std::move(streams)}});
}

void Person::receive(std::string_view text) {
  if (is_stopped_) return;
  const json::object root = json::parse(text).as_object();
  const std::string_view kind = text_of(root, "janus");
  if (kind == "ack") return;
  ++events_[std::string(kind)];
  if (kind == "error") errors_.emplace_back(root.at("error").at("reason").as_string());
  if (const auto found = waiting_.find(std::string(text_of(root, "transaction")));
      found != waiting_.end()) {
    const OnReply on_reply = std::move(found->second);
    waiting_.erase(found);
    if (kind == "success") on_reply(root);
    return;
  }
  if (kind != "event" && kind != "success") return;
  const json::object data = object_of(object_of(root, "plugindata"), "data");
  const json::value* sender = root.if_contains("sender");
  if (sender != nullptr)
    receive_event(sender->to_number<std::uint64_t>(), data, object_of(root, "jsep"));
}

void Person::receive_event(std::uint64_t sender, const json::object& data,
                           const json::object& jsep) {
  if (text_of(data, "videoroom") == "destroyed") ++events_["destroyed"];
  if (const std::string_view error = text_of(data, "error"); !error.empty())
    errors_.emplace_back(error);
  if (sender == publisher_.id) {
    receive_publisher_event(data, jsep);
  } else if (sender == subscriber_.id) {
    receive_subscriber_event(data, jsep);
  }
}

void Person::receive_publisher_event(const json::object& data, const json::object& jsep) {
  if (text_of(data, "videoroom") == "joined") {
    id_ = data.at("id").to_number<std::uint64_t>();
    dummy_ = dummy_among(data.at("publishers").as_array());
    if (const json::value* speaks = data.if_contains("dominant_speaker"))
      dominant_speaker_ = speaks->to_number<std::uint64_t>();
    publisher_.state = HandleState::kReady;
    for (const auto& action : std::exchange(pending_, {})) action();
  }
  if (text_of(data, "videoroom") == "dominant-speaker") {
    dominant_speaker_ = data.at("id").to_number<std::uint64_t>();
    ++events_["dominant-speaker"];
  }
  if (const json::value* what = data.if_contains("recording"); what != nullptr)
    ++events_["recording " + std::string(what->as_string())];
  if (!jsep.empty() && publisher_.client != nullptr) {
    test::WebRtcClient& webrtc = *publisher_.client->webrtc;
    if (webrtc.accept_publish_answer(text_of(jsep, "sdp"), sim_.now())) {
      if (!is_publishing_) webrtc.start_media(sim_.now());
      is_publishing_ = true;
    }
  }
  if (const json::value* publishers = data.if_contains("publishers"))
    note_publishers(publishers->as_array());
  for (const std::string_view how : {"unpublished", "leaving"}) {
    const json::value* who = data.if_contains(how);
    if (who == nullptr || !who->is_number()) continue;
    feeds_.erase(who->to_number<std::uint64_t>());
    ++events_[std::string(how)];
  }
}

void Person::note_publishers(const json::array& publishers) {
  for (const json::value& publisher : publishers) {
    const auto feed = publisher.at("id").to_number<std::uint64_t>();
    if (feeds_.insert(feed).second && wants_everyone_) wanted_.push_back(feed);
  }
  push_subscriptions();
}

void Person::answer(std::string_view offer) {
  const std::string sdp = subscriber_.client->webrtc->answer_subscription(offer, sim_.now());
  message(subscriber_, {{"request", "start"}}, {{"type", "answer"}, {"sdp", sdp}});
}

void Person::receive_subscriber_event(const json::object& data, const json::object& jsep) {
  if (subscriber_.state == HandleState::kJoining && data.contains("error")) {
    // The feed left meanwhile: try again with whoever is there when somebody comes.
    subscriber_.state = HandleState::kAttached;
    wanted_.assign(feeds_.begin(), feeds_.end());
    return;
  }
  if (text_of(data, "videoroom") == "attached") subscriber_.state = HandleState::kReady;
  if (const json::value* starved = data.if_contains("starved"))
    ++events_[starved->as_bool() ? "starved" : "fed"];
  if (text_of(jsep, "type") == "offer") {
    if (subscriber_.client == nullptr) connect(subscriber_);
    const std::string_view offer = text_of(jsep, "sdp");
    mlines_ = count_mlines(offer);
    ++offers_;
    if (thinks_for_ == 0) {
      answer(offer);
    } else {
      unanswered_ = offer;
      answers_at_ = sim_.now() + thinks_for_;
    }
  }
  push_subscriptions();
}

}  // namespace penstock::sim
