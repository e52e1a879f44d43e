// The fixture of all integration tests: a network of its own, a server on it, participants.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "tests/integration/harness/participant.h"
#include "tests/integration/harness/server.h"

namespace penstock::integration {

class IntegrationTest : public ::testing::Test {
 protected:
  void SetUp() override;
  void TearDown() override;

  // The server under test; stopped and checked when the test ends.
  Server& start_server(const ServerOptions& options = {});
  Server& server() { return *server_; }
  // Stops it now rather than at the end; how long that took.
  Duration stop_server(int signal) { return server_->stop_and_check(signal); }
  // One that has ended in another way, which is not to be checked.
  void forget_server() { server_.reset(); }

  Participant& add_participant(ParticipantOptions options = {});
  // Forgets them, to start anew.
  void remove_participants() { participants_.clear(); }
  // Two participants who publish and receive each other, media flowing.
  void start_call(const ParticipantOptions& options = {});
  // The same for those who are there.
  void connect_the_two();
  Participant& alice() { return *participants_.at(0); }
  Participant& bob() { return *participants_.at(1); }

  // Someone else on the network: 198.18.0.`host`.
  std::unique_ptr<Attacker> add_attacker(std::uint8_t host);

  // Stops the media of all, lets what is on its way arrive, and checks every stream that was
  // received from its start to its end: nothing lost, doubled, out of order or of others. Returns
  // the number of packets.
  std::uint64_t expect_nothing_lost();
  // The same for what one participant has received from another, up to now.
  void expect_whole(const Participant& receiver, const Participant& sender);

  EventLoop loop_;
  const Certificate& certificate() const { return *certificate_; }

 private:
  std::optional<Certificate> certificate_;
  std::unique_ptr<Server> server_;
  std::vector<std::unique_ptr<Participant>> participants_;
};

// Prints one line of what was measured, for people who read the log.
void print_measured(const std::string& text);
std::string milliseconds(Duration duration);

}  // namespace penstock::integration
