// A reverse proxy in front of the server, as operators put one there for TLS: it names each
// connection's client in X-Forwarded-For and passes everything else on as it is. Runs in a thread
// of its own.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <cstdint>
#include <mutex>
#include <string>
#include <thread>

namespace penstock::integration {

class ReverseProxy {
 public:
  // Passes on to a port on loopback.
  explicit ReverseProxy(std::uint16_t to);
  ~ReverseProxy();
  ReverseProxy(const ReverseProxy&) = delete;
  ReverseProxy& operator=(const ReverseProxy&) = delete;

  std::uint16_t port() const { return port_; }
  // Whose address it says of the connections that come from now on; empty: it says nothing.
  void set_client(const std::string& address);

 private:
  class Tunnel;

  void accept_next();
  std::string client() const;

  boost::asio::io_context io_;
  boost::asio::ip::tcp::acceptor acceptor_;
  const std::uint16_t port_;
  const std::uint16_t to_;
  mutable std::mutex mutex_;
  std::string client_;
  std::thread thread_;
};

}  // namespace penstock::integration
