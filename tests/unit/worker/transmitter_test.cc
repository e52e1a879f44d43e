// What waits for the port, in which order, and for how long.
#include "dataplane/worker/transmitter.h"

#include "tests/unit/worker/part_fixture.h"

namespace penstock {
namespace {

class TransmitterTest : public PartTest {
 protected:
  // A packet that says which it is.
  void transmit(std::uint8_t number) {
    sim::SimPacket* packet = env.platform.allocate();
    env.platform.data(packet)[0] = number;
    env.platform.set_size(packet, 60);
    transmitter.transmit(packet);
  }
  void set_room(std::size_t frames) { host.set_limits({.transmit_queue = frames}); }
  std::vector<std::uint8_t> take_sent() {
    std::vector<std::uint8_t> numbers;
    std::vector<std::uint8_t> frame;
    while (host.take_sent(frame)) numbers.push_back(frame[0]);
    return numbers;
  }

  Transmitter<sim::SimPlatform> transmitter{env};
};

TEST_F(TransmitterTest, WhatThePortDoesNotTakeGoesNextTimeInItsOrder) {
  set_room(3);
  for (std::uint8_t i = 0; i < 8; ++i) transmit(i);
  EXPECT_EQ(transmitter.flush(), 3U);
  EXPECT_TRUE(transmitter.is_port_full());
  EXPECT_EQ(take_sent(), (std::vector<std::uint8_t>{0, 1, 2}));
  transmit(8);
  set_room(100);
  EXPECT_EQ(transmitter.flush(), 6U);
  EXPECT_FALSE(transmitter.is_port_full());
  EXPECT_EQ(take_sent(), (std::vector<std::uint8_t>{3, 4, 5, 6, 7, 8}));
}

TEST_F(TransmitterTest, APortThatTakesNothingHasStalledAfterAWhile) {
  set_room(0);
  transmit(1);
  transmitter.flush();
  EXPECT_FALSE(transmitter.has_stalled());
  env.now += kTransmitStallMax;
  EXPECT_TRUE(transmitter.has_stalled());
  transmitter.drop_waiting();
  EXPECT_FALSE(transmitter.is_port_full());
  EXPECT_EQ(drops(DropReason::kTransmitQueueFull), 1U);
}

TEST_F(TransmitterTest, NoMoreWaitsThanThereIsRoomFor) {
  set_room(0);
  for (std::size_t i = 0; i < 2 * kTransmitWaitingMax; ++i) transmit(1);
  transmitter.flush();
  EXPECT_GE(drops(DropReason::kTransmitQueueFull), kTransmitWaitingMax);
  EXPECT_LE(host.packets().live(), kTransmitWaitingMax);
}

TEST_F(TransmitterTest, ItsPacketsGoBackWhenItEnds) {
  set_room(0);
  {
    Transmitter<sim::SimPlatform> other(env);
    sim::SimPacket* packet = env.platform.allocate();
    env.platform.set_size(packet, 60);
    other.transmit(packet);
    other.flush();
    EXPECT_EQ(host.packets().live(), 1U);
  }
  EXPECT_EQ(host.packets().live(), 0U);
}

}  // namespace
}  // namespace penstock
