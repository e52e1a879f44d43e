// The script of the scenario `rooms`, in the Janus API and nothing else, so that it runs against
// any server that has it: many clients on one WebSocket, each of which makes a room with a dummy
// publisher of three streams, destroys it, and so on. Requests of all clients are in flight at a
// time. A client starts a new session after a number of rooms, as callers do (and as Penstock's
// limit on the requests of one session wants).
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "tests/integration/harness/janus_connection.h"

namespace penstock::churn {

namespace json = boost::json;

struct RoomScriptOptions {
  std::uint64_t cycles = 0;
  std::size_t clients = 64;  // requests in flight
  std::uint64_t rooms_per_session = 200;
};

class RoomScript {
 public:
  // Connects. `on_progress(done)` is called as cycles end.
  RoomScript(integration::EventLoop& loop, const RoomScriptOptions& options,
             std::function<void(std::uint64_t done)> on_progress);

  // What the server calls itself ("Janus WebRTC Server 1.1.2").
  std::string server_name();
  // To the end; every session is destroyed then. Throws std::runtime_error if the server does not
  // answer, or not as it should.
  void run();

  std::uint64_t cycles_done() const { return done_; }
  // Rooms that could not be made at once, and were asked for again.
  std::uint64_t refused() const { return refused_; }

 private:
  enum class Step { kCreateSession, kAttach, kCreateRoom, kDestroyRoom, kDestroySession, kEnded };
  struct Client {
    Step step = Step::kCreateSession;  // that an answer is awaited for
    std::uint64_t session = 0;
    std::uint64_t handle = 0;
    std::uint64_t room = 0;
    std::uint64_t rooms_in_session = 0;
  };

  void take_answers();
  void take_answer(std::size_t index, const json::value& answer);
  void take_room_answer(std::size_t index, const json::value& answer);
  void next_room(std::size_t index);
  void send(std::size_t index);
  json::object request_for(const Client& client) const;

  integration::EventLoop& loop_;
  RoomScriptOptions options_;
  std::function<void(std::uint64_t)> on_progress_;
  integration::JanusWebSocket connection_;
  std::vector<Client> clients_;
  std::uint64_t started_ = 0;
  std::uint64_t done_ = 0;
  std::uint64_t refused_ = 0;
  std::uint64_t refused_in_a_row_ = 0;
  std::size_t clients_ended_ = 0;
};

}  // namespace penstock::churn
