// How far a run is, for the person who waits: on a terminal one line that is drawn again, elsewhere
// a line for every tenth.
#pragma once

#include <cstdint>
#include <iosfwd>
#include <string>

#include "dataplane/base/time.h"

namespace penstock::churn {

// Whether standard error is one.
bool is_terminal();

class Progress {
 public:
  Progress(std::ostream& out, bool is_terminal, std::string what, std::uint64_t total);

  // `done` never goes back. Cheap when there is nothing new to show.
  void update(std::uint64_t done, Timestamp now);
  // Completes the line.
  void finish(Timestamp now);

 private:
  static constexpr Duration kRedraw = 100 * kMillisecond;

  void draw(std::uint64_t done, Timestamp now);
  std::string text(std::uint64_t done, Timestamp now) const;

  std::ostream& out_;
  bool is_terminal_;
  std::string what_;
  std::uint64_t total_;
  std::uint64_t done_ = 0;
  std::uint64_t next_tenth_ = 1;
  Timestamp started_at_ = 0;
  Timestamp drawn_at_ = 0;
  bool is_finished_ = false;
};

// 1234567 as "1,234,567".
std::string with_commas(std::uint64_t number);

}  // namespace penstock::churn
