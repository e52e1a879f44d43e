// How a run is going, for the person who waits: on a terminal a line that is drawn again, elsewhere
// a line every few seconds.
#pragma once

#include <cstdint>
#include <iosfwd>
#include <string>

#include "dataplane/base/time.h"

namespace penstock::load {

struct ProgressFigures {
  std::string phase;  // "joining", "steady", ...
  std::uint64_t connected = 0;
  std::uint64_t failed = 0;
  std::uint64_t wanted = 0;
  std::uint64_t received = 0;      // packets, ever
  std::uint64_t sent = 0;          // packets, ever
  std::int64_t seconds_left = -1;  // of the phase; negative: not known
};

class Progress {
 public:
  Progress(std::ostream& out, bool is_terminal) : out_(out), is_terminal_(is_terminal) {}

  // Whether there is anything to be shown yet: asking is cheap, figures may not be.
  bool is_due(Timestamp now) const { return now >= next_at_; }
  void show(const ProgressFigures& figures, Timestamp now);
  // Completes the line.
  void finish();

 private:
  static constexpr Duration kRedraw = 250 * kMillisecond;
  static constexpr Duration kInterval = 5 * kSecond;

  std::ostream& out_;
  bool is_terminal_;
  bool is_drawn_ = false;
  Timestamp next_at_ = 0;
  Timestamp shown_at_ = 0;
  std::uint64_t received_ = 0;
  std::uint64_t sent_ = 0;
};

}  // namespace penstock::load
