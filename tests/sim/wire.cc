#include "tests/sim/wire.h"

#include <algorithm>
#include <utility>

namespace penstock::sim {
namespace {

std::string_view kind_of(const json::object& message) { return message.at("janus").as_string(); }

json::value at(const json::object& answer, std::string_view pointer) {
  boost::system::error_code failed;
  const json::value root = answer;
  const json::value* found = root.find_pointer(pointer, failed);
  return found == nullptr ? json::value() : *found;
}

}  // namespace

Wire::Wire(Simulation& sim, std::uint16_t host)
    : sim_(sim),
      channel_(sim.signalling().open(
          {host_addresses(host).ipv4.address, 50'000},
          [this](std::string_view text) { received_.push_back(json::parse(text).as_object()); })) {}

std::string Wire::send(json::object request) {
  const std::string transaction = "w" + std::to_string(++last_transaction_);
  request["transaction"] = transaction;
  if (session_ != 0 && !request.contains("session_id")) request["session_id"] = session_;
  sim_.signalling().send_to_server(channel_, json::serialize(request));
  return transaction;
}

json::object Wire::ask(json::object request) {
  const bool is_message = request.at("janus").as_string() == "message";
  const std::string transaction = send(std::move(request));
  const json::object* answer = nullptr;
  sim_.run_until(
      [&] {
        answer = find_answer(transaction);
        return answer != nullptr && !(is_message && kind_of(*answer) == "ack");
      },
      kSecond);
  return answer == nullptr ? json::object{} : *answer;
}

// The last one: after the `ack` comes the event.
const json::object* Wire::find_answer(const std::string& transaction) const {
  const auto found = std::find_if(received_.rbegin(), received_.rend(), [&](const auto& message) {
    const json::value* value = message.if_contains("transaction");
    return value != nullptr && value->as_string() == transaction;
  });
  return found == received_.rend() ? nullptr : &*found;
}

std::uint64_t Wire::create_session() {
  session_ = at(ask({{"janus", "create"}}), "/data/id").to_number<std::uint64_t>();
  return session_;
}

std::uint64_t Wire::attach() {
  return at(ask({{"janus", "attach"}, {"plugin", "janus.plugin.videoroom"}}), "/data/id")
      .to_number<std::uint64_t>();
}

json::object Wire::ask_room(std::uint64_t handle, json::object body, json::object jsep) {
  json::object request{{"janus", "message"}, {"handle_id", handle}, {"body", std::move(body)}};
  if (!jsep.empty()) request["jsep"] = std::move(jsep);
  return ask(std::move(request));
}

void Wire::close() { sim_.signalling().close_from_client(channel_); }

std::size_t Wire::count(std::string_view kind) const {
  return static_cast<std::size_t>(std::ranges::count_if(
      received_, [kind](const json::object& message) { return kind_of(message) == kind; }));
}

int error_code(const json::object& answer) {
  for (const char* pointer : {"/error/code", "/plugindata/data/error_code"}) {
    const json::value code = at(answer, pointer);
    if (code.is_number()) return code.to_number<int>();
  }
  return 0;
}

std::string error_text(const json::object& answer) {
  for (const char* pointer : {"/error/reason", "/plugindata/data/error"}) {
    const json::value text = at(answer, pointer);
    if (text.is_string()) return std::string(text.as_string());
  }
  return {};
}

}  // namespace penstock::sim
