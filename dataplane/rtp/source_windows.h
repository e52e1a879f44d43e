// The SSRCs that a peer sends with (RFC 3711 section 3.2.1), and a replay window for each, all of
// it from authenticated packets. A connection may change its SSRCs as often as it likes, and few of
// them are in use at a time: when there is no room, the one that was unused for longest gives its
// place away. Its highest index stays known, so that nothing of it can be replayed, and the ROC is
// right if it comes back; of so many as there is room for. Owned by a receive context, touched by
// its worker.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "dataplane/pool/fixed_vector.h"
#include "dataplane/rtp/ssrc_table.h"

namespace penstock {

template <typename Window>
class SourceWindows {
 public:
  // `past_max`: of so many that gave their place away the highest index stays known.
  SourceWindows(std::size_t sources_max, std::size_t past_max)
      : sources_(sources_max), past_(past_max) {}
  SourceWindows(std::size_t sources_max, std::size_t past_max, MemoryBlock& block)
      : sources_(sources_max, block), past_(past_max, block) {}

  // What one takes of a block.
  static constexpr std::size_t bytes(std::size_t sources_max, std::size_t past_max) {
    return SsrcTable<Source>::bytes(sources_max) + FixedVector<Past>::bytes(past_max);
  }

  std::size_t size() const { return sources_.size(); }

  // Asks for the windows of the first two SSRCs: audio and video, almost always.
  void prefetch_first() const { sources_.prefetch_first(2); }

  // The window of an SSRC, or null. Good until another is added; then holds() says whether it is
  // still this one's.
  Window* find(std::uint32_t ssrc) { return sources_.find(ssrc); }
  bool holds(const Window* window, std::uint32_t ssrc) const {
    return sources_.ssrc_of(static_cast<const Source*>(window)) == ssrc;
  }

  // The highest index of an SSRC that gave its place away, if it is still known.
  std::optional<std::uint64_t> past_highest(std::uint32_t ssrc) const {
    for (const Past& past : past_) {
      if (past.ssrc == ssrc && past.is_known) return past.highest;
    }
    return std::nullopt;
  }

  // The place that an SSRC which is not there is to be given. Null if there is room for none.
  struct Added {
    Window* window = nullptr;
    std::optional<std::uint32_t> forgotten;  // who had it
  };
  Added add(std::uint32_t ssrc) {
    Source fresh;
    if (const auto highest = past_highest(ssrc)) fresh.resume(*highest);
    forget_past(ssrc);
    Added added;
    added.window = sources_.add_or_replace(
        ssrc, fresh,
        [](const Source& one, const Source& other) { return one.used_at < other.used_at; },
        [&](std::uint32_t unused, const Source& source) {
          remember(unused, source.highest());
          added.forgotten = unused;
        });
    return added;
  }

  // Remembers an index of an authenticated packet. Called per packet.
  void commit(Window* window, std::uint64_t index) {
    window->commit(index);
    static_cast<Source*>(window)->used_at = ++commits_;
  }

  void clear() {
    sources_.clear();
    past_.clear();
    next_past_ = 0;
  }

 private:
  struct Source : Window {
    std::uint64_t used_at = 0;  // the number of the last commit that was its
  };
  struct Past {
    std::uint64_t highest = 0;
    std::uint32_t ssrc = 0;
    bool is_known = false;
  };

  void remember(std::uint32_t ssrc, std::uint64_t highest) {
    const Past past{.highest = highest, .ssrc = ssrc, .is_known = true};
    if (past_.push_back(past)) return;
    past_[next_past_] = past;
    next_past_ = (next_past_ + 1) % past_.size();
  }
  void forget_past(std::uint32_t ssrc) {
    for (Past& past : past_) {
      if (past.ssrc == ssrc) past.is_known = false;
    }
  }

  SsrcTable<Source> sources_;
  FixedVector<Past> past_;  // a ring once it is full
  std::size_t next_past_ = 0;
  std::uint64_t commits_ = 0;
};

}  // namespace penstock
