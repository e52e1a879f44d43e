#include "tests/sim/person.h"

#include <utility>

namespace penstock::sim {

Person::Person(Simulation& sim, std::string name, std::uint32_t watermark)
    : sim_(sim),
      name_(std::move(name)),
      watermark_(watermark),
      uplink_(sim.config().link),
      downlink_(sim.config().link) {}

void Person::join(std::uint64_t room) {
  room_ = room;
  const auto host = static_cast<std::uint16_t>(0x4000 + watermark_);
  channel_ = sim_.signalling().open({host_addresses(host).ipv4.address, 50'000},
                                    [this](std::string_view text) { receive(text); });
  request({{"janus", "create"}}, [this](const json::object& reply) {
    session_ = reply.at("data").at("id").to_number<std::uint64_t>();
    next_keepalive_at_ = sim_.now();
    attach(publisher_, [this] {
      message(publisher_,
              {{"request", "join"}, {"ptype", "publisher"}, {"room", room_}, {"display", name_}});
    });
  });
}

void Person::publish() { publish({audio(watermark_), video(watermark_)}); }

void Person::publish(std::vector<test::SyntheticSourceConfig> sources) {
  when_joined([this, sources = std::move(sources)] {
    if (publisher_.client != nullptr) return;
    connect(publisher_);
    const std::string sdp = publisher_.client->webrtc->make_publish_offer(sources);
    message(publisher_, {{"request", "publish"}}, {{"type", "offer"}, {"sdp", sdp}});
  });
}

void Person::renegotiate(const std::function<void(test::WebRtcClient&)>& change) {
  test::WebRtcClient& webrtc = *publisher_.client->webrtc;
  change(webrtc);
  message(publisher_, {{"request", "configure"}},
          {{"type", "offer"}, {"sdp", webrtc.make_next_offer()}});
}

void Person::unpublish() {
  when_joined([this] {
    if (publisher_.client == nullptr) return;
    message(publisher_, {{"request", "unpublish"}});
    drop(publisher_);
    is_publishing_ = false;
  });
}

void Person::subscribe_to_everyone() {
  when_joined([this] {
    wants_everyone_ = true;
    wanted_.assign(feeds_.begin(), feeds_.end());
    push_subscriptions();
  });
}

void Person::subscribe_to(const Person& other) {
  when_joined([this, &other] {
    wanted_.push_back(other.id());
    push_subscriptions();
  });
}

void Person::subscribe_to_dummy() {
  when_joined([this] {
    wanted_.push_back(dummy_);
    push_subscriptions();
  });
}

void Person::switch_to(const Person& other) {
  json::array streams;
  for (std::size_t i = 0; i < mlines_; ++i) {
    const std::string mid = std::to_string(i);
    streams.push_back(json::object{{"feed", other.id()}, {"mid", mid}, {"sub_mid", mid}});
  }
  message(subscriber_, {{"request", "switch"}, {"streams", std::move(streams)}});
}

void Person::unsubscribe_from(const Person& other) {
  if (subscriber_.state != HandleState::kReady) return;
  message(subscriber_, {{"request", "unsubscribe"},
                        {"streams", json::array{json::object{{"feed", other.id()}}}}});
}

void Person::pause() { message(subscriber_, {{"request", "pause"}}); }
void Person::resume() { message(subscriber_, {{"request", "start"}}); }
void Person::restart_ice() { message(subscriber_, {{"request", "configure"}, {"restart", true}}); }

void Person::leave() {
  for (Handle* handle : {&subscriber_, &publisher_}) {
    if (handle->id != 0) message(*handle, {{"request", "leave"}});
    drop(*handle);
  }
  request({{"janus", "destroy"}});
  sim_.signalling().close_from_client(channel_);
  stop();
}

void Person::kill() {
  set_links({.is_cut = true}, {.is_cut = true});
  stop();
}

void Person::lose_signalling() {
  stop_keepalives();
  sim_.signalling().close_from_client(channel_);
}

void Person::set_links(const LinkConditions& uplink, const LinkConditions& downlink) {
  uplink_ = uplink;
  downlink_ = downlink;
  for (Handle* handle : {&subscriber_, &publisher_}) {
    if (handle->client == nullptr) continue;
    handle->client->uplink.set_conditions(uplink);
    handle->client->downlink.set_conditions(downlink);
  }
}

void Person::say(json::object body) { message(publisher_, std::move(body)); }
void Person::say_as_subscriber(json::object body) { message(subscriber_, std::move(body)); }

void Person::create_room(std::uint64_t room, json::object more) {
  when_joined([this, room, more = std::move(more)]() mutable {
    more["request"] = "create";
    more["room"] = room;
    more["publishers"] = 20;
    message(publisher_, std::move(more));
  });
}

void Person::destroy_room(std::uint64_t room) {
  when_joined([this, room] { message(publisher_, {{"request", "destroy"}, {"room", room}}); });
}

std::size_t Person::events(const std::string& name) const {
  const auto found = events_.find(name);
  return found == events_.end() ? 0 : found->second;
}

void Person::handle_timeout() {
  if (answers_at_ <= sim_.now()) {
    answers_at_ = kNever;
    answer(unanswered_);
  }
  if (next_keepalive_at_ > sim_.now()) return;
  request({{"janus", "keepalive"}});
  next_keepalive_at_ = sim_.now() + 25 * kSecond;
}

void Person::connect(Handle& handle) {
  handle.client = &sim_.add_client(uplink_, downlink_, client_config_);
  sim_.set_peer(*handle.client, handle.id);
  if (prepare_client_) prepare_client_(*handle.client);
}

// The connection ends on our side.
void Person::drop(Handle& handle) {
  if (handle.client != nullptr) handle.client->webrtc->close(sim_.now());
  handle.client = nullptr;
}

}  // namespace penstock::sim
