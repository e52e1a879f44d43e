// Puts messages of data channels where the writer of recordings takes them from: an arena, as
// workers have, whose worker is the control thread. Belongs to a sink; control thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <unordered_map>

#include "controlplane/recording/mjr_format.h"
#include "dataplane/recording/arena.h"

namespace penstock::recording {

class MessageRecorder {
 public:
  // A frame of the format has 16 bits for its length.
  static constexpr std::size_t kMessageBytesMax = UINT16_MAX - kMjrDataTimeBytes;

  explicit MessageRecorder(std::size_t arena_bytes) : arena_(arena_bytes) {}

  void add(RecordingId id, std::span<const std::uint8_t> message, Timestamp now) {
    std::uint8_t* to = message.size() > kMessageBytesMax ? nullptr : arena_.reserve(message.size());
    if (to == nullptr) {
      ++lost_[id];
      return;
    }
    if (!message.empty()) std::memcpy(to, message.data(), message.size());
    const auto lost = lost_.find(id);
    arena_.commit({.bytes = static_cast<std::uint16_t>(message.size()),
                   .kind = RecordKind::kData,
                   .recording = id,
                   .at = now,
                   .lost = lost == lost_.end() ? 0 : lost->second});
  }
  void end(RecordingId id) { lost_.erase(id); }

  RecordingArena& arena() { return arena_; }

 private:
  RecordingArena arena_;
  std::unordered_map<RecordingId, std::uint32_t> lost_;  // of those that lost any
};

}  // namespace penstock::recording
