#include "tests/sim/sim_signalling.h"

#include <utility>

namespace penstock::sim {

ChannelId SimSignalling::open(const SocketAddress& from, OnText on_text) {
  const ChannelId channel{++last_channel_};
  channels_[channel] = {.from = from, .on_text = std::move(on_text), .is_known_to_server = false};
  to_server_.push_back({now_ + delay_, Kind::kOpen, channel, {}, {}});
  return channel;
}

void SimSignalling::send_to_server(ChannelId channel, std::string text) {
  if (!channels_.contains(channel)) return;
  to_server_.push_back({now_ + delay_, Kind::kText, channel, std::move(text), {}});
}

void SimSignalling::close_from_client(ChannelId channel) {
  if (channels_.contains(channel))
    to_server_.push_back({now_ + delay_, Kind::kClose, channel, {}, {}});
}

void SimSignalling::send(ChannelId channel, std::string text) {
  to_clients_.push_back({now_ + delay_, Kind::kText, channel, std::move(text), {}});
}

void SimSignalling::close(ChannelId channel, ChannelCloseReason) {
  to_server_.push_back({now_, Kind::kClose, channel, {}, {}});
}

ExchangeId SimSignalling::request(const SocketAddress& from, Request request,
                                  OnResponse on_response) {
  const ExchangeId exchange{++last_channel_};
  exchanges_[exchange] = {
      .from = from, .request = std::move(request), .on_response = std::move(on_response)};
  to_server_.push_back({now_ + delay_, Kind::kRequest, {}, {}, exchange});
  return exchange;
}

void SimSignalling::cancel(ExchangeId exchange) {
  to_server_.push_back({now_ + delay_, Kind::kCancel, {}, {}, exchange});
}

void SimSignalling::reply(ExchangeId exchange, HttpApiResponse response) {
  const auto found = exchanges_.find(exchange);
  if (found == exchanges_.end() || found->second.response) return;
  found->second.response = std::move(response);
  to_clients_.push_back({now_ + delay_, Kind::kResponse, {}, {}, exchange});
}

void SimSignalling::deliver_exchange(SignallingHandler& server, const Message& message) {
  const auto found = exchanges_.find(message.exchange);
  if (found == exchanges_.end()) return;
  if (message.kind == Kind::kCancel) {
    const bool is_answered = found->second.response.has_value();
    exchanges_.erase(found);
    if (!is_answered) server.on_http_cancelled(message.exchange, now_);
    return;
  }
  const Request& asked = found->second.request;
  std::vector<HttpApiRequest::Header> headers;
  for (const auto& [name, value] : asked.headers) headers.push_back({name, value});
  HttpApiRequest request;
  request.api = asked.api;
  request.method = asked.method;
  request.segments = asked.segments;
  request.headers = headers;
  request.body = asked.body;
  request.client.address = found->second.from;
  server.on_http_request(message.exchange, request, now_);
}

Timestamp SimSignalling::next_arrival(bool server_runs) const {
  Timestamp next = to_clients_.empty() ? kNever : to_clients_.front().at;
  if (server_runs && !to_server_.empty()) next = std::min(next, to_server_.front().at);
  return next;
}

bool SimSignalling::deliver(SignallingHandler* server) {
  bool worked = false;
  while (server != nullptr && !to_server_.empty() && to_server_.front().at <= now_) {
    const Message message = std::move(to_server_.front());
    to_server_.pop_front();
    deliver_to(*server, message);
    worked = true;
  }
  while (!to_clients_.empty() && to_clients_.front().at <= now_) {
    const Message message = std::move(to_clients_.front());
    to_clients_.pop_front();
    if (message.kind == Kind::kResponse) {
      const auto answered = exchanges_.extract(message.exchange);
      if (!answered.empty()) answered.mapped().on_response(*answered.mapped().response);
      worked = true;
      continue;
    }
    const auto found = channels_.find(message.channel);
    if (found != channels_.end()) found->second.on_text(message.text);
    worked = true;
  }
  return worked;
}

void SimSignalling::deliver_to(SignallingHandler& server, const Message& message) {
  if (message.kind == Kind::kRequest || message.kind == Kind::kCancel)
    return deliver_exchange(server, message);
  const auto found = channels_.find(message.channel);
  if (found == channels_.end()) return;
  switch (message.kind) {
    case Kind::kOpen:
      found->second.is_known_to_server = true;
      return server.on_open(message.channel, {.address = found->second.from, .origin = {}}, now_);
    case Kind::kText:
      return server.on_message(message.channel, message.text, now_);
    case Kind::kClose:
      channels_.erase(found);
      return server.on_close(message.channel, now_);
    case Kind::kRequest:
    case Kind::kCancel:
    case Kind::kResponse:
      return;
  }
}

void SimSignalling::close_all(SignallingHandler& server) {
  to_server_.clear();
  for (const auto& [exchange, state] : std::exchange(exchanges_, {})) {
    if (!state.response) server.on_http_cancelled(exchange, now_);
  }
  for (const auto& [channel, state] : std::exchange(channels_, {})) {
    if (state.is_known_to_server) server.on_close(channel, now_);
  }
}

}  // namespace penstock::sim
