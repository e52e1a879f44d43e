// The wire of the Janus API from the client's side: WebSocket, or HTTP with long poll. JSON objects
// in, JSON objects out, whichever it is. Blocking sends, reads driven by the loop.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <boost/beast/websocket.hpp>
#include <boost/json.hpp>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>

#include "tests/integration/harness/event_loop.h"

namespace penstock::integration {

namespace json = boost::json;

inline constexpr std::uint16_t kHttpPort = 8'088;
inline constexpr std::uint16_t kWebSocketPort = 8'188;
inline constexpr std::uint16_t kAdminPort = 7'089;

class JanusConnection : public Pollable {
 public:
  virtual void send(const json::object& request) = 0;
  // Received, not yet taken by anybody; oldest first.
  std::deque<json::value>& inbox() { return inbox_; }

 protected:
  std::deque<json::value> inbox_;
};

class JanusWebSocket final : public JanusConnection {
 public:
  explicit JanusWebSocket(EventLoop& loop, std::uint16_t port = kWebSocketPort);
  ~JanusWebSocket() override;

  void send(const json::object& request) override { send_text(json::serialize(request)); }
  void send_text(const std::string& text);
  // The server's close code; 1006 if it cut the connection without one; 0 while it is open.
  std::uint16_t close_code() const { return close_code_; }

  int descriptor() const override;
  void take_turn(Timestamp now) override;

 private:
  void read_next();

  EventLoop& loop_;
  mutable boost::asio::io_context io_;
  boost::beast::websocket::stream<boost::asio::ip::tcp::socket> stream_;
  boost::beast::flat_buffer buffer_;
  std::uint16_t close_code_ = 0;
};

// One answered request.
struct HttpAnswer {
  unsigned status = 0;  // 0: the server closed the connection without an answer
  std::string body;
};

// One request on a connection of its own.
HttpAnswer http_request(const std::string& method, const std::string& target,
                        const std::string& body, std::uint16_t port = kHttpPort);

class JanusHttp final : public JanusConnection {
 public:
  // Polls carry the API secret, unless it is empty.
  JanusHttp(EventLoop& loop, std::string api_secret);
  ~JanusHttp() override;

  // session_id and handle_id go into the path, as the API has it.
  void send(const json::object& request) override;

  int descriptor() const override;
  void take_turn(Timestamp now) override;

 private:
  void poll_next();

  EventLoop& loop_;
  std::string api_secret_;
  mutable boost::asio::io_context io_;
  boost::asio::ip::tcp::socket poll_socket_;
  std::uint64_t session_id_ = 0;
  boost::beast::flat_buffer buffer_;
  boost::beast::http::response<boost::beast::http::string_body> response_;
};

}  // namespace penstock::integration
