#include "controlplane/http/websocket_connection.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <algorithm>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/beast/core/buffers_to_string.hpp>
#include <boost/beast/http/rfc7230.hpp>
#include <boost/beast/websocket/rfc6455.hpp>
#include <memory>
#include <utility>

#include "controlplane/http/await.h"
#include "controlplane/log/log.h"
#include "controlplane/signalling/limits.h"
#include "dataplane/base/scope_guard.h"

namespace penstock {
namespace {

namespace asio = boost::asio;
namespace http = boost::beast::http;
namespace websocket = boost::beast::websocket;

constexpr const char* kSubprotocol = "janus-protocol";
// A frame that says it is so many times too long is not waited for.
constexpr std::size_t kAnnouncedTimesMax = 64;
// Of a message that is longer. A ping goes between two.
constexpr std::size_t kFrameBytesMax = 64 * 1024;
// What the kernel may take beyond what is on its way: it is not in our count, and pings wait
// behind it.
constexpr int kNotSentBytesMax = 128 * 1024;

void limit_not_sent(TcpSocket& socket) {
  ::setsockopt(socket.native_handle(), IPPROTO_TCP, TCP_NOTSENT_LOWAT, &kNotSentBytesMax,
               sizeof(kNotSentBytesMax));
}

}  // namespace

std::optional<HttpResponse> refuse_upgrade(const HttpRequest& request, const HttpSite& site) {
  if (request.method() != http::verb::get) {
    HttpResponse response = text_response(405, "allowed here: GET");
    response.set("Allow", "GET");
    return response;
  }
  if (!websocket::is_upgrade(request)) {
    HttpResponse response = text_response(426, "this port speaks WebSocket");
    response.set("Upgrade", "websocket");
    return response;
  }
  if (field_value(request, http::field::sec_websocket_version) != "13") {
    HttpResponse response = text_response(426, "only WebSocket version 13 is spoken");
    response.set("Sec-WebSocket-Version", "13");
    return response;
  }
  if (auto refusal = refuse_origin(request, site)) return refusal;
  http::token_list subprotocols(request[http::field::sec_websocket_protocol]);
  if (!subprotocols.exists(kSubprotocol)) {
    return text_response(400, "the subprotocol must be janus-protocol");
  }
  return std::nullopt;
}

// The core knows the channel: from on_open to on_close.
class WebSocketConnection::OpenChannel {
 public:
  OpenChannel(WebSocketConnection& connection, const ClientInfo& client)
      : connection_(connection), id_{++connection.context_.last_id} {
    SignallingContext& context = connection_.context_;
    context.channels.emplace(id_, &connection);
    ScopeGuard undo([&] { context.channels.erase(id_); });
    context.handler->on_open(id_, client, context.now());
    undo.dismiss();
    connection_.open_ = true;
  }
  ~OpenChannel() {
    SignallingContext& context = connection_.context_;
    connection_.open_ = false;
    context.channels.erase(id_);
    try {
      context.handler->on_close(id_, context.now());
    } catch (...) {
      context.report_failure(connection_.client(), std::current_exception());
    }
  }
  OpenChannel(const OpenChannel&) = delete;
  OpenChannel& operator=(const OpenChannel&) = delete;

  ChannelId id() const { return id_; }

 private:
  WebSocketConnection& connection_;
  const ChannelId id_;
};

WebSocketConnection::WebSocketConnection(TcpSocket socket, SignallingContext& context)
    : Connection(std::move(socket), context),
      backlog_bytes_max_(std::min<std::uint64_t>(
          kWebSocketBacklogBytesMax, context.config.unread_bytes_per_connection_max / 2)),
      woken_(executor_) {
  woken_.expires_at(Timer::time_point::max());
}

Awaitable<void> WebSocketConnection::run() {
  auto reader = std::make_unique<HttpRequestReader>(context_.config.message_bytes_max);
  const bool is_websocket = co_await shake_hands(*reader);
  if (!is_websocket) co_return;
  const OpenChannel channel(*this, client_info(reader->request()));
  // Most of the time nothing is said: what only the handshake has needed goes.
  reader.reset();
  received_.shrink_to_fit();
  spawn(read_messages(channel.id()));
  co_await write_messages();
  drop();
}

void WebSocketConnection::on_tick(Timestamp now) {
  if (!stream_) return Connection::on_tick(now);
  if ((closing_ || is_cut_) && is_late(now)) drop();
}

void WebSocketConnection::shut_down() {
  shutting_down_ = true;
  if (open_) return close(ChannelCloseReason::kGoingAway);
  if (stream_) return cut();
  Connection::drop();
}

Awaitable<bool> WebSocketConnection::shake_hands(HttpRequestReader& reader) {
  const ReadResult result = co_await read_request(reader, context_.options.header_deadline);
  if (result == ReadResult::kGone) co_return false;
  HttpResponse refusal;
  if (result == ReadResult::kTimedOut) {
    refusal = text_response(408, "the request took too long");
  } else if (result == ReadResult::kRefused) {
    refusal = text_response(reader.refusal().status, reader.refusal().reason);
  } else if (auto no_upgrade = refuse_upgrade(reader.request(), context_.site)) {
    refusal = *std::move(no_upgrade);
    if (refusal.status == 403) log_refused_page(reader.request());
  } else if (!received_.empty() || !reader.request().body().empty()) {
    // RFC 6455 section 4.1: the client waits for our response before it sends more.
    refusal = text_response(400, "data before the end of the handshake");
  } else if (const auto why = why_too_many(reader.request())) {
    refusal = text_response(429, *why);
  } else {
    ++context_.stats.requests;
    const bool accepted = co_await accept(reader.request());
    co_return accepted;
  }
  PENSTOCK_LOG_DEBUG("{}: refused a WebSocket: {}", name(), refusal.status);
  co_await refuse(std::move(refusal));
  co_return false;
}

Awaitable<bool> WebSocketConnection::accept(const HttpRequest& request) {
  limit_not_sent(socket_.next_layer());
  stream_.emplace(std::exchange(socket_, ByteStream(TcpSocket(executor_))));
  const SignallingOptions& options = context_.options;
  websocket::stream_base::timeout timeout;
  timeout.handshake_timeout = options.websocket_close_deadline;
  // Beast pings after half of it, and gives up after all of it.
  timeout.idle_timeout = 2 * options.websocket_idle_ping;
  timeout.keep_alive_pings = true;
  stream_->set_option(timeout);
  stream_->set_option(websocket::stream_base::decorator([](websocket::response_type& response) {
    response.set(http::field::server, "penstock");
    response.set(http::field::sec_websocket_protocol, kSubprotocol);
  }));
  // Beast's own limit cuts the connection with input unread, and the reset that follows may
  // overtake the close frame: so read_message() counts, and Beast refuses only what is announced to
  // be huge.
  stream_->read_message_max(kAnnouncedTimesMax * context_.config.message_bytes_max);
  stream_->write_buffer_bytes(
      kFrameBytesMax);  // no buffer of ours: a server's frames are not masked
  stream_->text(true);
  const auto [error] = co_await stream_->async_accept(request, kAwait);
  co_return !error && !shutting_down_;
}

// Once we close, Beast's closing handshake reads what still arrives and throws it away. Nobody else
// may read then: it has the frame in its hands, whatever part of it is there.
Awaitable<void> WebSocketConnection::read_messages(ChannelId channel) {
  while (!closing_ && !is_cut_) {
    const bool is_there = co_await read_message();
    if (!is_there) co_return drop();
    co_await wait_for_turn();
    if (closing_ || is_cut_) co_return;
    ++context_.stats.messages_in;
    const auto data = message_.cdata();
    context_.handler->on_message(channel, {static_cast<const char*>(data.data()), data.size()},
                                 context_.now());
    message_.clear();
    message_.shrink_to_fit();  // there may be none for long
  }
}

Awaitable<bool> WebSocketConnection::read_message() {
  std::size_t pieces = 0;
  do {
    const asio::mutable_buffer into =
        pieces == 0 ? asio::buffer(message_begin_)
                    : asio::buffer(message_.prepare(stream_->read_size_hint(message_)));
    const auto [error, bytes] = co_await stream_->async_read_some(
        into, asio::bind_cancellation_slot(stop_reading_.slot(), kAwait));
    if (error) co_return false;
    if (pieces == 0) asio::buffer_copy(message_.prepare(bytes), into);
    message_.commit(bytes);
    if (stream_->got_binary()) {
      close(static_cast<ChannelCloseReason>(websocket::close_code::unknown_data));
    } else if (++pieces > kWebSocketPiecesMax + message_.size() / kWebSocketPieceBytesMin) {
      close(ChannelCloseReason::kPolicyViolation);
    } else if (message_.size() > context_.config.message_bytes_max) {
      close(static_cast<ChannelCloseReason>(websocket::close_code::too_big));
    }
  } while (!stream_->is_message_done() && !closing_);
  co_return true;
}

Awaitable<void> WebSocketConnection::wait_for_turn() {
  co_await wait_for_token();
  while (has_backlog() && !closing_ && !is_cut_) co_await woken_.async_wait(kAwait);
}

Awaitable<void> WebSocketConnection::wait_for_token() {
  for (;;) {
    const Duration wait = take_token();
    if (wait == 0 || closing_ || is_cut_) co_return;
    Timer timer(executor_);
    timer.expires_after(std::chrono::nanoseconds(wait));
    co_await timer.async_wait(kAwait);
  }
}

void WebSocketConnection::send(std::string json) {
  if (closing_ || is_cut_) return;
  unread_.push(std::move(json), context_.now());
  woken_.cancel();
}

void WebSocketConnection::close(ChannelCloseReason reason) {
  if (closing_ || is_cut_) return;
  closing_ = static_cast<websocket::close_code>(reason);
  set_deadline(context_.options.websocket_close_deadline, unread_.bytes());
  woken_.cancel();
}

Awaitable<void> WebSocketConnection::write_messages() {
  for (;;) {
    const bool is_open = co_await write_queue();
    if (!is_open || is_cut_) co_return;
    if (closing_) break;
    co_await woken_.async_wait(kAwait);
  }
  co_await stream_->async_close(websocket::close_reason(*closing_),
                                asio::bind_cancellation_slot(stop_writing_.slot(), kAwait));
}

Awaitable<bool> WebSocketConnection::write_queue() {
  while (!unread_.empty()) {
    stream_->next_layer().set_more_follows(unread_.size() > 1);
    const auto [error, bytes] =
        co_await stream_->async_write(asio::buffer(unread_.front()), kAwait);
    if (error) co_return false;
    unread_.pop();
    ++context_.stats.messages_out;
    if (!has_backlog()) woken_.cancel();
  }
  co_return true;
}

void WebSocketConnection::cut() {
  if (!stream_) return Connection::drop();
  is_cut_ = true;
  set_deadline(std::chrono::milliseconds(0));  // for what a closed socket does not end
  boost::system::error_code ignored;
  stream_->next_layer().next_layer().close(ignored);
  woken_.cancel();
}

void WebSocketConnection::drop() {
  if (!stream_) return Connection::drop();
  if (std::exchange(is_dropped_, true)) return;
  cut();
  // In Boost 1.81 a read that fails while a close is under way waits for the close, and the close
  // for the read: neither is at the socket then, and only cancellation ends them.
  stop_reading_.emit(asio::cancellation_type::terminal);
  stop_writing_.emit(asio::cancellation_type::terminal);
}

}  // namespace penstock
