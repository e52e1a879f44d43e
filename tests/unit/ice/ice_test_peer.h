// A full ICE agent's checks, as far as the tests of our lite agent need them.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "controlplane/ice/ice_credential_generator.h"
#include "controlplane/ice/ice_lite_agent.h"
#include "controlplane/random/secure_random.h"
#include "dataplane/stun/integrity.h"
#include "dataplane/stun/writer.h"

namespace penstock {

inline constexpr std::uint32_t kHighPriority = 1'862'270'975;  // peer-reflexive, RFC 8445 5.1.2.1
inline constexpr std::uint32_t kLowPriority = 1'862'270'719;

inline CandidatePair pair_from_port(std::uint16_t remote_port) {
  return {.local = {IpAddress::from_v4({198, 18, 0, 2}), 40'000},
          .remote = {IpAddress::from_v4({198, 18, 0, 1}), remote_port}};
}

inline std::vector<std::uint8_t> make_request(const stun::BindingRequest& request) {
  std::vector<std::uint8_t> bytes(512);
  bytes.resize(stun::write_binding_request(request, bytes));
  EXPECT_FALSE(bytes.empty());
  return bytes;
}

// A check with the credentials of our description; the peer's ufrag is "peer".
struct Check {
  const IceCredentials& credentials;
  std::uint32_t priority = kHighPriority;
  bool use_candidate = false;
  std::uint32_t nomination = 0;

  std::vector<std::uint8_t> bytes() const {
    const std::string username = std::string(credentials.local_ufrag.view()) + ":peer";
    stun::BindingRequest request;
    request.transaction_id = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12};
    request.username = username;
    request.password = credentials.local_pwd.view();
    request.priority = priority;
    request.use_candidate = use_candidate;
    request.ice_controlling = 42;
    if (nomination != 0) request.nomination = nomination;
    return make_request(request);
  }
};

// What a transport does with a datagram: parse, hand over, send the answer. Returns the answer's
// size; zero is silence.
inline std::size_t deliver(IceLiteAgent& agent, Timestamp now, const CandidatePair& pair,
                           std::span<const std::uint8_t> datagram) {
  stun::MessageView message;
  if (stun::parse_message(datagram, message) != DropReason::kNone) return 0;
  std::array<std::uint8_t, stun::kAnswerBytesMax> answer;
  const auto verdict = agent.handle_request(now, pair, message, answer);
  EXPECT_EQ(verdict.bytes > 0, verdict.drop == DropReason::kNone);
  return verdict.bytes;
}

inline std::vector<IceEvent> take_events(IceLiteAgent& agent) {
  std::vector<IceEvent> events;
  for (IceEvent event; agent.poll_event(event);) events.push_back(event);
  return events;
}

inline bool has_event(const std::vector<IceEvent>& events, IceEventKind kind) {
  return std::ranges::any_of(events, [kind](const IceEvent& event) { return event.kind == kind; });
}

class IceAgentTest : public testing::Test {
 protected:
  SeededRandom random_{1};
  IceCredentials credentials_ = generate_ice_credentials(random_);
  IceLiteAgent agent_{credentials_, {}, 0};

  std::size_t check(Timestamp now, std::uint16_t remote_port,
                    std::uint32_t priority = kHighPriority) {
    return deliver(agent_, now, pair_from_port(remote_port),
                   Check{.credentials = credentials_, .priority = priority}.bytes());
  }
  std::size_t nominate(Timestamp now, std::uint16_t remote_port,
                       std::uint32_t priority = kHighPriority, std::uint32_t nomination = 0) {
    return deliver(agent_, now, pair_from_port(remote_port),
                   Check{.credentials = credentials_,
                         .priority = priority,
                         .use_candidate = true,
                         .nomination = nomination}
                       .bytes());
  }
  std::uint16_t selected_port() const {
    return agent_.selected_pair() ? agent_.selected_pair()->remote.port : std::uint16_t{0};
  }
};

}  // namespace penstock
