// How many people are in the rooms of a conferencing service, as far as a benchmark needs it: most
// meet in twos to fives, a few in tens, and one room in a thousand is a lecture. Of a thousand:
//
//   people   2    3    4    5   10  100
//   rooms  400  250  200  100   49    1
//
// The sizes are mixed so that each beginning of the sequence has them in these shares as nearly as
// it can: 16 rooms are like 1,000, without the lecture, which is the 333rd. Pure functions.
#pragma once

#include <array>
#include <cstddef>
#include <vector>

namespace penstock::bench {

struct RoomSizeShare {
  std::size_t people;
  std::size_t rooms;  // of a thousand
};
inline constexpr std::array<RoomSizeShare, 6> kRoomSizes = {
    {{2, 400}, {3, 250}, {4, 200}, {5, 100}, {10, 49}, {100, 1}}};

// Each room's turn goes to the size that is the furthest behind its share.
inline std::vector<std::size_t> room_sizes(std::size_t rooms) {
  std::array<std::size_t, kRoomSizes.size()> made{};
  std::vector<std::size_t> sizes;
  for (std::size_t room = 0; room < rooms; ++room) {
    std::size_t chosen = 0;
    double most_behind = 0;
    for (std::size_t i = 0; i < kRoomSizes.size(); ++i) {
      const double due = static_cast<double>(kRoomSizes[i].rooms * (room + 1)) / 1'000;
      const double behind = due - static_cast<double>(made[i]);
      if (i != 0 && behind <= most_behind) continue;
      most_behind = behind;
      chosen = i;
    }
    ++made[chosen];
    sizes.push_back(kRoomSizes[chosen].people);
  }
  return sizes;
}

}  // namespace penstock::bench
