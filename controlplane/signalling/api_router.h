// One handler for listeners that serve several APIs: HTTP requests go to the API that they are to,
// WebSockets to the Janus API. Owned by whoever owns the handlers; control thread.
#pragma once

#include "controlplane/signalling/message_channel.h"

namespace penstock {

class ApiRouter final : public SignallingHandler {
 public:
  // Both outlive the router.
  ApiRouter(SignallingHandler& janus, SignallingHandler& whip) : janus_(janus), whip_(whip) {}

  void on_open(ChannelId channel, const ClientInfo& client, Timestamp now) override {
    janus_.on_open(channel, client, now);
  }
  void on_message(ChannelId channel, std::string_view text, Timestamp now) override {
    janus_.on_message(channel, text, now);
  }
  void on_close(ChannelId channel, Timestamp now) override { janus_.on_close(channel, now); }
  void on_http_request(ExchangeId exchange, const HttpApiRequest& request, Timestamp now) override {
    (request.api == HttpApi::kJanus ? janus_ : whip_).on_http_request(exchange, request, now);
  }
  // One of them knows it.
  void on_http_cancelled(ExchangeId exchange, Timestamp now) override {
    janus_.on_http_cancelled(exchange, now);
    whip_.on_http_cancelled(exchange, now);
  }

 private:
  SignallingHandler& janus_;
  SignallingHandler& whip_;
};

}  // namespace penstock
