#include "controlplane/http/signalling_server.h"

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ip/v6_only.hpp>
#include <boost/asio/post.hpp>
#include <map>
#include <utility>

#include "controlplane/http/await.h"
#include "controlplane/http/connection.h"
#include "controlplane/http/http_connection.h"
#include "controlplane/http/websocket_connection.h"
#include "controlplane/log/log.h"
#include "dataplane/base/check.h"
#include "dataplane/base/scope_guard.h"

namespace penstock {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;

// Out of file descriptors: wait for some to be closed.
constexpr std::chrono::milliseconds kAcceptPause{100};

Timestamp steady_now() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(
             std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

asio::ip::address to_asio(const IpAddress& address) {
  if (address.is_v4()) {
    asio::ip::address_v4::bytes_type bytes;
    std::copy_n(address.v4_bytes(), bytes.size(), bytes.begin());
    return asio::ip::address_v4(bytes);
  }
  asio::ip::address_v6::bytes_type bytes;
  std::copy(address.bytes.begin(), address.bytes.end(), bytes.begin());
  return asio::ip::address_v6(bytes);
}

// What the operator can do about it.
std::string remedy(const boost::system::error_code& error, std::string_view section) {
  const std::string place = "[" + std::string(section) + "]";
  if (error == asio::error::address_in_use) {
    return " (is another server running? Stop it, or choose other ports in " + place + ")";
  }
  if (error == asio::error::access_denied) {
    return " (ports below 1024 need root or CAP_NET_BIND_SERVICE)";
  }
  if (error == boost::system::errc::address_not_available) {
    return " (no interface of this machine has the address: see " + place + " address)";
  }
  return "";
}

// The listening socket, or why there is none.
std::expected<TcpAcceptor, std::string> listen(asio::io_context& io, const ListenAddress& at) {
  TcpAcceptor acceptor(io);
  try {
    const tcp::endpoint endpoint(to_asio(at.address), at.port);
    acceptor.open(endpoint.protocol());
    acceptor.set_option(TcpAcceptor::reuse_address(true));
    if (!at.address.is_v4()) acceptor.set_option(asio::ip::v6_only(false));
    acceptor.bind(endpoint);
    acceptor.listen(1'024);
  } catch (const boost::system::system_error& error) {
    return std::unexpected("cannot listen on " + to_string(SocketAddress{at.address, at.port}) +
                           ": " + error.code().message() + remedy(error.code(), at.section));
  }
  return acceptor;
}

SignallingOptions with_clock(SignallingOptions options) {
  if (!options.clock) options.clock = steady_now;
  return options;
}

}  // namespace

struct SignallingServer::Implementation {
  Implementation(asio::io_context& io, TcpAcceptor http_acceptor, TcpAcceptor websocket_acceptor,
                 SignallingOptions options, SignallingConfig config, HttpSite site, ListenerTls tls)
      : http(std::move(http_acceptor)),
        websocket(std::move(websocket_acceptor)),
        http_port(http.local_endpoint().port()),
        websocket_port(site.websocket_port),
        pulse(io),
        context(with_clock(std::move(options)), std::move(config), std::move(site),
                std::move(tls)) {}

  template <typename ConnectionType>
  Awaitable<void> accept_loop(TcpAcceptor& acceptor);
  // False if there is no use in trying again at once.
  template <typename ConnectionType>
  Awaitable<bool> accept_next(TcpAcceptor& acceptor);
  Awaitable<void> tick_loop();

  void look_at_tls_files(Timestamp now);

  // Takes over the socket, or closes it if there are too many.
  template <typename ConnectionType>
  void admit(TcpSocket socket);
  // Called by the connection itself at its end: nobody finds it any more, and it is destroyed when
  // nobody can be inside it.
  void remove(std::uint64_t id);
  // Calls it with every connection; they may end within the call.
  template <typename Call>
  void for_each_connection(Call&& call);
  TcpAcceptor http;
  TcpAcceptor websocket;  // not open if there are pages only
  std::uint16_t http_port;
  std::uint16_t websocket_port;
  Timer pulse;
  SignallingContext context;
  std::map<std::uint64_t, std::unique_ptr<Connection>> connections;
  std::map<std::uint64_t, std::unique_ptr<Connection>> ended;
  Timestamp tls_files_due_at = 0;
  bool is_burial_posted = false;
  std::size_t loops = 0;  // coroutines of ours that run
  bool stopped = false;
};

template <typename ConnectionType>
Awaitable<void> SignallingServer::Implementation::accept_loop(TcpAcceptor& acceptor) {
  ++loops;
  bool must_pause = false;
  while (!stopped) {
    try {
      if (must_pause) {
        Timer pause(acceptor.get_executor(), kAcceptPause);
        co_await pause.async_wait(kAwait);
      }
      const bool goes_on = co_await accept_next<ConnectionType>(acceptor);
      must_pause = !goes_on;
    } catch (const std::exception& error) {
      ++context.stats.failed;
      must_pause = true;
      PENSTOCK_LOG_ERROR("cannot take a connection: {}", error.what());
    }
  }
  --loops;
}

template <typename ConnectionType>
Awaitable<bool> SignallingServer::Implementation::accept_next(TcpAcceptor& acceptor) {
  auto [error, socket] = co_await acceptor.async_accept(kAwait);
  if (stopped) co_return true;
  if (!error) admit<ConnectionType>(std::move(socket));
  // A client that gave up already is no trouble; anything else may last for a while.
  if (!error || error == asio::error::connection_aborted) co_return true;
  PENSTOCK_LOG_WARNING("cannot accept a connection: {}", error.message());
  co_return false;
}

Awaitable<void> SignallingServer::Implementation::tick_loop() {
  ++loops;
  while (!stopped || !connections.empty()) {
    try {
      pulse.expires_after(context.options.tick);
      co_await pulse.async_wait(kAwait);
      const Timestamp now = context.now();
      for_each_connection([now](Connection& connection) { connection.on_tick(now); });
      look_at_tls_files(now);
    } catch (const std::exception& error) {
      PENSTOCK_LOG_ERROR("cannot look at the connections' deadlines: {}", error.what());
    }
    ended.clear();
  }
  --loops;
}

void SignallingServer::Implementation::look_at_tls_files(Timestamp now) {
  if (now < tls_files_due_at) return;
  tls_files_due_at = now + context.options.tls_files_interval.count() * kMillisecond;
  context.tls.reload_if_changed();
}

template <typename ConnectionType>
void SignallingServer::Implementation::admit(TcpSocket socket) {
  ++context.stats.accepted;
  auto connection = std::make_unique<ConnectionType>(std::move(socket), context);
  const bool is_full = connections.size() >= context.config.connections_max;
  if (is_full || !connection->take_place()) {
    ++context.stats.refused_full;
    PENSTOCK_LOG_WARNING("{}: too many connections{}", to_string(connection->client().ip),
                         is_full ? "" : " of this address");
    return;
  }
  const std::uint64_t id = ++context.last_id;
  Connection& admitted = *connection;
  connections.emplace(id, std::move(connection));
  ScopeGuard undo([&] { connections.erase(id); });
  admitted.start([this, id] { remove(id); });
  undo.dismiss();
}

void SignallingServer::Implementation::remove(std::uint64_t id) {
  ended.insert(connections.extract(id));
  if (!is_burial_posted) {
    // Without memory for it, the next tick does it.
    is_burial_posted = best_effort([this] {
      asio::post(pulse.get_executor(), [this] {
        is_burial_posted = false;
        ended.clear();
      });
    });
  }
  if (stopped && connections.empty()) pulse.cancel();
}

// By their numbers: whatever ends within a call, the next one is found.
template <typename Call>
void SignallingServer::Implementation::for_each_connection(Call&& call) {
  for (auto next = connections.begin(); next != connections.end();) {
    const std::uint64_t id = next->first;
    call(*next->second);
    next = connections.upper_bound(id);
  }
}

std::expected<std::unique_ptr<SignallingServer>, std::string> SignallingServer::open(
    asio::io_context& io, const SignallingConfig& config, StaticFiles files,
    SignallingOptions options) {
  auto tls = ListenerTls::open(config.tls, "signalling");
  if (!tls) return std::unexpected(tls.error());
  auto http =
      listen(io, {.address = config.address, .port = config.http_port, .section = "signalling"});
  if (!http) return std::unexpected(http.error());
  auto websocket = listen(
      io, {.address = config.address, .port = config.websocket_port, .section = "signalling"});
  if (!websocket) return std::unexpected(websocket.error());
  HttpSite site{.files = files,
                .origins = OriginRule::from(config.allowed_origins,
                                            config.api_secret.has_value() || config.token_auth,
                                            config.tls.is_on()),
                .websocket_port = websocket->local_endpoint().port()};
  return std::unique_ptr<SignallingServer>(new SignallingServer(std::make_unique<Implementation>(
      io, *std::move(http), *std::move(websocket), std::move(options), config, std::move(site),
      *std::move(tls))));
}

std::expected<std::unique_ptr<SignallingServer>, std::string> SignallingServer::open_pages(
    asio::io_context& io, const ListenAddress& at, GeneratedPages pages,
    SignallingOptions options) {
  auto tls = ListenerTls::open(at.tls, at.section);
  if (!tls) return std::unexpected(tls.error());
  auto http = listen(io, at);
  if (!http) return std::unexpected(http.error());
  HttpSite site{.generated = std::move(pages), .has_admin_api = at.has_admin_api};
  SignallingConfig config;
  config.connections_max = kAdminConnectionsMax;
  config.trusted_proxies.clear();
  return std::unique_ptr<SignallingServer>(new SignallingServer(
      std::make_unique<Implementation>(io, *std::move(http), TcpAcceptor(io), std::move(options),
                                       std::move(config), std::move(site), *std::move(tls))));
}

SignallingServer::SignallingServer(std::unique_ptr<Implementation> implementation)
    : implementation_(std::move(implementation)) {}

SignallingServer::~SignallingServer() { PENSTOCK_CHECK(idle()); }

void SignallingServer::start(SignallingHandler& handler) {
  Implementation& self = *implementation_;
  self.context.handler = &handler;
  if (self.websocket.is_open()) {
    asio::co_spawn(self.pulse.get_executor(), self.accept_loop<WebSocketConnection>(self.websocket),
                   asio::detached);
  }
  start();
}

void SignallingServer::start() {
  Implementation& self = *implementation_;
  const auto executor = self.pulse.get_executor();
  asio::co_spawn(executor, self.accept_loop<HttpConnection>(self.http), asio::detached);
  asio::co_spawn(executor, self.tick_loop(), asio::detached);
}

void SignallingServer::stop() {
  Implementation& self = *implementation_;
  self.stopped = true;
  boost::system::error_code ignored;
  self.http.close(ignored);
  self.websocket.close(ignored);
  self.for_each_connection([](Connection& connection) { connection.shut_down(); });
  if (self.connections.empty()) self.pulse.cancel();
}

void SignallingServer::drop_all() {
  implementation_->for_each_connection([](Connection& connection) { connection.drop(); });
}

bool SignallingServer::idle() const {
  const Implementation& self = *implementation_;
  return self.connections.empty() && self.ended.empty() && !self.is_burial_posted &&
         self.loops == 0;
}

void SignallingServer::reload_tls() { implementation_->context.tls.reload(); }

bool SignallingServer::is_tls() const { return implementation_->context.tls.context() != nullptr; }

std::string SignallingServer::tls_host_name() const {
  return implementation_->context.tls.host_name();
}

std::uint16_t SignallingServer::http_port() const { return implementation_->http_port; }

std::uint16_t SignallingServer::websocket_port() const { return implementation_->websocket_port; }

SignallingStats SignallingServer::stats() const {
  SignallingStats stats = implementation_->context.stats;
  stats.connections = connections();
  stats.unread_bytes = implementation_->context.unread.bytes();
  return stats;
}

std::size_t SignallingServer::connections() const { return implementation_->connections.size(); }

void SignallingServer::send(ChannelId channel, std::string json) {
  const auto& channels = implementation_->context.channels;
  const auto found = channels.find(channel);
  if (found != channels.end()) found->second->send(std::move(json));
}

void SignallingServer::close(ChannelId channel, ChannelCloseReason reason) {
  const auto& channels = implementation_->context.channels;
  const auto found = channels.find(channel);
  if (found != channels.end()) found->second->close(reason);
}

void SignallingServer::exempt(ChannelId channel) {
  const auto& channels = implementation_->context.channels;
  const auto found = channels.find(channel);
  if (found != channels.end()) found->second->exempt();
}

void SignallingServer::exempt(ExchangeId exchange) {
  const auto& exchanges = implementation_->context.exchanges;
  const auto found = exchanges.find(exchange);
  if (found != exchanges.end()) found->second->exempt();
}

void SignallingServer::reply(ExchangeId exchange, HttpApiResponse response) {
  const auto& exchanges = implementation_->context.exchanges;
  const auto found = exchanges.find(exchange);
  if (found != exchanges.end()) found->second->on_reply(std::move(response));
}

}  // namespace penstock
