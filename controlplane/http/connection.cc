#include "controlplane/http/connection.h"

#include <algorithm>
#include <array>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/write.hpp>
#include <ctime>
#include <utility>

#include "controlplane/http/await.h"
#include "controlplane/http/http_routes.h"
#include "controlplane/log/log.h"
#include "controlplane/signalling/limits.h"
#include "dataplane/base/scope_guard.h"

namespace penstock {
namespace {

namespace asio = boost::asio;

constexpr std::size_t kReadBytes = 8 * 1024;
constexpr std::size_t kLoggedMax = 256;  // of what a client says
// How much a refused client may still send, and for how long, before it is cut off.
constexpr std::size_t kLingerBytesMax = 512 * 1024;
constexpr std::chrono::milliseconds kLingerDeadline{2'000};
// The first byte of TLS: the type of its record (RFC 8446 section 5.1).
constexpr char kTlsHandshakeRecord = 0x16;

}  // namespace

Connection::Connection(TcpSocket socket, SignallingContext& context)
    : executor_(socket.get_executor()),
      socket_(std::move(socket)),
      context_(context),
      unread_(context.unread, {.bytes_max = context.config.unread_bytes_per_connection_max,
                               .give_up = [this] { give_up(); }}) {
  boost::system::error_code ignored;  // the client may be gone already; the first read will tell
  peer_ = socket_address_from(socket_.next_layer().remote_endpoint(ignored));
  is_proxy_ = context_.is_trusted_proxy(peer_.ip);
  client_ = context_.client_of(peer_);
  socket_.next_layer().set_option(asio::ip::tcp::no_delay(true), ignored);
}

bool Connection::take_place() {
  if (place_ || !is_limited()) return true;
  place_ = context_.places.take(client_.address.ip);
  return place_.has_value();
}

void Connection::release_place() {
  if (is_proxy_) place_.reset();
}

void Connection::exempt() {
  if (!is_limited()) return;
  is_exempt_ = true;
  place_.reset();
  context_.rates.give_back(client_.address.ip);  // what this request has taken
}

void Connection::identify(const HttpRequest& request) {
  if (!is_proxy_) return;
  client_ = context_.client_of(peer_, request);
  is_exempt_ = false;
}

std::optional<std::string> Connection::why_too_many(const HttpRequest& request) {
  identify(request);
  if (!take_place()) {
    ++context_.stats.refused_full;
    return "too many connections of this address";
  }
  if (take_token() > 0) return "too many requests of this address";
  return std::nullopt;
}

Duration Connection::take_token() {
  if (!is_limited() || std::exchange(has_token_, false)) return 0;
  const Duration wait = context_.rates.take(client_.address.ip, context_.now());
  if (wait > 0) ++context_.stats.rate_limited;
  return wait;
}

std::string Connection::name() const {
  if (client_.address == peer_) return to_string(peer_);
  return to_string(client_.address.ip) + " (by " + to_string(peer_) + ")";
}

void Connection::log_refused_page(const HttpRequest& request) const {
  std::string origin(field_value(request, boost::beast::http::field::origin).substr(0, kLoggedMax));
  std::ranges::replace_if(origin, [](char c) { return c < ' ' || c > '~'; }, '?');
  PENSTOCK_LOG_WARNING("{}: a page of {} may not use the API: signalling.allowed_origins", name(),
                       origin);
}

void Connection::start(std::function<void()> on_end) {
  on_end_ = std::move(on_end);
  spawn(serve_client());
}

Awaitable<void> Connection::serve_client() {
  if (context_.tls.context() != nullptr) {
    const bool is_secure = co_await begin_tls();
    if (!is_secure) co_return;
  }
  co_await run();
  co_await end_tls();
}

// The first byte tells TLS from a plain request, which gets an answer that a person understands.
Awaitable<bool> Connection::begin_tls() {
  set_deadline(context_.options.tls_handshake_deadline);
  char first = 0;
  const auto [error, bytes] = co_await socket_.next_layer().async_receive(
      asio::buffer(&first, 1), asio::socket_base::message_peek, kAwait);
  if (error || shutting_down_) co_return false;
  if (first != kTlsHandshakeRecord) {
    co_await refuse(text_response(400, "this port speaks TLS: https:// or wss://"));
    co_return false;
  }
  // It costs more than the request that follows.
  if (take_token() > 0) co_return false;
  has_token_ = is_limited();
  const bool is_done = co_await shake_tls_hands();
  co_return is_done;
}

Awaitable<bool> Connection::shake_tls_hands() {
  const auto place = context_.tls_handshakes.begin([this] { drop(); });
  ++context_.stats.tls_handshakes;
  socket_.begin_tls(*context_.tls.context());
  const auto [error] = co_await socket_.async_handshake(ByteStream::Role::server, kAwait);
  clear_deadline();
  if (!error && !shutting_down_) co_return true;
  ++context_.stats.tls_handshakes_failed;
  PENSTOCK_LOG_DEBUG("{}: no TLS: {}", name(), timed_out_ ? "too slow" : error.message());
  co_return false;
}

Awaitable<void> Connection::end_tls() {
  if (!socket_.is_tls() || !socket_.next_layer().is_open() || shutting_down_) co_return;
  set_deadline(kTlsGoodbyeDeadline);
  co_await socket_.async_shutdown(kAwait);
  clear_deadline();
}

void Connection::spawn(Awaitable<void> coroutine) {
  ++coroutines_;
  ScopeGuard undo([this] { --coroutines_; });
  asio::co_spawn(executor_, std::move(coroutine),
                 [this](const std::exception_ptr& failure) { on_coroutine_end(failure); });
  undo.dismiss();
}

void Connection::on_coroutine_end(const std::exception_ptr& failure) {
  if (failure) {
    context_.report_failure(client(), failure);
    drop();  // the others end too
  }
  if (--coroutines_ != 0) return;
  drop();
  on_end_();
}

void Connection::give_up() {
  ++context_.stats.slow_readers;
  best_effort(
      [&] { PENSTOCK_LOG_INFO("{}: dropped, it does not read what is sent to it", name()); });
  cut();
}

void Connection::drop() {
  boost::system::error_code ignored;
  socket_.next_layer().close(ignored);
}

void Connection::on_tick(Timestamp now) {
  if (!is_late(now)) return;
  timed_out_ = true;
  boost::system::error_code ignored;
  socket_.next_layer().cancel(ignored);
}

void Connection::set_deadline(std::chrono::milliseconds from_now) {
  timed_out_ = false;
  deadline_ = context_.now() + from_now.count() * kMillisecond;
}

void Connection::set_deadline(std::chrono::milliseconds from_now, std::size_t bytes) {
  set_deadline(from_now + std::chrono::milliseconds(1'000 * bytes / kSlowestBytesPerS));
}

ClientInfo Connection::client_info(const HttpRequest& request) const {
  return {client_.address, is_limited(), field_value(request, boost::beast::http::field::origin)};
}

Awaitable<bool> Connection::receive() {
  if (shutting_down_) co_return false;
  const std::size_t used = received_.size();
  received_.resize(used + kReadBytes);
  const auto [error, bytes] =
      co_await socket_.async_read_some(asio::buffer(received_.data() + used, kReadBytes), kAwait);
  received_.resize(used + bytes);
  co_return !error;
}

Awaitable<Connection::ReadResult> Connection::read_request(HttpRequestReader& reader,
                                                           std::chrono::milliseconds first_byte) {
  using State = HttpRequestReader::State;
  if (received_.empty()) {
    set_deadline(first_byte);
    const bool has_begun = co_await receive();
    if (!has_begun) co_return ReadResult::kGone;
  }
  set_deadline(context_.options.header_deadline);
  bool continued = false;
  for (;;) {
    const State before = reader.state();
    const State state = reader.advance(received_);
    if (state == State::kComplete || state == State::kRefused) {
      clear_deadline();
      co_return state == State::kComplete ? ReadResult::kRequest : ReadResult::kRefused;
    }
    if (before == State::kHead && state == State::kBody) {
      set_deadline(context_.options.body_deadline, reader.body_bytes_left());
    }
    if (reader.expects_continue() && !continued) {
      continued = true;
      const bool written = co_await write_bytes("HTTP/1.1 100 Continue\r\n\r\n", {});
      if (!written) co_return ReadResult::kGone;
    }
    const bool is_there = co_await receive();
    if (!is_there) {
      const bool late = timed_out_;
      clear_deadline();
      co_return late ? ReadResult::kTimedOut : ReadResult::kGone;
    }
  }
}

Awaitable<bool> Connection::write_bytes(std::string_view first, std::string_view second) {
  const std::array<asio::const_buffer, 2> buffers = {asio::buffer(first.data(), first.size()),
                                                     asio::buffer(second.data(), second.size())};
  const auto [error, bytes] = co_await asio::async_write(socket_, buffers, kAwait);
  co_return !error;
}

Awaitable<bool> Connection::write(HttpResponse& response) {
  const std::string head = serialize_head(response, std::time(nullptr));
  if (response.omit_body) response.static_body = {};
  const bool is_queued =
      unread_.push(response.omit_body ? "" : std::move(response.body), context_.now());
  if (!is_queued) co_return false;
  const std::string_view body =
      response.static_body.empty() ? unread_.front() : response.static_body;
  set_deadline(context_.options.write_deadline, body.size());
  const bool written = co_await write_bytes(head, body);
  clear_deadline();
  unread_.pop();
  co_return written;
}

Awaitable<void> Connection::refuse(HttpResponse response) {
  ++context_.stats.refused_requests;
  response.close = true;
  const bool written = co_await write(response);
  if (!written) co_return;
  co_await end_tls();
  boost::system::error_code ignored;
  socket_.next_layer().shutdown(TcpSocket::shutdown_send, ignored);
  set_deadline(kLingerDeadline);
  received_.resize(kReadBytes);
  for (std::size_t left = kLingerBytesMax; left != 0;) {
    // What comes is not looked at, whether it is TLS or not.
    const auto [error, bytes] =
        co_await socket_.next_layer().async_read_some(asio::buffer(received_), kAwait);
    if (error) break;
    left -= std::min(left, bytes);
  }
  clear_deadline();
}

SocketAddress socket_address_from(const asio::ip::tcp::endpoint& endpoint) {
  SocketAddress address;
  address.port = endpoint.port();
  if (endpoint.address().is_v4()) {
    address.ip = IpAddress::from_v4(endpoint.address().to_v4().to_bytes());
  } else {
    address.ip = IpAddress::from_v6_bytes(endpoint.address().to_v6().to_bytes().data());
  }
  return address;
}

}  // namespace penstock
