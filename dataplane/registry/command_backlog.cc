#include "dataplane/registry/command_backlog.h"

namespace penstock {
namespace {

// So many have left before those behind them move up; never before they are half of all.
constexpr std::size_t kGapMin = 64;

}  // namespace

void CommandBacklog::pop_front() {
  if (const auto key = key_of(front())) places_.erase(*key);
  ++popped_;
  ++first_;
  if (empty() || (first_ >= kGapMin && first_ * 2 >= commands_.size())) {
    commands_.erase(commands_.begin(), commands_.begin() + static_cast<std::ptrdiff_t>(first_));
    first_ = 0;
  }
}

void CommandBacklog::push(const Command& command) {
  if (const auto key = key_of(command)) {
    const auto [place, is_new] = places_.try_emplace(*key, popped_ + size());
    if (!is_new) {
      commands_[first_ + static_cast<std::size_t>(place->second - popped_)] = command;
      return;
    }
  }
  commands_.push_back(command);
}

std::optional<CommandBacklog::Key> CommandBacklog::key_of(const Command& command) {
  switch (command.kind) {
    case CommandKind::kSetIceCredentials:
    case CommandKind::kSetTransportOptions:
    case CommandKind::kLimitBitrate:
    case CommandKind::kLimitReceiver:
      return Key{command.kind, false, command.transport.bits()};
    case CommandKind::kSetExtensions:
      return Key{command.kind, command.flag, command.transport.bits()};
    case CommandKind::kPauseSubscription:
    case CommandKind::kSetLayerLimit:
    case CommandKind::kSetPriority:
    case CommandKind::kSetFallback:
    case CommandKind::kSetPlayoutDelay:
    case CommandKind::kRetarget:
      return Key{command.kind, false, command.subscription.bits()};
    case CommandKind::kRequestKeyframe:
    case CommandKind::kUpdateStream:
      return Key{command.kind, false, command.stream.bits()};
    case CommandKind::kAdoptTransport:      // one for each object
    case CommandKind::kFindNeighbor:        // the same
    case CommandKind::kUseSrtpKeys:         // the same
    case CommandKind::kAttachStream:        // the same
    case CommandKind::kAttachSubscription:  // the same
    case CommandKind::kAddFlow:             // only after something came from the worker
    case CommandKind::kRemoveFlow:          // the same
      return std::nullopt;
  }
  return std::nullopt;
}

}  // namespace penstock
