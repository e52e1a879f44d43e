// One user of a room, as the page has it: a session, a connection that publishes and one that
// receives. Steps that should work throw std::runtime_error when they do not, so that a test fails
// where it went wrong and reads like the story it tells.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "tests/integration/harness/janus_session.h"
#include "tests/integration/harness/socket_client.h"

namespace penstock::integration {

inline constexpr std::uint64_t kRoom = 1234;  // exists from start

using test::audio;
using test::video;

struct ParticipantOptions {
  std::uint32_t sender = 1;  // watermark of its media
  std::uint64_t room = kRoom;
  IpAddress address = IpAddress::from_v4({198, 18, 0, 1});
  JanusTransport transport = JanusTransport::kWebSocket;
  std::optional<test::SyntheticSourceConfig> video{};  // what it publishes, if not the usual
  test::ClientConfig publisher = {};  // their addresses and seeds are set by the participant
  test::ClientConfig subscriber = {};
};

class Participant {
 public:
  Participant(EventLoop& loop, const Certificate& certificate, const ParticipantOptions& options);

  JanusSession& session() { return session_; }
  std::uint32_t sender() const { return options_.sender; }

  // Joins the room as publisher, without media.
  void join();
  // Offers audio and video and takes the answer; connects from then on.
  void offer_media();
  // All of it: join, offer, connect, and media flows.
  void publish();
  // Subscribes to these, who must have joined, in one connection; connects from then on.
  void subscribe(const std::vector<const Participant*>& publishers);
  void wait_until_connected();
  // Media flows again, or stops.
  void start_media() { publisher_->webrtc().start_media(loop_.now()); }
  void stop_media() { publisher_->webrtc().stop_media(); }

  std::uint64_t user_id() const { return user_id_; }
  std::uint64_t publisher_handle() const { return publisher_handle_; }
  std::uint64_t subscriber_handle() const { return subscriber_handle_; }
  SocketClient& publisher() { return *publisher_; }
  const SocketClient& publisher() const { return *publisher_; }
  SocketClient& subscriber() { return *subscriber_; }
  const SocketClient& subscriber() const { return *subscriber_; }
  bool has_subscriber() const { return subscriber_ != nullptr; }
  // The receiving connection's socket is closed, and the server is told nothing.
  void lose_subscriber() { subscriber_.reset(); }

  // Media packets that have come from this sender.
  std::uint64_t received_from(const Participant& other) const;

 private:
  std::unique_ptr<SocketClient> make_client(test::ClientConfig config, std::uint64_t seed);

  EventLoop& loop_;
  const Certificate& certificate_;
  ParticipantOptions options_;
  JanusSession session_;
  std::uint64_t user_id_ = 0;
  std::uint64_t publisher_handle_ = 0;
  std::uint64_t subscriber_handle_ = 0;
  std::unique_ptr<SocketClient> publisher_;
  std::unique_ptr<SocketClient> subscriber_;
};

}  // namespace penstock::integration
