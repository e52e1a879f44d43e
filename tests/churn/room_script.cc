#include "tests/churn/room_script.h"

#include <stdexcept>

#include "tests/integration/harness/janus_session.h"

namespace penstock::churn {
namespace {

using integration::number_at;
using integration::text_at;

// Without any answer for so long, the server hangs.
constexpr Duration kSilenceMax = 20 * kSecond;
// A server that is briefly full says so and makes the room later; one that always is, does not.
constexpr std::uint64_t kRefusedInARowMax = 100'000;
constexpr std::uint64_t kFirstRoom = 1'000'000;

json::object create_room(std::uint64_t room) {
  const json::array streams{{{"codec", "opus"}}, {{"codec", "vp8"}}, {{"codec", "h264"}}};
  return {{"request", "create"},     {"room", room},
          {"audiocodec", "opus"},    {"videocodec", "vp8,h264"},
          {"dummy_publisher", true}, {"dummy_streams", streams}};
}

}  // namespace

RoomScript::RoomScript(integration::EventLoop& loop, const RoomScriptOptions& options,
                       std::function<void(std::uint64_t)> on_progress)
    : loop_(loop),
      options_(options),
      on_progress_(std::move(on_progress)),
      connection_(loop),
      clients_(options.clients) {}

std::string RoomScript::server_name() {
  connection_.send({{"janus", "info"}, {"transaction", "info"}});
  auto& inbox = connection_.inbox();
  if (!loop_.run_until([&] { return !inbox.empty(); }, kSilenceMax)) {
    throw std::runtime_error("the server does not answer");
  }
  const json::value info = std::move(inbox.front());
  inbox.pop_front();
  return text_at(info, "/name") + " " + text_at(info, "/version_string");
}

void RoomScript::run() {
  for (std::size_t i = 0; i < clients_.size(); ++i) send(i);
  std::uint64_t done_before = 0;
  while (clients_ended_ < clients_.size()) {
    const bool has_ended = loop_.run_until(
        [&] {
          take_answers();
          return clients_ended_ == clients_.size();
        },
        kSilenceMax);
    if (!has_ended && done_ == done_before) {
      throw std::runtime_error("the server does not answer any more, after " +
                               std::to_string(done_) + " rooms");
    }
    done_before = done_;
  }
}

void RoomScript::take_answers() {
  auto& inbox = connection_.inbox();
  while (!inbox.empty()) {
    const json::value answer = std::move(inbox.front());
    inbox.pop_front();
    const std::string transaction = text_at(answer, "/transaction");
    if (!transaction.empty()) take_answer(std::stoul(transaction), answer);
  }
  if (connection_.close_code() != 0) {
    throw std::runtime_error("the server closed the connection: " +
                             std::to_string(connection_.close_code()));
  }
}

void RoomScript::take_answer(std::size_t index, const json::value& answer) {
  Client& client = clients_.at(index);
  if (client.step == Step::kCreateRoom || client.step == Step::kDestroyRoom) {
    return take_room_answer(index, answer);
  }
  if (text_at(answer, "/janus") != "success") {
    throw std::runtime_error("unexpected answer: " + json::serialize(answer));
  }
  if (client.step == Step::kCreateSession) {
    client.session = number_at(answer, "/data/id");
    client.rooms_in_session = 0;
    client.step = Step::kAttach;
    send(index);
  } else if (client.step == Step::kAttach) {
    client.handle = number_at(answer, "/data/id");
    next_room(index);
  } else if (started_ < options_.cycles) {  // its session is destroyed
    client.step = Step::kCreateSession;
    send(index);
  } else {
    client.step = Step::kEnded;
    ++clients_ended_;
  }
}

void RoomScript::take_room_answer(std::size_t index, const json::value& answer) {
  Client& client = clients_[index];
  const std::string result = text_at(answer, "/plugindata/data/videoroom");
  if (client.step == Step::kCreateRoom && result == "created") {
    refused_in_a_row_ = 0;
    client.step = Step::kDestroyRoom;
    send(index);
  } else if (client.step == Step::kDestroyRoom && result == "destroyed") {
    ++done_;
    on_progress_(done_);
    next_room(index);
  } else if (client.step == Step::kCreateRoom && ++refused_in_a_row_ < kRefusedInARowMax) {
    ++refused_;
    send(index);
  } else {
    throw std::runtime_error("unexpected answer: " + json::serialize(answer));
  }
}

void RoomScript::next_room(std::size_t index) {
  Client& client = clients_[index];
  if (started_ == options_.cycles || client.rooms_in_session == options_.rooms_per_session) {
    client.step = Step::kDestroySession;
  } else {
    client.step = Step::kCreateRoom;
    client.room = kFirstRoom + started_++;
    ++client.rooms_in_session;
  }
  send(index);
}

void RoomScript::send(std::size_t index) {
  json::object request = request_for(clients_[index]);
  request["transaction"] = std::to_string(index);
  connection_.send(request);
}

json::object RoomScript::request_for(const Client& client) const {
  if (client.step == Step::kCreateSession) return {{"janus", "create"}};
  json::object request{{"session_id", client.session}};
  if (client.step == Step::kAttach) {
    request["janus"] = "attach";
    request["plugin"] = "janus.plugin.videoroom";
  } else if (client.step == Step::kDestroySession) {
    request["janus"] = "destroy";
  } else {
    request["janus"] = "message";
    request["handle_id"] = client.handle;
    request["body"] = client.step == Step::kCreateRoom
                          ? create_room(client.room)
                          : json::object{{"request", "destroy"}, {"room", client.room}};
  }
  return request;
}

}  // namespace penstock::churn
