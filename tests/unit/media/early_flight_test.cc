// What a transport keeps of DTLS that came too early.
#include "controlplane/media/early_flight.h"

#include <gtest/gtest.h>

namespace penstock {
namespace {

Path path_from(std::uint16_t port) {
  return {.remote_mac = {},
          .remote = {IpAddress::from_v4({198, 18, 0, 9}), port},
          .local = {IpAddress::from_v4({198, 18, 0, 1}), 50'000}};
}

std::vector<std::uint8_t> numbered(std::uint8_t number) { return {22, number}; }

TEST(EarlyFlight, GivesBackInOrderAndOnce) {
  EarlyFlight flight;
  EXPECT_TRUE(flight.empty());
  flight.keep(path_from(1), numbered(1));
  flight.keep(path_from(2), numbered(2));
  EXPECT_FALSE(flight.empty());
  const auto taken = flight.take();
  ASSERT_EQ(taken.size(), 2U);
  EXPECT_EQ(taken[0].bytes, numbered(1));
  EXPECT_EQ(taken[0].path, path_from(1));
  EXPECT_EQ(taken[1].bytes, numbered(2));
  EXPECT_EQ(taken[1].path, path_from(2));
  EXPECT_TRUE(flight.empty());
  EXPECT_TRUE(flight.take().empty());
}

TEST(EarlyFlight, KeepsTheNewest) {
  EarlyFlight flight;
  for (std::uint8_t i = 0; i < 100; ++i) flight.keep(path_from(1), numbered(i));
  const auto taken = flight.take();
  ASSERT_EQ(taken.size(), EarlyFlight::kDatagramsMax);
  for (std::size_t i = 0; i < taken.size(); ++i)
    EXPECT_EQ(taken[i].bytes, numbered(static_cast<std::uint8_t>(100 - taken.size() + i)));
}

}  // namespace
}  // namespace penstock
