// Notices when the link of the data port comes and goes, and when it never comes. Pure: the link's
// state and time are arguments. Owned by ServerBooks, control thread.
#pragma once

#include <cstdint>

#include "dataplane/base/time.h"

namespace penstock {

// NICs and switches negotiate for seconds.
inline constexpr Duration kLinkComesAfterMax = 10 * kSecond;

class LinkWatch {
 public:
  enum class Change : std::uint8_t {
    kNone,
    kUp,
    kDown,
    kMissing,  // it has not been up since start, for kLinkComesAfterMax; told once
  };

  LinkWatch(bool is_up, Timestamp now) : is_up_(is_up), has_been_up_(is_up), since_(now) {}

  // To be called about once a second.
  Change observe(bool is_up, Timestamp now);

  bool is_up() const { return is_up_; }
  // How often it came or went.
  std::uint64_t changes() const { return changes_; }
  // How long it had been as it was before the last change.
  Duration lasted() const { return lasted_; }

 private:
  bool is_up_;
  bool has_been_up_;
  bool is_missing_told_ = false;
  Timestamp since_;
  Duration lasted_ = 0;
  std::uint64_t changes_ = 0;
};

}  // namespace penstock
