// Somebody in a room, as a janus.js page makes them: a session over a WebSocket, a handle that
// publishes and a handle that receives, each with a peer connection of its own. What is asked of a
// person becomes requests of the Janus API; the answers, offers and events that come back are dealt
// with as a page would, in virtual time. Made by Simulation::join.
#pragma once

#include <algorithm>
#include <boost/json.hpp>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "tests/sim/simulation.h"

namespace penstock::sim {

namespace json = boost::json;

class Person {
 public:
  Person(Simulation& sim, std::string name, std::uint32_t watermark);

  void join(std::uint64_t room);
  // Audio and video, unless said otherwise. Again after unpublish(): a new connection.
  void publish();
  void publish(std::vector<test::SyntheticSourceConfig> sources);
  // What is published changes: `change` is told to the client, then it offers anew.
  void renegotiate(const std::function<void(test::WebRtcClient&)>& change);
  void unpublish();
  // Everybody who publishes now or later.
  void subscribe_to_everyone();
  void unsubscribe_from(const Person& other);
  void subscribe_to(const Person& other);
  // The room's dummy publisher: nothing comes of it, but the m-lines are there.
  void subscribe_to_dummy();
  // Lets the m-lines that are received, in order, show those of `other` from now on.
  void switch_to(const Person& other);
  // Looks at each offer for so long before it answers.
  void think_for(Duration duration) { thinks_for_ = duration; }
  // Pauses and resumes what is received, without renegotiation.
  void pause();
  void resume();
  // The receiving connection gets new ICE credentials.
  void restart_ice();
  // Says goodbye: both handles leave, the session is destroyed.
  void leave();
  // Vanishes without a word: nothing of it passes any more, in either direction.
  void kill();
  // The WebSocket is gone; media goes on.
  void lose_signalling();
  // No keepalives any more; media goes on.
  void stop_keepalives() { next_keepalive_at_ = kNever; }
  // Stops acting on what comes in: the simulation ends.
  void stop() { is_stopped_ = true; }
  // Conditions of all its connections, present and future.
  void set_links(const LinkConditions& uplink, const LinkConditions& downlink);

  // Anything else that the API understands, on the handle that publishes or the one that receives.
  void say(json::object body);
  void say_as_subscriber(json::object body);
  // The session ends without a goodbye to the room, or one handle does.
  void destroy_session() { request({{"janus", "destroy"}}); }
  void hang_up() { request({{"janus", "hangup"}, {"handle_id", publisher_.id}}); }
  void detach_publisher() { request({{"janus", "detach"}, {"handle_id", publisher_.id}}); }
  // What its next connections are like: `prepare` is called with each before it does anything.
  void set_client(test::ClientConfig config, std::function<void(SimClient&)> prepare = {}) {
    client_config_ = std::move(config);
    prepare_client_ = std::move(prepare);
  }

  // What becomes of every description before it is sent.
  void rewrite_descriptions(std::function<std::string(std::string_view)> rewrite) {
    rewrite_description_ = std::move(rewrite);
  }

  // `more`: further members of the request.
  void create_room(std::uint64_t room, json::object more = {});
  void destroy_room(std::uint64_t room);

  const std::string& name() const { return name_; }
  std::uint32_t watermark() const { return watermark_; }
  std::uint64_t id() const { return id_; }  // in the room; 0 before it has joined
  bool is_joined() const { return id_ != 0; }
  bool is_publishing() const { return is_publishing_; }
  bool wants_everyone() const { return wants_everyone_; }
  bool is_gone() const { return is_stopped_; }
  // Null before there is one.
  SimClient* publisher() const { return publisher_.client; }
  SimClient* subscriber() const { return subscriber_.client; }
  bool hears_of(const Person& other) const { return feeds_.contains(other.id_); }
  // Events by name ("webrtcup", "hangup", "timeout", "destroyed", ...), how often each came.
  std::size_t events(const std::string& name) const;
  // The dummy of the room as it was when this person joined; 0: there was none.
  std::uint64_t dummy() const { return dummy_; }
  // Whom the room last named as who speaks; 0: nobody.
  std::uint64_t dominant_speaker() const { return dominant_speaker_; }
  // How many m-lines the last offer to the receiving connection had.
  std::size_t mlines() const { return mlines_; }
  std::uint64_t session() const { return session_; }
  std::uint64_t publisher_handle() const { return publisher_.id; }
  // How many offers came to the receiving connection.
  std::size_t offers() const { return offers_; }
  // Errors the API answered with.
  const std::vector<std::string>& errors() const { return errors_; }

  Timestamp next_timeout() const {
    return is_stopped_ ? kNever : std::min(next_keepalive_at_, answers_at_);
  }
  void handle_timeout();

 private:
  using OnReply = std::function<void(const json::object&)>;
  enum class HandleState : std::uint8_t { kNone, kAttaching, kAttached, kJoining, kReady };
  struct Handle {
    std::uint64_t id = 0;
    HandleState state = HandleState::kNone;
    SimClient* client = nullptr;
  };

  // person_requests.cc: words of the API
  void request(json::object request, OnReply on_reply = {});
  void attach(Handle& handle, std::function<void()> then);
  void message(const Handle& handle, json::object body, json::object jsep = {});
  void when_joined(std::function<void()> action);
  void push_subscriptions();
  void receive(std::string_view text);
  void receive_event(std::uint64_t sender, const json::object& data, const json::object& jsep);
  void receive_publisher_event(const json::object& data, const json::object& jsep);
  void receive_subscriber_event(const json::object& data, const json::object& jsep);
  void answer(std::string_view offer);
  void note_publishers(const json::array& publishers);
  void connect(Handle& handle);
  void drop(Handle& handle);

  Simulation& sim_;
  std::string name_;
  std::uint32_t watermark_;
  LinkConditions uplink_;
  LinkConditions downlink_;
  test::ClientConfig client_config_;
  std::function<void(SimClient&)> prepare_client_;
  std::function<std::string(std::string_view)> rewrite_description_;
  ChannelId channel_{};
  std::uint64_t session_ = 0;
  std::uint64_t room_ = 0;
  std::uint64_t id_ = 0;
  std::uint64_t dummy_ = 0;
  std::uint64_t dominant_speaker_ = 0;
  Handle publisher_;
  Handle subscriber_;
  bool is_publishing_ = false;
  bool wants_everyone_ = false;
  bool is_stopped_ = false;
  std::set<std::uint64_t> feeds_;               // who publishes, besides us
  std::vector<std::uint64_t> wanted_;           // to subscribe to, as soon as that is possible
  std::vector<std::function<void()>> pending_;  // until joined
  std::map<std::string, OnReply> waiting_;      // by transaction
  std::uint64_t last_transaction_ = 0;
  std::map<std::string, std::size_t> events_;
  std::size_t mlines_ = 0;
  std::size_t offers_ = 0;
  std::vector<std::string> errors_;
  Timestamp next_keepalive_at_ = kNever;
  Duration thinks_for_ = 0;
  Timestamp answers_at_ = kNever;
  std::string unanswered_;  // an offer
};

}  // namespace penstock::sim
