#include "tests/integration/harness/participant.h"

#include <stdexcept>

namespace penstock::integration {
namespace {

constexpr Duration kConnectLimit = 20 * kSecond;

void require(bool condition, const std::string& what, const json::value& answer = nullptr) {
  if (!condition) throw std::runtime_error(what + ": " + json::serialize(answer));
}

}  // namespace

Participant::Participant(EventLoop& loop, const Certificate& certificate,
                         const ParticipantOptions& options)
    : loop_(loop),
      certificate_(certificate),
      options_(options),
      session_(loop, options.transport) {}

std::unique_ptr<SocketClient> Participant::make_client(test::ClientConfig config,
                                                       std::uint64_t seed) {
  config.seed = seed;
  config.local = {options_.address, 0};
  return std::make_unique<SocketClient>(loop_, config, certificate_);
}

void Participant::join() {
  publisher_handle_ = session_.attach();
  const json::value joined = session_.message(
      publisher_handle_, {{"request", "join"}, {"ptype", "publisher"}, {"room", options_.room}});
  user_id_ = number_at(joined, "/plugindata/data/id");
  require(user_id_ != 0, "join as publisher", joined);
  publisher_ = make_client(options_.publisher, 2 * options_.sender);
}

void Participant::offer_media() {
  test::SyntheticSourceConfig shown = options_.video.value_or(video(options_.sender));
  shown.sender = options_.sender;
  const std::string offer =
      publisher_->webrtc().make_publish_offer({audio(options_.sender), shown});
  const json::value configured =
      session_.message(publisher_handle_, {{"request", "configure"}}, Jsep{"offer", offer});
  require(text_at(configured, "/plugindata/data/configured") == "ok", "publish", configured);
  require(publisher_->webrtc().accept_publish_answer(text_at(configured, "/jsep/sdp"), loop_.now()),
          "answer to the publisher", configured);
}

void Participant::publish() {
  join();
  offer_media();
  wait_until_connected();
  start_media();
}

void Participant::subscribe(const std::vector<const Participant*>& publishers) {
  subscriber_handle_ = session_.attach();
  json::array streams;
  for (const Participant* publisher : publishers) {
    streams.push_back(json::object{{"feed", publisher->user_id()}});
  }
  const json::value attached = session_.message(subscriber_handle_, {{"request", "join"},
                                                                     {"ptype", "subscriber"},
                                                                     {"room", options_.room},
                                                                     {"streams", streams}});
  const std::string offer = text_at(attached, "/jsep/sdp");
  require(!offer.empty(), "join as subscriber", attached);
  subscriber_ = make_client(options_.subscriber, 2 * options_.sender + 1);
  const std::string answer = subscriber_->webrtc().answer_subscription(offer, loop_.now());
  const json::value started =
      session_.message(subscriber_handle_, {{"request", "start"}}, Jsep{"answer", answer});
  require(text_at(started, "/plugindata/data/started") == "ok", "start the subscription", started);
}

void Participant::wait_until_connected() {
  const bool is_connected = loop_.run_until(
      [&] {
        return publisher_->webrtc().is_connected() &&
               (!subscriber_ || subscriber_->webrtc().is_connected());
      },
      kConnectLimit);
  require(is_connected, "connect");
}

std::uint64_t Participant::received_from(const Participant& other) const {
  std::uint64_t packets = 0;
  for (const auto& [ssrc, stream] : subscriber_->webrtc().received()) {
    if (stream.packets > 0 && stream.sender == other.sender()) packets += stream.packets;
  }
  return packets;
}

}  // namespace penstock::integration
