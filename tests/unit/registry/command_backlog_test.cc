// What waits for a worker's ring: order, and that it does not grow with what is asked.
#include "dataplane/registry/command_backlog.h"

#include <gtest/gtest.h>

#include <vector>

namespace penstock {
namespace {

Command pause(std::uint32_t subscription, bool is_paused) {
  Command command(CommandKind::kPauseSubscription);
  command.subscription = {subscription, 1};
  command.flag = is_paused;
  return command;
}

Command attach(std::uint32_t subscription) {
  Command command(CommandKind::kAttachSubscription);
  command.subscription = {subscription, 1};
  return command;
}

Command extensions(std::uint32_t transport, bool is_outgoing, std::uint8_t id) {
  Command command(CommandKind::kSetExtensions);
  command.transport = {transport, 1};
  command.flag = is_outgoing;
  command.extensions = {};
  command.extensions.set(HeaderExtension::kMid, id);
  return command;
}

std::vector<Command> drain(CommandBacklog& backlog) {
  std::vector<Command> commands;
  for (; !backlog.empty(); backlog.pop_front()) commands.push_back(backlog.front());
  return commands;
}

TEST(CommandBacklog, KeepsTheOrder) {
  CommandBacklog backlog;
  backlog.push(attach(1));
  backlog.push(pause(1, true));
  backlog.push(attach(2));
  const auto commands = drain(backlog);
  ASSERT_EQ(commands.size(), 3U);
  EXPECT_EQ(commands[0].kind, CommandKind::kAttachSubscription);
  EXPECT_EQ(commands[1].kind, CommandKind::kPauseSubscription);
  EXPECT_EQ(commands[2].subscription.index(), 2U);
}

TEST(CommandBacklog, WhatIsSetAgainTakesThePlaceOfWhatWaits) {
  CommandBacklog backlog;
  backlog.push(attach(1));
  for (int i = 0; i < 1'000; ++i) {
    backlog.push(pause(1, i % 2 == 0));
    backlog.push(pause(2, i % 2 != 0));
  }
  const auto commands = drain(backlog);
  ASSERT_EQ(commands.size(), 3U);
  EXPECT_FALSE(commands[1].flag) << "the last that was said";
  EXPECT_TRUE(commands[2].flag);
}

TEST(CommandBacklog, TheTwoExtensionMapsOfATransportAreTwoThings) {
  CommandBacklog backlog;
  for (std::uint8_t id = 1; id <= 9; ++id) {
    backlog.push(extensions(1, false, id));
    backlog.push(extensions(1, true, static_cast<std::uint8_t>(id + 1)));
  }
  const auto commands = drain(backlog);
  ASSERT_EQ(commands.size(), 2U);
  EXPECT_EQ(commands[0].extensions.id(HeaderExtension::kMid), 9U);
  EXPECT_EQ(commands[1].extensions.id(HeaderExtension::kMid), 10U);
}

TEST(CommandBacklog, WhatHasLeftIsNotReplaced) {
  CommandBacklog backlog;
  backlog.push(pause(1, true));
  backlog.push(pause(2, true));
  backlog.pop_front();
  backlog.push(pause(1, false));
  backlog.push(pause(2, false));
  const auto commands = drain(backlog);
  ASSERT_EQ(commands.size(), 2U);
  EXPECT_EQ(commands[0].subscription.index(), 2U);
  EXPECT_FALSE(commands[0].flag);
  EXPECT_EQ(commands[1].subscription.index(), 1U);
}

TEST(CommandBacklog, KeepsOrderAndPlacesWhileOthersLeaveInFront) {
  CommandBacklog backlog;
  std::uint32_t first = 0;
  std::uint32_t next = 0;
  while (next < 200) backlog.push(pause(next++, true));
  for (; next < 2'000; ++first) {
    ASSERT_EQ(backlog.front().subscription.index(), first);
    EXPECT_EQ(backlog.front().flag, first < 100) << first;
    backlog.pop_front();
    backlog.push(pause(next++, true));
    backlog.push(pause(first + 100, false));  // it has its place already
    ASSERT_EQ(backlog.size(), 200U);
  }
  for (const Command& command : drain(backlog)) {
    EXPECT_EQ(command.subscription.index(), first++);
  }
  EXPECT_EQ(first, next);
}

}  // namespace
}  // namespace penstock
