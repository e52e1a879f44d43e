// The seam between signalling transports (HTTP, WebSocket: controlplane/http) and the signalling
// cores (the Janus API: controlplane/janus; WHIP and WHEP: controlplane/whip). A core has no
// sockets and keeps no pointers to connections: it names them by number, and a number that is no
// longer open is harmless.
//
//   listeners --- SignallingHandler ---> core          (implemented by the core)
//   listeners <-- SignallingSender ----- core          (implemented by the listeners)
//
// Thread: everything here runs on the control thread. A sender never calls back into the handler
// from within send, close or reply: what follows from them is reported later, from the event loop.
// A handler may call the sender from within its on_*. An exception that leaves on_* ends the
// connection that it was about, which is reported as every other end.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "dataplane/base/ip_address.h"
#include "dataplane/base/time.h"

namespace penstock {

// One WebSocket connection. Never reused in the life of the process.
enum class ChannelId : std::uint64_t {};

// One HTTP request that waits for its response. Never reused, and never equal to a ChannelId.
enum class ExchangeId : std::uint64_t {};

// Who is at the other end. Views live as long as the call that passes them.
struct ClientInfo {
  // Of the client: what its reverse proxy says, if that is a trusted one; else where the TCP
  // connection comes from. The port is 0 if it is not known.
  SocketAddress address;
  // False: limits per address do not hold, because it is this host itself, or a trusted proxy that
  // does not say who its client is.
  bool is_limited_by_address = true;
  std::string_view origin = {};  // Origin header; empty if none
};

// Which of the APIs a request is to: the first segment of its path.
// The admin API is on the admin listener, the others are on the other one.
enum class HttpApi : std::uint8_t { kJanus, kWhip, kWhep, kAdmin };
constexpr std::string_view http_api_name(HttpApi api) {
  constexpr std::string_view kNames[] = {"janus", "whip", "whep", "admin"};
  return kNames[static_cast<std::size_t>(api)];
}

// A request to an HTTP API; views live as long as the call.
struct HttpApiRequest {
  // kOther: what is to be answered 405. Preflights of browsers (OPTIONS, Fetch standard) are the
  // listeners' business.
  enum class Method : std::uint8_t { kGet, kHead, kPost, kPatch, kDelete, kOptions, kOther };
  struct Parameter {
    std::string name;
    std::string value;
  };
  struct Header {
    std::string_view name;
    std::string_view value;
  };

  HttpApi api = HttpApi::kJanus;
  Method method = Method::kGet;
  // Path below that, percent-decoded: "/janus/12/34" is {"12", "34"}, "/janus" is {}. At most
  // kHttpPathSegmentsMax.
  std::span<const std::string> segments;
  // Query in the order given, percent-decoded, at most kHttpQueryParametersMax.
  std::span<const Parameter> query;
  // All header fields, in the order given.
  std::span<const Header> headers;
  // As received, at most config's message_bytes_max. The Janus API does not look at Content-Type
  // (sendBeacon sends text/plain).
  std::string_view body;
  ClientInfo client;

  // The value of the first header field with this name, whatever its case, or empty.
  std::string_view header(std::string_view header_name) const;

  // The value of the first parameter with this name, or empty.
  std::string_view query_value(std::string_view name) const {
    for (const Parameter& parameter : query) {
      if (parameter.name == name) return parameter.value;
    }
    return {};
  }
};

struct HttpApiResponse {
  unsigned status = 200;                               // Janus API errors are 200 with a JSON body
  std::string body;                                    // may be empty
  std::string_view content_type = "application/json";  // a literal; empty: there is no content
  // More header fields, such as Location and Allow. Those of the connection, of its framing and of
  // CORS are added. A value without control characters.
  std::vector<std::pair<std::string_view, std::string>> headers = {};  // names: literals
};

// Why the core closes a connection: becomes the code of the close frame (RFC 6455 section 7.4.1).
enum class ChannelCloseReason : std::uint16_t {
  kNormal = 1000,
  kGoingAway = 1001,        // server shuts down
  kPolicyViolation = 1008,  // client ignores limits
  kInternalError = 1011,    // there was no memory for what it had to be told
  kSessionTimeout = 3504,   // what janus.js expects after a "timeout" event
};

// What the core uses to answer. Owned by the server; outlives the handler's use of it. Ids that are
// closed, answered or unknown are ignored: the core need not know first whether a client is there.
class SignallingSender {
 public:
  virtual ~SignallingSender() = default;

  // Queues one text message. Never blocks. If the client has left too much unread (config's
  // unread_bytes_per_connection_max, unread_bytes_max), the connection is dropped and on_close
  // follows.
  virtual void send(ChannelId channel, std::string json) = 0;

  // Closes after what is queued has been written; on_close follows. Messages that the client sends
  // meanwhile are not delivered.
  virtual void close(ChannelId channel, ChannelCloseReason reason) = 0;

  // Answers an HTTP request. The first answer counts, later ones are ignored.
  virtual void reply(ExchangeId exchange, HttpApiResponse response) = 0;

  // Who is at the other end has shown the API secret: from here on the listeners' limits per
  // address do not hold for this WebSocket, or for what comes over this exchange's connection (of a
  // proxy, which has many clients: for this exchange).
  virtual void exempt(ChannelId) {}
  virtual void exempt(ExchangeId) {}
};

// What the core implements. `now` is monotonic; every call of one loop iteration may share one
// value.
class SignallingHandler {
 public:
  virtual ~SignallingHandler() = default;

  // A WebSocket client has connected with the subprotocol "janus-protocol".
  virtual void on_open(ChannelId channel, const ClientInfo& client, Timestamp now) = 0;

  // One complete text message: valid UTF-8, at most config's message_bytes_max, not yet parsed.
  virtual void on_message(ChannelId channel, std::string_view text, Timestamp now) = 0;

  // The connection is gone, for whatever reason. Exactly once for each on_open; nothing follows.
  virtual void on_close(ChannelId channel, Timestamp now) = 0;

  // A request to the HTTP API. The core answers with SignallingSender::reply, at once or later
  // (long poll: it holds the deadline of kLongPollHold itself). One that stays unanswered for
  // kHttpReplyDeadline is answered 503 and then reported as cancelled.
  virtual void on_http_request(ExchangeId exchange, const HttpApiRequest& request,
                               Timestamp now) = 0;

  // The client went away (or the deadline passed) before the answer: events that were held for it
  // stay queued for the next poll. Not called for an exchange that has been answered.
  virtual void on_http_cancelled(ExchangeId exchange, Timestamp now) = 0;
};

}  // namespace penstock
