// One accepted TCP connection, and what all of them share. A connection is a coroutine: run()
// serves the client and returns when it is gone; then the server destroys the connection. Nothing
// else keeps a pointer to it across suspensions: channels and exchanges are found by number.
// Everything on the control thread.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <unordered_map>

#include "controlplane/server/http_request_reader.h"
#include "controlplane/server/http_response.h"
#include "controlplane/server/http_routes.h"
#include "controlplane/server/message_channel.h"
#include "controlplane/server/rate_limiter.h"
#include "controlplane/server/signalling_server.h"

namespace penstock {

class HttpConnection;
class WebSocketConnection;

// What connections see of the server. Lives as long as the server.
struct SignallingContext {
  SignallingContext(SignallingOptions with, HttpSite of_site, const RateLimiter::Options& limits)
      : options(std::move(with)), site(std::move(of_site)), rates(limits) {}

  SignallingOptions options;
  HttpSite site;
  RateLimiter rates;
  SignallingHandler* handler = nullptr;  // set by start(), before the first connection
  SignallingStats stats;
  std::uint64_t last_id = 0;  // of connections, channels and exchanges alike
  std::unordered_map<ChannelId, WebSocketConnection*> channels;
  std::unordered_map<ExchangeId, HttpConnection*> exchanges;

  Timestamp now() const { return options.clock(); }
  // Whether limits per address do not hold for this one.
  bool is_exempt(const IpAddress& client) const;
  // Zero, or how long this client has to wait with its next request.
  Duration take_token(const IpAddress& client);
};

class Connection {
 public:
  Connection(boost::asio::ip::tcp::socket socket, SignallingContext& context);
  virtual ~Connection() = default;
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  virtual boost::asio::awaitable<void> run() = 0;

  // Cancels what waits for the client if its deadline has passed. Called every options.tick.
  virtual void on_tick(Timestamp now);
  // The server stops: ends as soon as it decently can.
  virtual void shut_down() = 0;
  // Ends at once, without a word.
  virtual void drop();

  const SocketAddress& client() const { return client_; }

 protected:
  enum class ReadResult { kRequest, kRefused, kTimedOut, kGone };

  // Reads one request, under the deadlines of head and body; a head that has not begun may take
  // `first_byte` to begin.
  boost::asio::awaitable<ReadResult> read_request(HttpRequestReader& reader,
                                                  std::chrono::milliseconds first_byte);
  // Appends what arrives next to received_; false if the client is gone or the deadline passed.
  boost::asio::awaitable<bool> receive();
  // False if the client is gone or reads too slowly.
  boost::asio::awaitable<bool> write(const HttpResponse& response);
  // Answers a refusal, then closes such that the answer arrives: unread input would make the
  // kernel send a reset that overtakes it.
  boost::asio::awaitable<void> refuse(HttpResponse response);

  void set_deadline(std::chrono::milliseconds from_now);
  void clear_deadline() { deadline_.reset(); }
  bool is_late(Timestamp now) const { return deadline_ && now >= *deadline_; }
  // Views into the request.
  ClientInfo client_info(const HttpRequest& request) const;

  boost::asio::ip::tcp::socket socket_;
  SignallingContext& context_;
  SocketAddress client_;
  std::string received_;  // not yet consumed
  bool timed_out_ = false;
  bool shutting_down_ = false;

 private:
  boost::asio::awaitable<bool> write_bytes(std::string_view first, std::string_view second);

  std::optional<Timestamp> deadline_;
};

SocketAddress socket_address_from(const boost::asio::ip::tcp::endpoint& endpoint);

}  // namespace penstock
