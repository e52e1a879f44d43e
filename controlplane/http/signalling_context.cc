#include "controlplane/http/signalling_context.h"

#include <utility>
#include <vector>

#include "controlplane/http/client_address.h"
#include "controlplane/log/log.h"
#include "dataplane/base/scope_guard.h"

namespace penstock {
namespace {

// The values of all fields that name the client.
std::vector<std::string_view> values_of(config::ClientAddressHeader header,
                                        const HttpRequest& request) {
  const char* name =
      header == config::ClientAddressHeader::kForwarded ? "Forwarded" : "X-Forwarded-For";
  std::vector<std::string_view> values;
  const auto [begin, end] = request.equal_range(name);
  for (auto field = begin; field != end; ++field) {
    values.emplace_back(field->value().data(), field->value().size());
  }
  return values;
}

}  // namespace

SignallingContext::SignallingContext(SignallingOptions with, SignallingConfig by, HttpSite of_site,
                                     ListenerTls and_tls)
    : options(std::move(with)),
      config(std::move(by)),
      site(std::move(of_site)),
      tls(std::move(and_tls)),
      tls_handshakes(options.tls_handshakes_max),
      rates({config.requests_per_address_per_s, config.requests_per_address_burst,
             kRateLimitedAddressesMax}),
      places(config.connections_per_address_max),
      unread(config.unread_bytes_max) {}

bool SignallingContext::is_trusted_proxy(const IpAddress& peer) const {
  return is_in(config.trusted_proxies, peer);
}

// A proxy's connections are those of its clients. What this host itself asks for is the operator's.
Client SignallingContext::client_of(const SocketAddress& peer) const {
  const bool is_own = peer.ip.is_loopback() && !options.limit_loopback;
  return {peer, !is_own && !is_trusted_proxy(peer.ip)};
}

Client SignallingContext::client_of(const SocketAddress& peer, const HttpRequest& request) const {
  if (!is_trusted_proxy(peer.ip)) return client_of(peer);
  const auto client =
      forwarded_client(config.client_address_header,
                       values_of(config.client_address_header, request), config.trusted_proxies);
  if (!client) return client_of(peer);
  return {*client, !is_trusted_proxy(client->ip)};
}

void SignallingContext::report_failure(const SocketAddress& client,
                                       const std::exception_ptr& failure) {
  ++stats.failed;
  try {
    std::rethrow_exception(failure);
  } catch (const std::exception& error) {
    best_effort([&] {
      PENSTOCK_LOG_ERROR("{}: the connection ends: {}", to_string(client), error.what());
    });
  } catch (...) {
    best_effort([&] { PENSTOCK_LOG_ERROR("{}: the connection ends", to_string(client)); });
  }
}

}  // namespace penstock
