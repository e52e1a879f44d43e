// A session of the Janus API, as a program would use it: requests that wait for their answer while
// the loop goes on, and events to look for.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "tests/client/json_at.h"
#include "tests/integration/harness/janus_connection.h"

namespace penstock::integration {

enum class JanusTransport { kWebSocket, kHttp };

using test::number_at;
using test::text_at;

struct Jsep {
  std::string type;
  std::string sdp;
};

class JanusSession {
 public:
  // Creates the session; throws if the server does not. Each request carries the API secret, unless
  // it is empty.
  JanusSession(EventLoop& loop, JanusTransport transport, std::string api_secret = {});

  JanusConnection& connection() { return *connection_; }
  std::uint64_t id() const { return id_; }

  // A handle of the VideoRoom.
  std::uint64_t attach();
  // Sends a request of the core with ids and transaction filled in; its answer (for a message that
  // is first acknowledged, the event that follows). null if none came in time.
  json::value request(json::object request);
  json::value message(std::uint64_t handle, json::object body,
                      const std::optional<Jsep>& jsep = std::nullopt);

  // The connection is gone, without a word.
  void lose_connection() { connection_.reset(); }
  // Connects anew and claims the session over that connection; the answer.
  json::value claim(JanusTransport transport);

  // The first event that pleases, also one that has come already; it is taken out. null if none
  // comes in time.
  using IsWanted = std::function<bool(const json::value& event)>;
  json::value wait_for_event(const IsWanted& is_wanted, Duration limit);

 private:
  EventLoop& loop_;
  std::string api_secret_;
  std::unique_ptr<JanusConnection> connection_;
  std::uint64_t id_ = 0;
  std::uint64_t transaction_ = 0;
};

}  // namespace penstock::integration
