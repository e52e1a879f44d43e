// The Janus API as a program with thousands of handles uses it: few WebSockets, sessions of a few
// handles each, requests that are answered by a call. One thread; nothing blocks but wait().
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/json.hpp>
#include <cstdint>
#include <deque>
#include <expected>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "bench/load/web_socket.h"
#include "dataplane/base/time.h"
#include "tests/client/json_at.h"

namespace penstock::load {

namespace json = boost::json;

struct SignallingConfig {
  ServerUrl server;
  std::size_t connections = 0;  // 0: as many as the handles need
  std::size_t handles = 1;      // at the same time
  std::string api_secret;
};

struct JanusHandle {
  std::size_t session = 0;  // which of ours
  std::uint64_t id = 0;     // the server's; 0: none
};

struct Jsep {
  std::string type;
  std::string sdp;
};

// An answer, or why there is none: the server's error with its number, or that it took too long.
using Reply = std::expected<json::object, std::string>;
using OnReply = std::function<void(const Reply& reply)>;

using test::number_at;
using test::text_at;

class Signalling {
 public:
  explicit Signalling(const SignallingConfig& config);

  // Connects and makes the sessions; blocking.
  std::expected<void, std::string> start();
  // Ends the sessions, and with them what the server has of us; blocking.
  void stop();

  using OnAttached = std::function<void(const std::expected<JanusHandle, std::string>& handle)>;
  // A handle of the VideoRoom.
  void attach(OnAttached on_attached);
  void detach(const JanusHandle& handle);
  void message(const JanusHandle& handle, json::object body, const std::optional<Jsep>& jsep,
               OnReply on_reply);

  // Events that are nobody's answer and of a handle: "hangup", "trickle", ...
  using OnEvent = std::function<void(std::uint64_t handle, const json::object& event)>;
  void set_on_event(OnEvent on_event) { on_event_ = std::move(on_event); }

  // Takes what has come; gives up requests that wait for too long; keeps sessions alive.
  void poll(Timestamp now);
  // Polls until the condition holds; false if it does not in time.
  bool wait(const std::function<bool()>& condition, Duration limit);
  // To wait on for input.
  std::vector<int> descriptors();
  // Why signalling does not go on; empty while it does.
  std::string failure() const;

 private:
  // A WebSocket, and what waits for the answers to earlier requests on it: a server that has more
  // to say to us than it can write drops us.
  struct Channel {
    std::unique_ptr<WebSocket> socket;
    std::size_t in_flight = 0;
    std::deque<std::pair<std::string, std::string>> waiting;  // transactions and texts
  };
  struct Session {
    Channel* channel = nullptr;
    std::uint64_t id = 0;
    std::size_t handles = 0;
  };
  struct Pending {
    OnReply on_reply;
    std::string what;
    Channel* channel = nullptr;
  };

  void request(Channel& channel, json::object request, OnReply on_reply);
  void send_waiting(Channel& channel);
  // Takes a request out that is answered or given up.
  Pending settle(const std::string& transaction);
  void take(const std::string& text);
  void answer(const std::string& transaction, const json::object& message);
  void give_up(Timestamp now);
  void keep_alive(Timestamp now);

  SignallingConfig config_;
  boost::asio::io_context io_;
  std::vector<Channel> channels_;
  std::vector<Session> sessions_;
  std::size_t next_session_ = 0;
  std::unordered_map<std::string, Pending> pending_;
  std::deque<std::pair<Timestamp, std::string>> deadlines_;  // of what was sent, in order
  std::uint64_t transactions_ = 0;
  Timestamp next_keep_alive_at_ = 0;
  OnEvent on_event_;
  std::string failure_;
};

}  // namespace penstock::load
