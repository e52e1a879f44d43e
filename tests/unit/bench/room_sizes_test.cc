#include "bench/inprocess/room_sizes.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>

namespace penstock::bench {
namespace {

std::size_t rooms_of(const std::vector<std::size_t>& sizes, std::size_t people) {
  return static_cast<std::size_t>(std::ranges::count(sizes, people));
}

TEST(RoomSizes, AThousandHaveTheSharesExactly) {
  const auto sizes = room_sizes(1'000);
  ASSERT_EQ(sizes.size(), 1'000U);
  for (const RoomSizeShare& share : kRoomSizes) {
    EXPECT_EQ(rooms_of(sizes, share.people), share.rooms) << share.people;
  }
  EXPECT_EQ(std::accumulate(sizes.begin(), sizes.end(), std::size_t{0}), 3'440U);
}

TEST(RoomSizes, EachBeginningHasThemAsNearlyAsItCan) {
  const auto sizes = room_sizes(2'000);
  for (std::size_t rooms = 1; rooms <= sizes.size(); ++rooms) {
    const std::vector<std::size_t> beginning(sizes.begin(),
                                             sizes.begin() + static_cast<std::ptrdiff_t>(rooms));
    for (const RoomSizeShare& share : kRoomSizes) {
      const double due = static_cast<double>(share.rooms * rooms) / 1'000;
      EXPECT_LT(std::abs(static_cast<double>(rooms_of(beginning, share.people)) - due), 1.5)
          << rooms << " rooms, " << share.people << " people";
    }
  }
}

TEST(RoomSizes, FewRoomsAreTheBeginningOfMany) {
  const auto few = room_sizes(16);
  const auto many = room_sizes(1'000);
  EXPECT_TRUE(std::equal(few.begin(), few.end(), many.begin()));
  EXPECT_EQ(rooms_of(few, 2), 6U);
  EXPECT_EQ(rooms_of(few, 10), 1U);
  EXPECT_EQ(rooms_of(few, 100), 0U);
  EXPECT_EQ(many[332], 100U);  // the lecture
  EXPECT_TRUE(room_sizes(0).empty());
}

}  // namespace
}  // namespace penstock::bench
