// A blocking client of the listeners, over TCP or TLS, that gives up after some seconds.
#pragma once

#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <sys/socket.h>

#include <array>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <cerrno>
#include <csignal>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace penstock {

// The tests of the listeners are two programs: this is how they differ.
#ifdef PENSTOCK_HTTP_OVER_TLS
inline constexpr bool kOverTls = true;
#else
inline constexpr bool kOverTls = false;
#endif

struct FreeSsl {
  void operator()(SSL* ssl) const { SSL_free(ssl); }
  void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
};
using SslContext = std::unique_ptr<SSL_CTX, FreeSsl>;

// Takes every certificate. Versions as TLS1_2_VERSION; 0: any.
inline SslContext make_client_tls(int version_max = 0) {
  SslContext context(SSL_CTX_new(TLS_client_method()));
  SSL_CTX_set_security_level(context.get(), 0);
  SSL_CTX_set_min_proto_version(context.get(), TLS1_VERSION);
  SSL_CTX_set_max_proto_version(context.get(), version_max);
  return context;
}

class RawClient {
 public:
  explicit RawClient(std::uint16_t port, bool with_tls = kOverTls)
      : io_(std::make_unique<boost::asio::io_context>()), socket_(*io_) {
    socket_.connect({boost::asio::ip::address_v4::loopback(), port});
    const timeval timeout{5, 0};
    setsockopt(socket_.native_handle(), SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof(timeout));
    setsockopt(socket_.native_handle(), SOL_SOCKET, SO_SNDTIMEO, &timeout, sizeof(timeout));
    if (with_tls) start_tls(make_client_tls());
  }

  // False if there is no TLS with the server.
  bool start_tls(SslContext context) {
    std::signal(SIGPIPE, SIG_IGN);  // OpenSSL's way of writing
    ssl_.reset(SSL_new(context.get()));
    SSL_set_fd(ssl_.get(), socket_.native_handle());
    return SSL_connect(ssl_.get()) == 1;
  }
  // "TLSv1.3"
  std::string tls_version() const { return SSL_get_version(ssl_.get()); }
  // Whether the server's certificate is for this name.
  bool server_is(const std::string& name) const {
    X509* certificate = SSL_get0_peer_certificate(ssl_.get());
    return certificate != nullptr && X509_check_host(certificate, name.c_str(), 0, 0, nullptr) == 1;
  }

  int descriptor() { return socket_.native_handle(); }
  void limit_receive_buffer(int bytes) {
    setsockopt(socket_.native_handle(), SOL_SOCKET, SO_RCVBUF, &bytes, sizeof(bytes));
  }
  // False if the peer has closed.
  bool send(std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t sent =
          ssl_ ? SSL_write(ssl_.get(), bytes.data(), static_cast<int>(bytes.size()))
               : ::send(socket_.native_handle(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (sent <= 0) return false;
      bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
    return true;
  }
  // Reads until there are `size` bytes more, or the end. What was read is taken off.
  std::string receive(std::size_t size) {
    while (received_.size() < size && read_some()) {
    }
    std::string taken = received_.substr(0, size);
    received_.erase(0, taken.size());
    return taken;
  }
  std::string receive_until(std::string_view end) {
    while (received_.find(end) == std::string::npos && read_some()) {
    }
    const std::size_t at = received_.find(end);
    return receive(at == std::string::npos ? received_.size() : at + end.size());
  }
  std::string receive_all() {
    while (read_some()) {
    }
    return std::exchange(received_, {});
  }
  // Whether the server has closed (true) or 5 s have passed (false).
  bool is_closed_by_peer() {
    while (read_some()) {
    }
    return ended_;
  }
  // Whether what has been read up to the end was all that the server had to say, as TLS tells.
  bool has_goodbye() const { return (SSL_get_shutdown(ssl_.get()) & SSL_RECEIVED_SHUTDOWN) != 0; }
  // One HTTP response with the body that its Content-Length announces.
  std::string receive_response() {
    std::string response = receive_until("\r\n\r\n");
    const std::size_t at = response.find("Content-Length: ");
    if (at != std::string::npos) response += receive(std::stoul(response.substr(at + 16)));
    return response;
  }
  void shut_down_sending() {
    if (ssl_) SSL_shutdown(ssl_.get());
    socket_.shutdown(boost::asio::ip::tcp::socket::shutdown_send);
  }
  void close() { socket_.close(); }

 private:
  bool read_some() {
    std::array<char, 65536> buffer;
    const ssize_t got =
        ssl_ ? read_tls(buffer) : ::recv(socket_.native_handle(), buffer.data(), buffer.size(), 0);
    if (!ssl_) ended_ = got == 0 || (got < 0 && errno == ECONNRESET);
    if (got <= 0) return false;
    received_.append(buffer.data(), static_cast<std::size_t>(got));
    return true;
  }
  ssize_t read_tls(std::array<char, 65536>& buffer) {
    const int got = SSL_read(ssl_.get(), buffer.data(), static_cast<int>(buffer.size()));
    ended_ = got <= 0 && SSL_get_error(ssl_.get(), got) != SSL_ERROR_WANT_READ;
    return got;
  }

  std::unique_ptr<boost::asio::io_context> io_;
  boost::asio::ip::tcp::socket socket_;
  std::unique_ptr<SSL, FreeSsl> ssl_;
  std::string received_;
  bool ended_ = false;
};

}  // namespace penstock
