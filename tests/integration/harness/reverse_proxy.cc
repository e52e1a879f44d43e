#include "tests/integration/harness/reverse_proxy.h"

#include <array>
#include <boost/asio/buffer.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/write.hpp>
#include <memory>
#include <utility>

namespace penstock::integration {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

tcp::endpoint on_loopback(std::uint16_t port) { return {asio::ip::address_v4::loopback(), port}; }

}  // namespace

// One connection, passed on until either side ends it. Kept alive by what it waits for.
class ReverseProxy::Tunnel : public std::enable_shared_from_this<Tunnel> {
 public:
  Tunnel(tcp::socket client, tcp::socket server, const std::string& client_name)
      : client_(std::move(client)), server_(std::move(server)), client_name_(client_name) {}

  void start() {
    asio::async_read_until(client_, asio::dynamic_buffer(head_), "\r\n\r\n",
                           [self = shared_from_this()](const error_code& error, std::size_t) {
                             if (!error) self->pass_head_on();
                           });
  }

 private:
  // What has come behind the head goes with it.
  void pass_head_on() {
    if (!client_name_.empty()) {
      head_.insert(head_.find("\r\n") + 2, "X-Forwarded-For: " + client_name_ + "\r\n");
    }
    error_code error;
    asio::write(server_, asio::buffer(head_), error);
    if (error) return;
    pump(client_, server_, from_client_);
    pump(server_, client_, from_server_);
  }
  void pump(tcp::socket& from, tcp::socket& to, std::array<char, 65'536>& bytes) {
    from.async_read_some(asio::buffer(bytes), [self = shared_from_this(), &from, &to, &bytes](
                                                  const error_code& error, std::size_t size) {
      if (error) return self->end();
      asio::async_write(to, asio::buffer(bytes, size),
                        [self, &from, &to, &bytes](const error_code& failed, std::size_t) {
                          failed ? self->end() : self->pump(from, to, bytes);
                        });
    });
  }
  void end() {
    error_code ignored;
    client_.close(ignored);
    server_.close(ignored);
  }

  tcp::socket client_;
  tcp::socket server_;
  const std::string client_name_;
  std::string head_;
  std::array<char, 65'536> from_client_{};
  std::array<char, 65'536> from_server_{};
};

ReverseProxy::ReverseProxy(std::uint16_t to)
    : acceptor_(io_, on_loopback(0)), port_(acceptor_.local_endpoint().port()), to_(to) {
  accept_next();
  thread_ = std::thread([this] { io_.run(); });
}

ReverseProxy::~ReverseProxy() {
  io_.stop();
  thread_.join();
}

void ReverseProxy::set_client(const std::string& address) {
  const std::lock_guard lock(mutex_);
  client_ = address;
}

std::string ReverseProxy::client() const {
  const std::lock_guard lock(mutex_);
  return client_;
}

void ReverseProxy::accept_next() {
  acceptor_.async_accept([this](const error_code& error, tcp::socket client) {
    if (error) return;
    tcp::socket server(io_);
    error_code failed;
    server.connect(on_loopback(to_), failed);
    if (!failed) {
      std::make_shared<Tunnel>(std::move(client), std::move(server), this->client())->start();
    }
    accept_next();
  });
}

}  // namespace penstock::integration
