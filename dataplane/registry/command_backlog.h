// Commands that did not fit a worker's ring, in order, until they do. A worker may stand still for
// long while clients go on asking: a command that sets what an earlier one still waits to set takes
// that one's place, so that what waits is bounded by the objects there are and not by what was
// asked of them. One per worker, owned by the registry; control thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <unordered_map>
#include <vector>

#include "dataplane/api/command.h"

namespace penstock {

class CommandBacklog {
 public:
  bool empty() const { return size() == 0; }
  std::size_t size() const { return commands_.size() - first_; }
  // The oldest; there is one.
  const Command& front() const { return commands_[first_]; }
  void pop_front();
  void push(const Command& command);

 private:
  // What a command sets. Commands of equal keys replace each other.
  struct Key {
    CommandKind kind{};
    bool is_outgoing = false;  // which of a transport's extension maps
    std::uint64_t handle = 0;
    bool operator==(const Key&) const = default;
  };
  struct KeyHash {
    std::size_t operator()(const Key& key) const {
      return static_cast<std::size_t>(
          (key.handle * 4 + static_cast<std::uint64_t>(key.kind) * 2 + (key.is_outgoing ? 1 : 0)) *
          0x9E37'79B9'7F4A'7C15ULL);
    }
  };
  static std::optional<Key> key_of(const Command& command);

  // Those from first_ on wait. No std::deque: its array of blocks stays as long as it ever was, and
  // where the queue is in it moves on with each command, so that for hours memory seems to grow.
  std::vector<Command> commands_;
  std::size_t first_ = 0;
  std::uint64_t popped_ = 0;  // how many have left at the front, ever
  // Where the command with a key is: its index plus popped_ when it was pushed.
  std::unordered_map<Key, std::uint64_t, KeyHash> places_;
};

}  // namespace penstock
