#include "controlplane/admin/link_watch.h"

namespace penstock {

LinkWatch::Change LinkWatch::observe(bool is_up, Timestamp now) {
  if (is_up != is_up_) {
    is_up_ = is_up;
    has_been_up_ = true;
    lasted_ = now - since_;
    since_ = now;
    ++changes_;
    return is_up ? Change::kUp : Change::kDown;
  }
  if (!has_been_up_ && !is_missing_told_ && now - since_ >= kLinkComesAfterMax) {
    is_missing_told_ = true;
    return Change::kMissing;
  }
  return Change::kNone;
}

}  // namespace penstock
