// The signalling listeners: HTTP (the Janus API and the web page) and WebSocket (the Janus API), on
// the kernel's TCP. Does what is about connections: deadlines, sizes, smuggling rules, rates,
// origins, queues. What requests mean is the SignallingHandler's business.
// RFC 9110, 9112 (HTTP), 6455 (WebSocket), the Fetch standard (CORS).
// Owned by main; everything runs on the one thread that runs the io_context.
#pragma once

#include <boost/asio/io_context.hpp>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <functional>
#include <memory>
#include <string>

#include "controlplane/config/config.h"
#include "controlplane/http/generated_page.h"
#include "controlplane/http/signalling_stats.h"
#include "controlplane/http/static_files.h"
#include "controlplane/signalling/limits.h"
#include "controlplane/signalling/message_channel.h"

namespace penstock {

// Times that tests shorten; the defaults are those of limits.h.
struct SignallingOptions {
  std::chrono::milliseconds tls_handshake_deadline = kTlsHandshakeDeadline;
  std::size_t tls_handshakes_max = kTlsHandshakesMax;
  std::chrono::milliseconds tls_files_interval = kTlsFilesInterval;
  std::chrono::milliseconds header_deadline = kHttpHeaderDeadline;
  std::chrono::milliseconds body_deadline = kHttpBodyDeadline;
  std::chrono::milliseconds keep_alive = kHttpKeepAlive;
  std::chrono::milliseconds write_deadline = kHttpWriteDeadline;
  std::chrono::milliseconds reply_deadline = kHttpReplyDeadline;
  std::chrono::milliseconds websocket_idle_ping = kWebSocketIdlePing;
  std::chrono::milliseconds websocket_close_deadline = kWebSocketCloseDeadline;
  // Whether limits per address hold for loopback addresses too.
  bool limit_loopback = false;
  // How often deadlines are looked at: they are late by at most this.
  std::chrono::milliseconds tick{250};
  // Monotonic time, also what handlers get as `now`. Empty: the steady clock.
  std::function<Timestamp()> clock;
};

// Where open_pages listens.
struct ListenAddress {
  IpAddress address;
  std::uint16_t port = 0;    // 0: any free one
  std::string_view section;  // of the configuration, for errors: "admin"
  config::TlsFiles tls{};
  bool has_admin_api = false;  // beside the pages, at /admin
};

class SignallingServer final : public SignallingSender {
 public:
  // Binds both ports. `files` is what GET answers outside /janus; it must outlive the server, as
  // must `io`. The error names the address and the reason, or what is wrong with the files of TLS.
  static std::expected<std::unique_ptr<SignallingServer>, std::string> open(
      boost::asio::io_context& io, const SignallingConfig& config, StaticFiles files,
      SignallingOptions options = {});

  // The same listener for documents that are made on request and perhaps the API for administering:
  // no WebSocket. `pages` is called on the thread that runs `io`.
  static std::expected<std::unique_ptr<SignallingServer>, std::string> open_pages(
      boost::asio::io_context& io, const ListenAddress& at, GeneratedPages pages,
      SignallingOptions options = {});

  // The server must be idle (see stop).
  ~SignallingServer() override;
  SignallingServer(const SignallingServer&) = delete;
  SignallingServer& operator=(const SignallingServer&) = delete;

  // Accepts from now on. `handler` must outlive the server.
  void start(SignallingHandler& handler);
  // The same after open_pages, without an API.
  void start();

  // Stops accepting and closes every connection: WebSockets with 1001. Run the io_context until
  // idle() before destroying the server; connections that do not close are dropped after
  // websocket_close_deadline. Handlers are told of each closed channel and exchange.
  void stop();
  bool idle() const;
  // After stop(): ends what is left at once, for a process that cannot wait. Run the io_context
  // once more for idle() to become true.
  void drop_all();

  // Reads the certificate and its key again, for connections to come. Where they are not good, what
  // was stays; the log says so. Nothing without TLS.
  void reload_tls();

  std::uint16_t http_port() const;
  std::uint16_t websocket_port() const;  // 0 after open_pages
  bool is_tls() const;
  std::string tls_host_name() const;  // that the certificate is for; empty if it says none
  SignallingStats stats() const;
  std::size_t connections() const;

  void send(ChannelId channel, std::string json) override;
  void close(ChannelId channel, ChannelCloseReason reason) override;
  void reply(ExchangeId exchange, HttpApiResponse response) override;
  void exempt(ChannelId channel) override;
  void exempt(ExchangeId exchange) override;

 private:
  struct Implementation;
  explicit SignallingServer(std::unique_ptr<Implementation> implementation);
  std::unique_ptr<Implementation> implementation_;
};

}  // namespace penstock
