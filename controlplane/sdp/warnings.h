// What of a session description could not be taken although the rest was, in words for the peer's
// developer. A bounded list of one exchange; plain value, any thread.
#pragma once

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "controlplane/sdp/limits.h"

namespace penstock::sdp {

class Warnings {
 public:
  // One sentence without personal data: of a peer's text only tokens, and those in short.
  void add(std::string text) {
    if (texts_.size() < kWarningsMax) {
      texts_.push_back(std::move(text));
    } else {
      ++left_out_;
    }
  }

  // All of them; the last says how many more there were. Leaves the list empty.
  std::vector<std::string> take() {
    if (left_out_ > 0) texts_.push_back("and " + std::to_string(left_out_) + " more");
    left_out_ = 0;
    return std::exchange(texts_, {});
  }

 private:
  std::vector<std::string> texts_;
  std::size_t left_out_ = 0;
};

}  // namespace penstock::sdp
