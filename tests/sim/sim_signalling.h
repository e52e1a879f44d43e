// WebSockets and HTTP without sockets: messages between clients and the server's APIs, each way in
// order and with a constant delay, as over TCP. Implements what the core sends through; clients
// open a channel with a function that takes what arrives. While the control plane stands still,
// what was sent to it waits, as in a socket's buffer. Single-threaded; owned by the Simulation.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "controlplane/signalling/message_channel.h"
#include "dataplane/base/time.h"

namespace penstock::sim {

class SimSignalling final : public SignallingSender {
 public:
  using OnText = std::function<void(std::string_view)>;

  explicit SimSignalling(Duration delay) : delay_(delay) {}

  // The client's side.
  ChannelId open(const SocketAddress& from, OnText on_text);
  void send_to_server(ChannelId channel, std::string text);
  void close_from_client(ChannelId channel);

  // An HTTP request, as over a connection of its own.
  struct Request {
    HttpApi api{};
    HttpApiRequest::Method method{};
    std::vector<std::string> segments{};
    std::vector<std::pair<std::string, std::string>> headers{};
    std::string body{};
  };
  using OnResponse = std::function<void(const HttpApiResponse&)>;
  ExchangeId request(const SocketAddress& from, Request request, OnResponse on_response);
  // The client goes away before the answer.
  void cancel(ExchangeId exchange);

  // SignallingSender: the server's side.
  void send(ChannelId channel, std::string text) override;
  void close(ChannelId channel, ChannelCloseReason reason) override;
  void reply(ExchangeId exchange, HttpApiResponse response) override;

  void set_now(Timestamp now) { now_ = now; }
  // When the next message arrives; those for a server that stands still do not count.
  Timestamp next_arrival(bool server_runs) const;
  // Hands over what has arrived; `server` is null while it stands still. True if there was any.
  bool deliver(SignallingHandler* server);
  // All clients go away at this instant.
  void close_all(SignallingHandler& server);

 private:
  enum class Kind : std::uint8_t { kOpen, kText, kClose, kRequest, kCancel, kResponse };
  struct Message {
    Timestamp at = 0;
    Kind kind{};
    ChannelId channel{};
    std::string text;
    ExchangeId exchange{};
  };
  struct Exchange {
    SocketAddress from;
    Request request;
    OnResponse on_response;
    std::optional<HttpApiResponse> response{};
  };
  struct Channel {
    SocketAddress from;
    OnText on_text;
    bool is_known_to_server = false;
  };

  void deliver_to(SignallingHandler& server, const Message& message);
  void deliver_exchange(SignallingHandler& server, const Message& message);

  Duration delay_;
  Timestamp now_ = 0;
  std::uint64_t last_channel_ = 0;
  std::map<ChannelId, Channel> channels_;
  std::map<ExchangeId, Exchange> exchanges_;
  std::deque<Message> to_server_;
  std::deque<Message> to_clients_;
};

}  // namespace penstock::sim
