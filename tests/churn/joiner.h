// One line of participants in a room, for the scenario `joins`: each joins, publishes, subscribes
// to the one before it, and receives its media; then the one before it leaves. Several lines run at
// a time on one loop. Media has so passed through the server, with both participants there, before
// either leaves.
#pragma once

#include <cstdint>
#include <memory>

#include "tests/integration/harness/participant.h"

namespace penstock::churn {

// One for all of them. Throws std::runtime_error if it cannot be made.
Certificate joiners_certificate();

class Joiner {
 public:
  // `number` tells lines apart. Several may share a room.
  Joiner(integration::EventLoop& loop, const Certificate& certificate, std::uint32_t number,
         std::uint64_t room = integration::kRoom);

  // One step, if it is time for it; true when a participant has left.
  bool advance();
  // Nobody is on the way in: the next step lets somebody in.
  bool is_idle() const { return current_ == nullptr; }
  // Everybody leaves; no media is waited for.
  void end();

  // Media packets that participants had from the one before them.
  std::uint64_t packets_received() const { return packets_received_; }

 private:
  void let_in_next();
  void leave(std::unique_ptr<integration::Participant>& participant);

  integration::EventLoop& loop_;
  const Certificate& certificate_;
  const std::uint32_t number_;
  const std::uint64_t room_;
  std::uint32_t participants_ = 0;
  std::uint64_t packets_received_ = 0;
  Timestamp let_in_at_ = 0;
  std::unique_ptr<integration::Participant> previous_;
  std::unique_ptr<integration::Participant> current_;
};

}  // namespace penstock::churn
