// What the connections of a listener see of it and of each other. Owned by SignallingServer, lives
// as long as it; control thread.
#pragma once

#include <cstdint>
#include <exception>
#include <unordered_map>

#include "controlplane/config/config.h"
#include "controlplane/http/address_places.h"
#include "controlplane/http/http_request_reader.h"
#include "controlplane/http/http_routes.h"
#include "controlplane/http/listener_tls.h"
#include "controlplane/http/rate_limiter.h"
#include "controlplane/http/signalling_server.h"
#include "controlplane/http/signalling_stats.h"
#include "controlplane/http/tls_handshakes.h"
#include "controlplane/signalling/message_channel.h"
#include "controlplane/signalling/unread_queue.h"

namespace penstock {

class HttpConnection;
class WebSocketConnection;

// Who asks, as limits per address and the log see it.
struct Client {
  SocketAddress address;
  bool is_limited_by_address = true;
};

struct SignallingContext {
  SignallingContext(SignallingOptions with, SignallingConfig by, HttpSite of_site,
                    ListenerTls and_tls = {});

  const SignallingOptions options;
  const SignallingConfig config;
  const HttpSite site;
  ListenerTls tls;
  TlsHandshakes tls_handshakes;
  RateLimiter rates;
  AddressPlaces places;
  UnreadMemory unread;
  SignallingHandler* handler = nullptr;  // set by start(), before the first connection
  SignallingStats stats;
  std::uint64_t last_id = 0;  // of connections, channels and exchanges alike
  std::unordered_map<ChannelId, WebSocketConnection*> channels;
  std::unordered_map<ExchangeId, HttpConnection*> exchanges;

  Timestamp now() const { return options.clock(); }
  bool is_trusted_proxy(const IpAddress& peer) const;
  // At the other end of a connection that has not asked for anything yet.
  Client client_of(const SocketAddress& peer) const;
  // Who asks by this request: the one whom a trusted proxy names, or the other end.
  Client client_of(const SocketAddress& peer, const HttpRequest& request) const;
  // Logs and counts an exception that ends a connection of this client.
  void report_failure(const SocketAddress& client, const std::exception_ptr& failure);
};

}  // namespace penstock
