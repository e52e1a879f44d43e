// What a link could carry at best.
#include "bench/quality/ideal.h"

#include <gtest/gtest.h>

namespace penstock::quality {
namespace {

PublisherPlan camera() {
  return {.encodings = {{"q", 320, 180, 150'000, 0},
                        {"h", 640, 360, 500'000, 0},
                        {"f", 1'280, 720, 2'500'000, 0}}};
}

TEST(IdealTest, ALinkWithRoomForEverythingCarriesTheLargestPicture) {
  const Ideal ideal = ideal_on(10'000'000, {camera()});
  EXPECT_EQ(ideal.width, 1'280);
  EXPECT_NEAR(static_cast<double>(ideal.rate_bps), 2'500'000 * 1.08 + kAudioWireBps, 10'000);
}

TEST(IdealTest, TheLargestThatFitsIsTakenWithAllItsFrames) {
  EXPECT_EQ(ideal_on(1'000'000, {camera()}).width, 640);
  EXPECT_EQ(ideal_on(300'000, {camera()}).width, 320);
}

TEST(IdealTest, OfTheSmallestPictureFewerFramesAreBetterThanNothing) {
  const Ideal ideal = ideal_on(180'000, {camera()});
  EXPECT_EQ(ideal.width, 320);
  EXPECT_LT(ideal.rate_bps, 180'000U);
}

TEST(IdealTest, WhereNotEvenAudioFitsThereIsNothing) {
  EXPECT_EQ(ideal_on(kAudioWireBps, {camera()}).rate_bps, 0U);
}

TEST(IdealTest, SeveralPublishersShareTheLink) {
  const std::uint64_t one = ideal_on(2'000'000, {camera()}).rate_bps;
  const std::uint64_t nine = ideal_on(2'000'000, std::vector<PublisherPlan>(9, camera())).rate_bps;
  EXPECT_GT(nine, one) << "small pictures fill what a large one would not fit";
  EXPECT_LE(nine, 2'000'000U);
}

}  // namespace
}  // namespace penstock::quality
