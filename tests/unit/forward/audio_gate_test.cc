#include "dataplane/forward/audio_gate.h"

#include <gtest/gtest.h>

namespace penstock {
namespace {

constexpr Duration kPacketTime = 20 * kMillisecond;

class AudioGateTest : public testing::Test {
 protected:
  // So many packets of this level; how many go further.
  int hear(std::uint8_t level, int packets = 1) {
    int passed = 0;
    for (int i = 0; i < packets; ++i) {
      now += kPacketTime;
      passed += gate.take(level, now) ? 1 : 0;
    }
    return passed;
  }

  AudioGate gate;
  Timestamp now = kSecond;
};

TEST_F(AudioGateTest, IsOpenUntilItIsSet) { EXPECT_EQ(hear(127, 100), 100); }

TEST_F(AudioGateTest, ThePacketThatIsLoudEnoughPassesAtOnce) {
  gate.set_gate(80);
  hear(127, 20);
  EXPECT_EQ(hear(127, 50), 0);
  EXPECT_EQ(hear(127 - 79), 0);
  EXPECT_EQ(hear(127 - 80), 1);
}

TEST_F(AudioGateTest, WhoWasLoudEnoughGoesOnForAWhile) {
  gate.set_gate(80);
  hear(127, 20);
  EXPECT_EQ(hear(40), 1);
  EXPECT_EQ(hear(127, 50), AudioGate::kHold / kPacketTime - 1);
}

TEST_F(AudioGateTest, APeakIsForgottenSlowly) {
  hear(27);
  EXPECT_EQ(gate.heard().loudness, 100);
  hear(127, 25);
  EXPECT_EQ(gate.heard().loudness, 80) << "half a second later";
  EXPECT_EQ(gate.heard().at, now);
  hear(37);
  EXPECT_EQ(gate.heard().loudness, 90);
  hear(127, 500);
  EXPECT_EQ(gate.heard().loudness, 0);
}

}  // namespace
}  // namespace penstock
