// The bytes of a connection: TCP's, or those that TLS makes of them. One type for both, so that
// what is above it is written once: Boost.Asio's AsyncReadStream and AsyncWriteStream, which also
// Boost.Beast's WebSocket stands on. Owned by its connection; control thread.
#pragma once

#include <sys/socket.h>

#include <algorithm>
#include <boost/asio/async_result.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/beast/core/role.hpp>
#include <boost/beast/websocket/ssl.hpp>
#include <boost/beast/websocket/teardown.hpp>
#include <string>
#include <utility>
#include <variant>

#include "controlplane/http/await.h"

namespace penstock {

// Asio says of no stream that it moves without throwing, though all of them do.
class ByteStream {  // NOLINT(bugprone-exception-escape)
 public:
  using next_layer_type = TcpSocket;
  using executor_type = TcpSocket::executor_type;
  using Role = boost::asio::ssl::stream_base::handshake_type;

  explicit ByteStream(TcpSocket socket) : layers_(std::move(socket)) {}

  // Whatever is above it.
  TcpSocket& next_layer() {
    return is_tls() ? std::get<Tls>(layers_).next_layer() : std::get<TcpSocket>(layers_);
  }
  const TcpSocket& next_layer() const { return const_cast<ByteStream*>(this)->next_layer(); }
  executor_type get_executor() { return next_layer().get_executor(); }

  bool is_tls() const { return std::holds_alternative<Tls>(layers_); }
  // From here on it is TLS, beginning with async_handshake().
  void begin_tls(boost::asio::ssl::context& context) {
    layers_ = Tls(std::move(std::get<TcpSocket>(layers_)), context);
  }

  // Only with TLS: void(error_code).
  template <typename Token>
  auto async_handshake(Role role, Token&& token) {
    return std::get<Tls>(layers_).async_handshake(role, std::forward<Token>(token));
  }
  // Says that nothing follows (close_notify), and waits until the other side has said so. Only with
  // TLS: void(error_code).
  template <typename Token>
  auto async_shutdown(Token&& token) {
    return std::get<Tls>(layers_).async_shutdown(std::forward<Token>(token));
  }

  // Whether more will be written right after what is written next: it may wait for that in the
  // kernel then, so that both leave in one segment. Without effect with TLS.
  void set_more_follows(bool follows) { more_follows_ = follows; }

  // void(error_code, std::size_t).
  template <typename Buffers, typename Token>
  auto async_read_some(const Buffers& buffers, Token&& token) {
    return start(
        [this](auto handler, const Buffers& into) {
          std::visit([&](auto& layer) { layer.async_read_some(into, std::move(handler)); },
                     layers_);
        },
        buffers, std::forward<Token>(token));
  }
  template <typename Buffers, typename Token>
  auto async_write_some(const Buffers& buffers, Token&& token) {
    return start(
        [this](auto handler, const Buffers& from) {
          if (!is_tls()) {
            return next_layer().async_send(from, more_follows_ ? MSG_MORE : 0, std::move(handler));
          }
          std::get<Tls>(layers_).async_write_some(gather(from), std::move(handler));
        },
        buffers, std::forward<Token>(token));
  }

  // How Boost.Beast's WebSocket ends what is below it.
  template <typename Handler>
  friend void async_teardown(boost::beast::role_type role, ByteStream& stream, Handler&& handler) {
    using boost::beast::websocket::async_teardown;
    std::visit([&](auto& layer) { async_teardown(role, layer, std::forward<Handler>(handler)); },
               stream.layers_);
  }

 private:
  using Tls = boost::asio::ssl::stream<TcpSocket>;
  static constexpr std::size_t kRecordBytesMax = 16 * 1024;  // RFC 8446 section 5.1

  // What is to be one record: the first buffer, with what fits behind it, as TLS writes a record
  // for each one that it is given.
  template <typename Buffers>
  boost::asio::const_buffer gather(const Buffers& buffers) {
    const auto end = boost::asio::buffer_sequence_end(buffers);
    const auto first = std::find_if(boost::asio::buffer_sequence_begin(buffers), end,
                                    [](const auto& buffer) { return buffer.size() != 0; });
    if (first == end) return {};
    const boost::asio::const_buffer whole = *first;
    if (whole.size() >= kRecordBytesMax || std::next(first) == end) return whole;
    gathered_.resize(std::min(kRecordBytesMax, boost::asio::buffer_size(buffers)));
    boost::asio::buffer_copy(boost::asio::buffer(gathered_), buffers);
    return boost::asio::buffer(gathered_);
  }

  template <typename Start, typename Buffers, typename Token>
  static auto start(Start&& start, const Buffers& buffers, Token&& token) {
    return boost::asio::async_initiate<Token, void(boost::system::error_code, std::size_t)>(
        std::forward<Start>(start), token, buffers);
  }

  std::variant<TcpSocket, Tls> layers_;
  std::string gathered_;  // is being written
  bool more_follows_ = false;
};

}  // namespace penstock
