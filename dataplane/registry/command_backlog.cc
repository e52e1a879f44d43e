#include "dataplane/registry/command_backlog.h"

namespace penstock {

void CommandBacklog::pop_front() {
  if (const auto key = key_of(commands_.front())) places_.erase(*key);
  commands_.pop_front();
  ++popped_;
}

void CommandBacklog::push(const Command& command) {
  if (const auto key = key_of(command)) {
    const auto [place, is_new] = places_.try_emplace(*key, popped_ + commands_.size());
    if (!is_new) {
      commands_[static_cast<std::size_t>(place->second - popped_)] = command;
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
