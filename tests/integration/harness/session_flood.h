// Somebody who makes sessions of the Janus API and nothing else, as fast as it goes: rounds of
// WebSockets from an address that is not the server's own host, each with many `create`s, which are
// all under way at once, and which is then closed with its sessions. Between begin_round() and
// end_round() the server is busy with them, for whoever wants to see what that does to others.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/websocket.hpp>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace penstock::integration {

struct SessionFloodOptions {
  std::string address = "198.18.0.1";  // of the listener, where ours is the same
  std::size_t connections = 8;         // of a round
  std::size_t sessions_per_connection = 128;
};

class SessionFlood {
 public:
  explicit SessionFlood(SessionFloodOptions options = {}) : options_(std::move(options)) {}

  void begin_round();
  // Waits for all answers. Throws if a connection ends before.
  void end_round();

  std::size_t sessions_per_round() const {
    return options_.connections * options_.sessions_per_connection;
  }
  std::uint64_t made() const { return made_; }
  std::uint64_t refused() const { return refused_; }

 private:
  using Stream = boost::beast::websocket::stream<boost::asio::ip::tcp::socket>;

  SessionFloodOptions options_;
  boost::asio::io_context io_;
  std::vector<std::unique_ptr<Stream>> streams_;
  std::uint64_t made_ = 0;
  std::uint64_t refused_ = 0;
};

}  // namespace penstock::integration
