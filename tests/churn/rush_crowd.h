// Who joins and leaves in the scenario `rush`: lines of participants, each in a room of its own, so
// that in each room there are one or two, who publish and receive.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "tests/churn/joiner.h"

namespace penstock::churn {

// A participant waits for media before the next one of its line comes.
inline constexpr std::size_t kRushLines = 16;
inline std::uint64_t rush_room(std::size_t line) { return 2'000 + line; }

class RushCrowd {
 public:
  RushCrowd();

  // People come at this rate, if the machine lets them; how many did. All have media then.
  std::uint64_t let_in_for(Duration duration, std::uint64_t per_second);
  // Nobody comes or goes.
  void go_on_for(Duration duration) { loop_.run_for(duration); }
  void end();

 private:
  integration::EventLoop loop_;
  const Certificate certificate_;
  std::vector<std::unique_ptr<Joiner>> lines_;
};

}  // namespace penstock::churn
