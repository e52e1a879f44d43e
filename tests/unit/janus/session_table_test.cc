// Sessions and handles by id, their pools, timers and counts.
#include "controlplane/janus/session_table.h"

#include <gtest/gtest.h>

#include "tests/unit/janus/end_sessions.h"

namespace penstock::janus {
namespace {

const IpAddress kNetwork = IpAddress::from_v4({192, 0, 2, 1});

class SessionTableTest : public ::testing::Test {
 protected:
  ~SessionTableTest() override { end_sessions(table); }

  Session* add(std::uint64_t id, std::optional<IpAddress> network = std::nullopt) {
    return table.add(id, network, TokenBucket(1, 1), unread,
                     UnreadQueue::Options{.bytes_max = 1, .give_up = [] {}});
  }
  void wait_for_claim(std::uint64_t id, Timestamp until) {
    Session& session = *table.find(id);
    session.owner = Session::Owner::kNobody;
    session.claim_deadline = until;
    table.arm(session);
  }
  PoolReports pools() const {
    PoolReports reports;
    table.report_pools(reports);
    return reports;
  }
  // With what the call before has retired.
  void expect_owned(std::size_t peers) {
    table.end_of_call(0);
    OwnershipWalk walk;
    std::size_t walked = 0;
    table.walk_ownership(walk, [&](HandleId) { ++walked; });
    EXPECT_EQ(walk.findings(), std::vector<std::string>{});
    EXPECT_EQ(walked, peers);
    for (const PoolReport& pool : pools()) EXPECT_EQ(pool.counts.retired, 0u) << pool.name;
  }

  UnreadMemory unread{1'000};
  SessionTable table{3, 2, 100};
};

TEST_F(SessionTableTest, FindsByIdUntilItIsRetiredAndFreesAtTheEndOfTheCall) {
  Session* session = add(7);
  ASSERT_NE(session, nullptr);
  EXPECT_EQ(table.find(7), session);
  EXPECT_TRUE(table.has_id(7));
  SessionHandle* handle = table.add_handle(*session, 8, "opaque");
  ASSERT_NE(handle, nullptr);
  EXPECT_EQ(table.find_handle(8), handle);
  EXPECT_EQ(table.session_of(8), session);
  EXPECT_EQ(&table.session_of(*handle), session);
  expect_owned(1);
  table.retire_handle(*session, 8, 0);
  EXPECT_EQ(table.find_handle(8), nullptr);
  EXPECT_EQ(table.session_of(8), nullptr);
  EXPECT_EQ(handle->opaque_id, "opaque") << "the call that runs may still look at it";
  table.retire(*session, 0);
  EXPECT_EQ(table.find(7), nullptr);
  EXPECT_FALSE(table.has_id(7) || table.has_id(8));
  EXPECT_EQ(session->id, 7u);
  expect_owned(0);
  EXPECT_EQ(table.sessions() + table.handles() + table.timers() + table.networks(), 0u);
}

TEST_F(SessionTableTest, FullPoolsRefuseAndPlacesComeBack) {
  for (std::uint64_t id = 1; id <= 3; ++id) EXPECT_NE(add(id), nullptr);
  EXPECT_TRUE(table.is_full());
  EXPECT_EQ(add(4), nullptr);
  Session& session = *table.find(1);
  EXPECT_NE(table.add_handle(session, 11, ""), nullptr);
  EXPECT_NE(table.add_handle(session, 12, ""), nullptr);
  EXPECT_EQ(table.add_handle(session, 13, ""), nullptr);
  EXPECT_EQ(session.handles.size(), 2u);
  table.retire(*table.find(3), 0);
  table.retire_handle(session, 11, 0);
  expect_owned(1);
  EXPECT_NE(add(4), nullptr);
  EXPECT_NE(table.add_handle(session, 13, ""), nullptr);
  expect_owned(2);
}

TEST_F(SessionTableTest, WhatIsDiscardedNeverWasThere) {
  const PoolReports before = pools();
  Session& session = *add(7, kNetwork);
  table.add_handle(session, 8, "");
  table.discard_handle(session, 8);
  EXPECT_TRUE(session.handles.empty());
  table.discard(session);
  EXPECT_EQ(pools(), before);
  EXPECT_EQ(table.count_of(kNetwork), 0u);
  EXPECT_EQ(table.next_deadline(), kNever);
  EXPECT_FALSE(table.has_id(7) || table.has_id(8));
}

TEST_F(SessionTableTest, CountsTheSessionsOfANetwork) {
  add(1, kNetwork);
  add(2);
  add(3, kNetwork);
  EXPECT_EQ(table.count_of(kNetwork), 2u);
  table.retire(*table.find(1), 0);
  EXPECT_EQ(table.count_of(kNetwork), 1u);
  table.retire(*table.find(3), 0);
  EXPECT_EQ(table.count_of(kNetwork), 0u);
  EXPECT_EQ(table.networks(), 0u);
}

TEST_F(SessionTableTest, TimersRingInTheirOrderOnce) {
  EXPECT_EQ(table.next_deadline(), kNever);
  for (std::uint64_t id = 1; id <= 3; ++id) add(id);
  EXPECT_EQ(table.timers(), 0u);
  wait_for_claim(1, 30);
  wait_for_claim(2, 20);
  wait_for_claim(3, 10);
  wait_for_claim(3, 40);
  EXPECT_EQ(table.next_deadline(), 20);
  EXPECT_EQ(table.take_due(19), nullptr);
  EXPECT_EQ(table.take_due(30), table.find(2));
  EXPECT_EQ(table.take_due(30), table.find(1));
  EXPECT_EQ(table.take_due(30), nullptr);
  EXPECT_EQ(table.timers(), 1u);
  table.retire(*table.find(3), 0);
  EXPECT_EQ(table.next_deadline(), kNever);
}

TEST_F(SessionTableTest, TheTimerIsThatOfWhatTheSessionWaitsFor) {
  Session& session = *add(1);
  table.touch(session, 5);
  EXPECT_EQ(table.next_deadline(), 105) << "the client's silence";
  session.poll = LongPoll{.exchange = ExchangeId{1}, .events_max = 1, .deadline = 35};
  table.arm(session);
  EXPECT_EQ(table.next_deadline(), 35);
  session.poll.reset();
  table.touch(session, 30);
  EXPECT_EQ(table.next_deadline(), 130);
  wait_for_claim(1, 60);
  EXPECT_EQ(table.next_deadline(), 60);
}

}  // namespace
}  // namespace penstock::janus
