// A connection to the HTTP listener: requests one after the other, each answered before the next
// is looked at (RFC 9112 section 9.3). Owned by SignallingServer; control thread.
#pragma once

#include <optional>

#include "controlplane/http/connection.h"

namespace penstock {

class HttpConnection final : public Connection {
 public:
  HttpConnection(TcpSocket socket, SignallingContext& context);

  void on_tick(Timestamp now) override;
  void shut_down() override;

  // The core's answer to the exchange that this connection waits in.
  void on_reply(HttpApiResponse response);

 private:
  class OpenExchange;

  Awaitable<void> run() override;
  // Serves one request; false if the connection is to be closed.
  Awaitable<bool> serve();
  // Hands the request to the core and waits for its answer; nothing if the client went away.
  Awaitable<std::optional<HttpResponse>> call(HttpApiCall call, const HttpRequest& request);
  // Returns when there is an answer, the client is gone, or the deadline has passed.
  Awaitable<void> wait_for_reply();
  void wake();

  std::optional<HttpApiResponse> reply_;
  bool gone_ = false;
  bool first_ = true;
  Timer woken_;  // never expires; cancelled to wake wait_for_reply
};

}  // namespace penstock
