// What is said in a call goes out when it is over, each to whom it is for, and long polls are
// answered once.
#include "controlplane/janus/outbox.h"

#include <gtest/gtest.h>

#include "tests/unit/janus/end_sessions.h"
#include "tests/unit/janus/fake_sender.h"

namespace penstock::janus {
namespace {

class OutboxTest : public ::testing::Test {
 protected:
  ~OutboxTest() override { end_sessions(table); }

  Session& add(std::uint64_t id) {
    return *table.add(id, std::nullopt, TokenBucket(1, 1), unread,
                      UnreadQueue::Options{.bytes_max = 1'000, .give_up = [] {}});
  }
  Session& add(std::uint64_t id, ChannelId channel) {
    Session& session = add(id);
    session.owner = Session::Owner::kChannel;
    session.channel = channel;
    return session;
  }
  void poll(Session& session, std::uint64_t exchange, std::size_t events_max = 1) {
    polls.begin(session, {.exchange = ExchangeId{exchange}, .events_max = events_max});
  }
  const std::string& body(std::uint64_t exchange) {
    return sender.replies.at(ExchangeId{exchange}).body;
  }

  FakeSender sender;
  UnreadMemory unread{10'000};
  SessionTable table{4, 4, kSecond};
  LongPolls polls{sender};
  Outbox outbox{sender, table, polls};
};

TEST_F(OutboxTest, EachHearsWhatIsForHimInItsOrder) {
  const ChannelId channel{1};
  Session& session = add(7, channel);
  Caller caller;
  caller.channel = channel;
  outbox.answer(caller, R"({"n":1})");
  outbox.tell(session, R"({"n":2})");
  caller.channel.reset();
  caller.exchange = ExchangeId{5};
  outbox.answer(caller, "answer");
  outbox.respond(ExchangeId{6}, 404);
  EXPECT_TRUE(sender.sent.empty() && sender.replies.empty()) << "the call is not over";
  outbox.deliver(0);
  ASSERT_EQ(sender.sent[channel].size(), 2u);
  EXPECT_EQ(sender.sent[channel][0].at("n"), 1);
  EXPECT_EQ(sender.sent[channel][1].at("n"), 2);
  EXPECT_EQ(body(5), "answer");
  EXPECT_EQ(sender.replies.at(ExchangeId{6}).status, 404u);
  outbox.deliver(0);
  EXPECT_EQ(sender.sent[channel].size(), 2u) << "once";
}

TEST_F(OutboxTest, WhatIsTakenBackIsNotSaidAndOneCanBePutLast) {
  const ChannelId channel{1};
  Session& session = add(7, channel);
  const auto say = [&](int n) { outbox.tell(session, R"({"n":)" + std::to_string(n) + "}"); };
  say(1);
  const std::size_t said = outbox.size();
  say(2);
  outbox.take_back(said);
  say(3);
  say(4);
  say(5);
  outbox.put_last(said);
  outbox.deliver(0);
  std::vector<std::int64_t> heard;
  for (const auto& message : sender.sent[channel]) heard.push_back(message.at("n").as_int64());
  EXPECT_EQ(heard, (std::vector<std::int64_t>{1, 4, 5, 3}));
}

TEST_F(OutboxTest, NobodyHearsForASessionThatEndsOrIsGone) {
  const ChannelId channel{1};
  Session& session = add(7, channel);
  outbox.tell(session, "{}");
  session.is_ending = true;
  outbox.tell(session, "{}");
  EXPECT_EQ(outbox.size(), 1u);
  table.retire(session, 0);
  outbox.deliver(0);
  EXPECT_TRUE(sender.sent[channel].empty());
}

TEST_F(OutboxTest, EventsWaitForALongPollAndAnswerIt) {
  Session& session = add(7);
  outbox.tell(session, "[1]");
  outbox.deliver(0);
  outbox.tell(session, "[2]");
  outbox.deliver(0);
  EXPECT_EQ(session.events.size(), 2u);
  poll(session, 5, 3);
  outbox.flush(session);
  outbox.deliver(30);
  EXPECT_EQ(body(5), "[[1],[2]]");
  EXPECT_FALSE(session.poll);
  EXPECT_EQ(polls.size(), 0u);
  EXPECT_EQ(table.next_deadline(), 30 + kSecond) << "an answer is a sign of life";
}

TEST_F(OutboxTest, WhatHasWaitedGoesToWhoClaimsTheSession) {
  Session& session = add(7);
  session.owner = Session::Owner::kNobody;
  outbox.tell(session, R"({"n":1})");
  outbox.deliver(0);
  session.owner = Session::Owner::kChannel;
  session.channel = ChannelId{2};
  outbox.flush(session);
  outbox.deliver(0);
  EXPECT_EQ(sender.sent[ChannelId{2}].size(), 1u);
  EXPECT_TRUE(session.events.empty());
}

TEST_F(OutboxTest, ALongPollIsAnsweredOnceWhateverComesFirst) {
  Session& session = add(7);
  poll(session, 5);
  poll(session, 6);
  EXPECT_EQ(body(5), R"({"janus":"keepalive"})") << "the new one takes over";
  EXPECT_EQ(polls.cancel(ExchangeId{5}), std::nullopt);
  EXPECT_EQ(polls.cancel(ExchangeId{6}), 7u);
  EXPECT_EQ(polls.cancel(ExchangeId{6}), std::nullopt);
  session.poll.reset();
  poll(session, 8, 2);
  polls.answer(session);
  EXPECT_EQ(body(8), R"([{"janus":"keepalive"}])");
  EXPECT_EQ(polls.size(), 0u);
  EXPECT_EQ(sender.replied_twice, 0);
}

}  // namespace
}  // namespace penstock::janus
