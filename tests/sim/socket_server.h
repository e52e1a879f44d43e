// The simulated server behind the real listeners, on loopback sockets, in one thread: a test writes
// to a socket and lets both sides run until what it waits for has happened. Time is virtual.
#pragma once

#include <boost/asio/io_context.hpp>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "controlplane/http/signalling_server.h"
#include "tests/sim/sim_server.h"

namespace penstock::sim {

class SocketServer : private MediaEvents {
 public:
  SocketServer();
  ~SocketServer() override;

  // Everybody has turns until the condition holds; false if it does not within some seconds.
  bool run_until(const std::function<bool()>& condition);
  // Virtual time passes.
  void pass(Duration duration);
  // Nobody is connected any more.
  bool run_until_alone() {
    return run_until([this] { return signalling_->connections() == 0; });
  }

  std::uint16_t http_port() const { return signalling_->http_port(); }
  std::uint16_t websocket_port() const { return signalling_->websocket_port(); }
  std::size_t connections() const { return signalling_->connections(); }
  std::uint64_t accepted() const { return signalling_->stats().accepted; }
  SimServer& server() { return *server_; }

 private:
  void on_connected(PeerId, Timestamp) override {}
  void on_closed(PeerId, std::string_view, Timestamp) override {}
  void on_media(PeerId, std::string_view, MediaKind, bool, Timestamp) override {}
  void on_layer(PeerId, std::uint32_t, Layer, Timestamp) override {}
  void on_starved(PeerId, std::uint32_t, bool, Timestamp) override {}
  void on_talking(PeerId, std::string_view, bool, float, Timestamp) override {}
  void run_once();

  Timestamp now_ = kSecond;
  boost::asio::io_context io_;
  Certificate certificate_;
  std::unique_ptr<SignallingServer> signalling_;
  std::unique_ptr<SimServer> server_;
};

// A client's TCP connection to it, which never blocks the thread.
class TestSocket {
 public:
  TestSocket(SocketServer& server, std::uint16_t port);
  ~TestSocket();
  TestSocket(const TestSocket&) = delete;
  TestSocket& operator=(const TestSocket&) = delete;

  void send(std::string_view bytes);
  // What has come up to and including `end`, taken off; empty if it does not come.
  std::string receive_until(std::string_view end);
  // The next text message; empty if none comes.
  std::string receive_message();
  // Says no more, and waits until the server has closed its side.
  bool finish();
  // Drops the connection: the server sees a reset.
  void reset();

 private:
  bool read_some();

  SocketServer& server_;
  int socket_;
  std::string received_;
  bool has_ended_ = false;
};

}  // namespace penstock::sim
