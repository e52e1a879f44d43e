// What waits for one receiver whose association has no room for it: bounded in bytes and in age, so
// that who reads slowly hurts nobody else, and hears nothing that is long over. First in, first
// out. Owned by a DataConnection; control thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <vector>

#include "controlplane/datachannel/limits.h"
#include "dataplane/base/time.h"

namespace penstock {

struct QueuedMessage {
  std::uint16_t stream = 0;
  std::uint32_t protocol = 0;
  bool is_control = false;
  bool is_reliable = true;
  Duration age_max = kDataQueueAgeMax;
  Timestamp since = 0;
  std::vector<std::uint8_t> bytes{};

  bool is_stale(Timestamp now) const { return now - since > age_max; }
  std::size_t size() const { return bytes.size() + kQueuedMessageBytes; }
};

class SendQueue {
 public:
  enum class Result : std::uint8_t {
    kTaken,
    kDropped,   // an unreliable message, as it is the least that is wanted
    kOverflow,  // a reliable one has no room, so its channel cannot go on
  };

  explicit SendQueue(std::size_t bytes_max = kDataQueueBytesMax) : bytes_max_(bytes_max) {}

  // Makes room by dropping unreliable messages, the oldest first.
  Result push(QueuedMessage message, Timestamp now);
  // Before all others, as it opens or acknowledges a channel; whatever there is. There are no more
  // of them than streams.
  void push_control(QueuedMessage message);
  // Drops unreliable messages at the front that are stale.
  void drop_stale(Timestamp now);
  void pop_front();
  // All of a channel.
  void drop_stream(std::uint16_t stream);

  bool empty() const { return messages_.empty(); }
  QueuedMessage& front() { return messages_.front(); }
  std::size_t bytes() const { return bytes_; }
  std::uint64_t dropped() const { return dropped_; }

 private:
  void make_room(const QueuedMessage& wanted);
  bool has_room(const QueuedMessage& message) const {
    return messages_.empty() || bytes_ + message.size() <= bytes_max_;
  }

  std::size_t bytes_max_;
  std::size_t bytes_ = 0;
  std::uint64_t dropped_ = 0;  // unreliable ones
  std::deque<QueuedMessage> messages_;
};

}  // namespace penstock
