// One accepted TCP connection, and what all of them share. Everything on the control thread.
//
// A connection is served by coroutines of its own. Three rules keep it alive as long as one of them
// runs, and no longer:
// - A coroutine of a connection is started by start() or by another one of it, never by a call from
//   outside. Such calls (send, close, on_reply, shut_down, ...) change state and wake a coroutine.
// - When the last one has ended, on_end is called, and nobody finds the connection any more.
// - Channels and exchanges are found by number, for as long as the coroutine is in its scope.
//
// An exception that leaves a coroutine ends its connection, is logged and counted, and nothing
// else.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <chrono>
#include <cstdint>
#include <exception>
#include <functional>
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
  // Logs and counts an exception that ends a connection of this client.
  void report_failure(const SocketAddress& client, const std::exception_ptr& failure);
};

class Connection {
 public:
  Connection(boost::asio::ip::tcp::socket socket, SignallingContext& context);
  virtual ~Connection() = default;
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  // Serves the client until it is gone or has been dropped. `on_end` is called once after that,
  // perhaps from within on_tick() or drop(): the connection must outlive the call. If this throws,
  // nothing has been started.
  void start(std::function<void()> on_end);

  // Cancels what waits for the client if its deadline has passed. Called every options.tick.
  virtual void on_tick(Timestamp now);
  // The server stops: ends as soon as it decently can.
  virtual void shut_down() = 0;
  // Ends at once, without a word.
  virtual void drop();

  const SocketAddress& client() const { return client_; }

 protected:
  // Serves the client and returns when there is no more to do.
  virtual boost::asio::awaitable<void> run() = 0;
  // Starts a coroutine of this connection; only start() and others of it may.
  void spawn(boost::asio::awaitable<void> coroutine);

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

  const boost::asio::any_io_executor executor_;
  boost::asio::ip::tcp::socket socket_;
  SignallingContext& context_;
  SocketAddress client_;
  std::string received_;  // not yet consumed
  bool timed_out_ = false;
  bool shutting_down_ = false;

 private:
  boost::asio::awaitable<bool> write_bytes(std::string_view first, std::string_view second);
  void on_coroutine_end(const std::exception_ptr& failure);

  std::size_t coroutines_ = 0;  // that have not ended
  std::function<void()> on_end_;
  std::optional<Timestamp> deadline_;
};

SocketAddress socket_address_from(const boost::asio::ip::tcp::endpoint& endpoint);

}  // namespace penstock
