#include "bench/load/web_socket.h"

#include <boost/beast/http.hpp>
#include <optional>

namespace penstock::load {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace websocket = beast::websocket;

constexpr int kReceiveBufferBytes = 16 << 20;

asio::ip::tcp::endpoint to_endpoint(const SocketAddress& address) {
  if (address.ip.is_v4()) {
    asio::ip::address_v4::bytes_type bytes;
    std::copy_n(address.ip.v4_bytes(), bytes.size(), bytes.begin());
    return {asio::ip::address_v4(bytes), address.port};
  }
  return {asio::ip::address_v6(address.ip.bytes), address.port};
}

}  // namespace

WebSocket::WebSocket(asio::io_context& io, OnMessage on_message)
    : io_(io), stream_(TcpSocket(io)), on_message_(std::move(on_message)) {}

std::expected<void, std::string> WebSocket::connect(const ServerUrl& url) {
  beast::error_code error;
  const asio::ip::tcp::endpoint endpoint = to_endpoint(url.address);
  tcp().open(endpoint.protocol(), error);
  // Servers drop who reads slowly, and we may be busy with media. Beyond the system's limit if we
  // may; if not, the kernel's own choice is better than that limit.
  ::setsockopt(descriptor(), SOL_SOCKET, SO_RCVBUFFORCE, &kReceiveBufferBytes,
               sizeof(kReceiveBufferBytes));
  if (!error) tcp().connect(endpoint, error);
  if (error) return std::unexpected("cannot connect to " + url.text + ": " + error.message());
  tcp().set_option(asio::ip::tcp::no_delay(true), error);
  if (url.is_tls) error = shake_tls_hands();
  if (error) return std::unexpected(url.text + " does not take TLS: " + error.message());
  stream_.set_option(websocket::stream_base::decorator([](websocket::request_type& request) {
    request.set(beast::http::field::sec_websocket_protocol, "janus-protocol");
  }));
  websocket::response_type response;
  if ((error = shake_hands(url, response))) {
    return std::unexpected(url.text + " does not take a WebSocket: " + error.message() + " (HTTP " +
                           std::to_string(response.result_int()) + ")");
  }
  stream_.read_message_max(16U << 20);
  read_next();
  return {};
}

template <typename Start>
beast::error_code WebSocket::wait_for(Start start) {
  std::optional<beast::error_code> done;
  start([&done](const beast::error_code& error) { done = error; });
  io_.restart();
  while (!done && io_.run_one() != 0) {
  }
  return *done;
}

beast::error_code WebSocket::shake_tls_hands() {
  asio::ssl::context tls(asio::ssl::context::tls_client);
  stream_.next_layer().begin_tls(tls);
  return wait_for([&](auto handler) {
    stream_.next_layer().async_handshake(ByteStream::Role::client, std::move(handler));
  });
}

beast::error_code WebSocket::shake_hands(const ServerUrl& url, websocket::response_type& response) {
  return wait_for([&](auto handler) {
    stream_.async_handshake(response, to_string(url.address), url.path, std::move(handler));
  });
}

void WebSocket::send(std::string text) {
  if (!failure_.empty()) return;
  queue_.push_back(std::move(text));
  if (queue_.size() == 1) write_next();
}

void WebSocket::write_next() {
  stream_.async_write(asio::buffer(queue_.front()),
                      [this](const beast::error_code& error, std::size_t) {
                        if (error) return fail(error);
                        queue_.pop_front();
                        if (!queue_.empty()) write_next();
                      });
}

void WebSocket::read_next() {
  stream_.async_read(buffer_, [this](const beast::error_code& error, std::size_t) {
    if (error) return fail(error);
    on_message_(beast::buffers_to_string(buffer_.data()));
    buffer_.consume(buffer_.size());
    read_next();
  });
}

void WebSocket::fail(const beast::error_code& error) {
  if (!failure_.empty()) return;
  failure_ = "the server closed the WebSocket: " + error.message();
  if (!stream_.reason().reason.empty()) {
    failure_ += " (" + std::string(stream_.reason().reason.c_str()) + ")";
  }
}

}  // namespace penstock::load
