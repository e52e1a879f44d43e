// Runs a real connection of the listeners against bytes from the fuzzer: over a socket pair, on
// virtual time, with a core that answers everything.
#pragma once

#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <cstddef>
#include <string_view>

#include "controlplane/http/connection.h"
#include "controlplane/http/http_connection.h"
#include "controlplane/http/websocket_connection.h"
#include "dataplane/base/check.h"

namespace penstock {

// Answers each message and each request, and counts what must come in pairs.
class FuzzCore final : public SignallingHandler {
 public:
  explicit FuzzCore(SignallingContext& context) : context_(context) {}

  void on_open(ChannelId, const ClientInfo&, Timestamp) override { ++open_; }
  void on_message(ChannelId channel, std::string_view text, Timestamp) override {
    PENSTOCK_CHECK(open_ > 0 && text.size() <= context_.config.message_bytes_max);
    context_.channels.at(channel)->send(std::string(text));
  }
  void on_close(ChannelId, Timestamp) override { --open_; }
  void on_http_request(ExchangeId exchange, const HttpApiRequest& request, Timestamp) override {
    PENSTOCK_CHECK(request.body.size() <= context_.config.message_bytes_max);
    PENSTOCK_CHECK(request.segments.size() <= kHttpPathSegmentsMax);
    // Some are left to the deadline, as long polls are.
    const bool is_held = !request.segments.empty() && request.segments[0] == "1";
    if (is_held) ++held_;
    if (!is_held) context_.exchanges.at(exchange)->on_reply({200, "{}"});
  }
  void on_http_cancelled(ExchangeId, Timestamp) override { --held_; }

  bool is_balanced() const { return open_ == 0 && held_ == 0; }

 private:
  SignallingContext& context_;
  int open_ = 0;
  int held_ = 0;
};

template <typename ConnectionType>
class FuzzConnection {
 public:
  FuzzConnection() : context_(options(), SignallingConfig(), HttpSite{}), core_(context_) {
    context_.handler = &core_;
    std::array<int, 2> pair{};
    PENSTOCK_CHECK(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, pair.data()) == 0);
    client_ = pair[1];
    TcpSocket socket(io_);
    socket.assign(boost::asio::ip::tcp::v4(), pair[0]);
    connection_ = std::make_unique<ConnectionType>(std::move(socket), context_);
    connection_->start([this] { done_ = true; });
  }
  ~FuzzConnection() { ::close(client_); }

  void send(std::string_view bytes) {
    [[maybe_unused]] const auto sent =
        ::send(client_, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    run();
  }

  // The client sends no more; time passes until the connection has ended, as it must.
  void finish() {
    ::shutdown(client_, SHUT_WR);
    run();
    for (int seconds = 0; seconds < 300 && !done_; ++seconds) {
      now_ += kSecond;
      connection_->on_tick(now_);
      run();
    }
    PENSTOCK_CHECK(done_);
    PENSTOCK_CHECK(context_.stats.failed == 0);
    PENSTOCK_CHECK(core_.is_balanced());
    PENSTOCK_CHECK(context_.channels.empty() && context_.exchanges.empty());
  }

 private:
  SignallingOptions options() {
    SignallingOptions options;
    options.clock = [this] { return now_; };
    return options;
  }

  void run() {
    std::array<char, 65'536> sink;
    do {
      io_.restart();
      io_.poll();
    } while (::recv(client_, sink.data(), sink.size(), MSG_DONTWAIT) > 0);
  }

  Timestamp now_ = kSecond;
  boost::asio::io_context io_;
  SignallingContext context_;
  FuzzCore core_;
  std::unique_ptr<ConnectionType> connection_;
  int client_ = -1;
  bool done_ = false;
};

}  // namespace penstock
