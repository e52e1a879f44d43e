// One WebSocket to the server (RFC 6455), subprotocol janus-protocol: texts in, texts out. Sends
// never block: what the server does not take yet waits in a queue. Driven by an Asio context of
// its owner, on one thread.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/websocket.hpp>
#include <deque>
#include <expected>
#include <functional>
#include <string>

#include "bench/load/server_url.h"
#include "controlplane/http/await.h"
#include "controlplane/http/byte_stream.h"

namespace penstock::load {

class WebSocket {
 public:
  // Called for each message; not from within send().
  using OnMessage = std::function<void(const std::string& text)>;

  WebSocket(boost::asio::io_context& io, OnMessage on_message);

  // Connects and shakes hands, blocking; the error says what failed. With TLS every certificate is
  // taken: this measures a server that its user has started.
  std::expected<void, std::string> connect(const ServerUrl& url);
  void send(std::string text);
  // Readable when there is something to do for the Asio context.
  int descriptor() { return tcp().native_handle(); }
  // Why the connection is gone; empty while it is there.
  const std::string& failure() const { return failure_; }

 private:
  TcpSocket& tcp() { return stream_.next_layer().next_layer(); }
  boost::beast::error_code shake_tls_hands();
  // The handshake of WebSocket; the status of HTTP is in `response`.
  boost::beast::error_code shake_hands(const ServerUrl& url,
                                       boost::beast::websocket::response_type& response);
  // Waits until `start(handler)` has called its handler.
  template <typename Start>
  boost::beast::error_code wait_for(Start start);
  void read_next();
  void write_next();
  void fail(const boost::beast::error_code& error);

  boost::asio::io_context& io_;
  boost::beast::websocket::stream<ByteStream> stream_;
  OnMessage on_message_;
  boost::beast::flat_buffer buffer_;
  std::deque<std::string> queue_;  // the first one is being written
  std::string failure_;
};

}  // namespace penstock::load
