// A connection to the WebSocket listener (RFC 6455). The handshake's request goes through the same
// checks as every other HTTP request; then Boost.Beast does the framing. Owned by
// SignallingServer; control thread.
#pragma once

#include <array>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/websocket/stream.hpp>
#include <optional>
#include <string>

#include "controlplane/http/connection.h"

namespace penstock {

class WebSocketConnection final : public Connection {
 public:
  WebSocketConnection(TcpSocket socket, SignallingContext& context);

  void on_tick(Timestamp now) override;
  void shut_down() override;

  // See SignallingSender.
  void send(std::string json);
  void close(ChannelCloseReason reason);

 private:
  using Stream = boost::beast::websocket::stream<ByteStream, false>;
  class OpenChannel;

  // The handshake; then this is the writer, beside a coroutine that reads.
  Awaitable<void> run() override;
  // Reads the request and answers it; true if this is a WebSocket now.
  Awaitable<bool> shake_hands(HttpRequestReader& reader);
  Awaitable<bool> accept(const HttpRequest& request);
  // Delivers messages until the client is gone, which drops the connection, or we close it.
  Awaitable<void> read_messages(ChannelId channel);
  // Reads one message into message_, or what there is of it when somebody closes. Returns false at
  // the end of the connection.
  Awaitable<bool> read_message();
  // Returns when the client's rate allows one more message, and it has read what the ones before
  // have led to.
  Awaitable<void> wait_for_turn();
  Awaitable<void> wait_for_token();
  // Writes what is queued, and what will be, until the connection is to be closed; closes it then.
  Awaitable<void> write_messages();
  Awaitable<bool> write_queue();
  bool has_backlog() const { return unread_.bytes() > backlog_bytes_max_; }
  // Without a closing handshake: ends what waits for the socket or for messages, a little later.
  void cut() override;
  // Ends every operation; some of them within this call.
  void drop() override;

  std::optional<Stream> stream_;  // from when the request has been found good
  bool open_ = false;             // from on_open
  boost::beast::flat_buffer message_;
  // Where the next message begins: nobody knows when, so what waits for it is small.
  std::array<char, 128> message_begin_{};
  const std::size_t backlog_bytes_max_;
  std::optional<boost::beast::websocket::close_code> closing_;
  bool is_cut_ = false;
  bool is_dropped_ = false;
  // Never expires; cancelled when there is something to write, or nothing to wait for.
  Timer woken_;
  boost::asio::cancellation_signal stop_reading_;
  boost::asio::cancellation_signal stop_writing_;
};

// Why this request cannot become a WebSocket of ours, or nothing. Pure.
std::optional<HttpResponse> refuse_upgrade(const HttpRequest& request, const HttpSite& site);

}  // namespace penstock
