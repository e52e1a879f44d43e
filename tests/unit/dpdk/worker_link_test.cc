#include <gtest/gtest.h>

#include "dataplane/dpdk/dpdk_worker_link.h"

namespace penstock {
namespace {

class WorkerLinkTest : public ::testing::Test {
 protected:
  WorkerLinkTest() {
    for (WorkerIndex worker = 0; worker < 2; ++worker) {
      qsbr.register_worker(worker);
      qsbr.go_online(worker);
    }
  }
  WorkerRings rings{2, {.commands = 2, .outgoing = 1, .events = 4, .punted = 4}};
  Qsbr qsbr{2};
  DpdkWorkerLink link{rings, qsbr};
};

TEST_F(WorkerLinkTest, CommandsReachTheWorkerTheyAreForUntilItsRingIsFull) {
  Command command(CommandKind::kPauseSubscription);
  command.flag = true;
  EXPECT_EQ(link.worker_count(), 2U);
  EXPECT_TRUE(link.send_command(1, command));
  EXPECT_TRUE(link.send_command(1, command));
  EXPECT_FALSE(link.send_command(1, command));
  EXPECT_TRUE(link.send_command(0, command)) << "the other worker's ring has room";

  Command received;
  ASSERT_TRUE(rings.control(1).commands.pop(received));
  EXPECT_EQ(received.kind, CommandKind::kPauseSubscription);
  EXPECT_TRUE(received.flag);
}

TEST_F(WorkerLinkTest, DatagramsReachTheWorker) {
  OutgoingDatagram datagram{};
  datagram.bytes = 3;
  datagram.data[2] = 0xAB;
  EXPECT_TRUE(link.send_datagram(0, datagram));
  EXPECT_FALSE(link.send_datagram(0, datagram));
  OutgoingDatagram received{};
  ASSERT_TRUE(rings.control(0).outgoing.pop(received));
  EXPECT_EQ(received.data[2], 0xAB);
}

TEST_F(WorkerLinkTest, EventsAndPuntedDatagramsComeFromTheirWorker) {
  Event event;
  event.kind = EventKind::kMediaStarted;
  rings.control(1).events.push(event);
  Event received;
  EXPECT_FALSE(link.receive_event(0, received));
  ASSERT_TRUE(link.receive_event(1, received));
  EXPECT_EQ(received.kind, EventKind::kMediaStarted);

  PuntedDatagram punted{};
  punted.bytes = 20;
  rings.control(0).punted.push(punted);
  PuntedDatagram datagram{};
  EXPECT_FALSE(link.receive_punted(1, datagram));
  ASSERT_TRUE(link.receive_punted(0, datagram));
  EXPECT_EQ(datagram.bytes, 20);
}

TEST_F(WorkerLinkTest, AGracePeriodEndsWhenAllWorkersHaveReported) {
  const WorkerLink::GraceToken token = link.start_grace_period();
  qsbr.report_quiescent(0);
  EXPECT_FALSE(link.grace_period_ended(token));
  qsbr.report_quiescent(1);
  EXPECT_TRUE(link.grace_period_ended(token));
}

}  // namespace
}  // namespace penstock
