// One WebSocket to the simulated server and whoever writes on it by hand: each request is a line of
// JSON, the answer is waited for in virtual time. For scenarios of what a well-behaved page would
// not do. Outlived by its Simulation, which must not run when the wire is gone and still open.
#pragma once

#include <boost/json.hpp>
#include <cstdint>
#include <string>
#include <vector>

#include "tests/sim/simulation.h"

namespace penstock::sim {

namespace json = boost::json;

class Wire {
 public:
  Wire(Simulation& sim, std::uint16_t host);

  // Sends and goes on; the transaction is made up. Returns it.
  std::string send(json::object request);
  // Sends and waits for the answer: the event that follows an `ack`, else the answer itself. Empty
  // if there is none within a second.
  json::object ask(json::object request);
  // The same in a session, and to the VideoRoom.
  std::uint64_t create_session();
  std::uint64_t attach();
  json::object ask_room(std::uint64_t handle, json::object body, json::object jsep = {});
  // The connection ends, without a word.
  void close();

  std::uint64_t session() const { return session_; }
  void set_session(std::uint64_t session) { session_ = session; }
  // All that came, oldest first.
  const std::vector<json::object>& received() const { return received_; }
  std::size_t count(std::string_view kind) const;

 private:
  const json::object* find_answer(const std::string& transaction) const;

  Simulation& sim_;
  ChannelId channel_;
  std::uint64_t session_ = 0;
  std::uint64_t last_transaction_ = 0;
  std::vector<json::object> received_;
};

// The code of an error of the core or of the room in an answer; 0 if it is none.
int error_code(const json::object& answer);
std::string error_text(const json::object& answer);

}  // namespace penstock::sim
