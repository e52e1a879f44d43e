#include "tests/unit/dtls/dtls_test_network.h"

#include <algorithm>
#include <utility>

namespace penstock {

DtlsNetwork::DtlsNetwork(DtlsNode& client, DtlsNode& server, const DtlsNetworkOptions& options)
    : client_(client), server_(server), options_(options), prng_(options.seed) {}

void DtlsNetwork::start() {
  if (std::exchange(is_started_, true)) return;
  server_.start(now_);
  client_.start(now_);
  collect(client_, true);
  collect(server_, false);
}

void DtlsNetwork::run(Timestamp until) {
  start();
  while (!(client_.is_connected() && server_.is_connected()) && !client_.has_failed() &&
         !server_.has_failed()) {
    const Timestamp next = next_event();
    if (next > until || next == kNever) return;
    now_ = std::max(now_, next);
    deliver_next();
  }
}

void DtlsNetwork::settle() {
  start();
  while (!on_the_way_.empty()) {
    now_ = std::max(now_, on_the_way_.begin()->first);
    deliver_next();
  }
}

void DtlsNetwork::inject(bool to_server, Datagram datagram) {
  on_the_way_.emplace(now_, OnTheWay{to_server, std::move(datagram)});
}

Timestamp DtlsNetwork::next_event() const {
  const Timestamp arrival = on_the_way_.empty() ? kNever : on_the_way_.begin()->first;
  return std::min({arrival, client_.next_timeout(), server_.next_timeout()});
}

void DtlsNetwork::deliver_next() {
  if (!on_the_way_.empty() && on_the_way_.begin()->first <= now_) {
    const OnTheWay arrived = std::move(on_the_way_.begin()->second);
    on_the_way_.erase(on_the_way_.begin());
    (arrived.to_server ? server_ : client_).handle_datagram(now_, arrived.datagram);
  } else {
    if (client_.next_timeout() <= now_) client_.handle_timeout(now_);
    if (server_.next_timeout() <= now_) server_.handle_timeout(now_);
  }
  collect(client_, true);
  collect(server_, false);
}

void DtlsNetwork::collect(DtlsNode& from, bool to_server) {
  Datagram datagram;
  while (from.poll_output(datagram)) {
    ++sent_[to_server ? 1 : 0];
    datagram_bytes_max_ = std::max(datagram_bytes_max_, datagram.size());
    if (prng_.chance(options_.loss_percent, 100)) continue;
    if (filter_ && !filter_(to_server, datagram)) continue;
    on_the_way_.emplace(now_ + options_.delay, OnTheWay{to_server, std::move(datagram)});
  }
}

}  // namespace penstock
