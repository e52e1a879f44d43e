// Clients that are sent more than they read: who reads at once gets everything, however much it is;
// who does not is dropped, and holds no more memory than is configured.
#include <sys/socket.h>

#include "tests/client/signalling_bytes.h"
#include "tests/unit/http/signalling_fixture.h"

namespace penstock {
namespace {

constexpr std::size_t kMiB = 1024 * 1024;

class SlowReaderTest : public SignallingFixture {
 protected:
  RawClient connect() {
    RawClient client(server_->websocket_port());
    client.send(test::upgrade_request());
    EXPECT_EQ(status_of(client.receive_until("\r\n\r\n")), "HTTP/1.1 101");
    return client;
  }
  // The size of the next message, of one frame or more; nothing if none comes.
  static std::optional<std::size_t> receive_message(RawClient& client) {
    std::size_t message = 0;
    for (bool is_last = false; !is_last;) {
      const std::string head = client.receive(2);
      if (head.size() < 2) return std::nullopt;
      is_last = (head[0] & 0x80) != 0;
      std::size_t size = static_cast<unsigned char>(head[1]);
      const std::size_t more = size == 126 ? 2 : size == 127 ? 8 : 0;
      if (more > 0) size = 0;
      for (const char c : client.receive(more)) size = size * 256 + static_cast<unsigned char>(c);
      if (client.receive(size).size() < size) return std::nullopt;
      message += size;
    }
    return message;
  }
  // As when others do something that this client has to be told.
  void tell(ChannelId channel, std::size_t bytes) {
    run([&] { server_->send(channel, std::string(bytes, 'x')); });
  }
  ChannelId last_channel() {
    EXPECT_TRUE(core_.saw("open"));
    return core_.last_channel();
  }
  SignallingStats stats() {
    return run([this] { return server_->stats(); });
  }
  bool becomes_true(const std::function<bool()>& condition) {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    while (!condition()) {
      if (std::chrono::steady_clock::now() > deadline) return false;
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    return true;
  }
};

TEST_F(SlowReaderTest, WhoReadsAtOnceGetsABurst) {
  core_.on_text = [this](ChannelId channel, std::string_view) {
    for (int i = 0; i < 200; ++i) server_->send(channel, std::string(100'000, 'x'));
  };
  start();
  RawClient client = connect();
  client.send(test::text_frame("go"));
  for (int i = 0; i < 200; ++i) ASSERT_EQ(receive_message(client), 100'000U) << i;
  EXPECT_TRUE(becomes_true([this] { return stats().unread_bytes == 0; }));
  EXPECT_EQ(stats().slow_readers, 0U);
}

TEST_F(SlowReaderTest, WhoAsksForMuchIsHeardAsFastAsItReads) {
  config_.unread_bytes_per_connection_max = kMiB;
  core_.on_text = [this](ChannelId channel, std::string_view) {
    server_->send(channel, std::string(400'000, 'x'));
  };
  start();
  RawClient client = connect();
  for (int i = 0; i < 50; ++i) client.send(test::text_frame("more"));
  for (int i = 0; i < 50; ++i) ASSERT_EQ(receive_message(client), 400'000U) << i;
  EXPECT_EQ(stats().slow_readers, 0U);
}

TEST_F(SlowReaderTest, WhoDoesNotReadIsDroppedAtItsBound) {
  config_.unread_bytes_per_connection_max = kMiB;
  start();
  RawClient client = connect();
  const ChannelId channel = last_channel();
  std::size_t most = 0;
  for (int i = 0; i < 1'000 && stats().slow_readers == 0; ++i) {
    tell(channel, 100'000);
    most = std::max(most, stats().unread_bytes);
  }
  EXPECT_EQ(stats().slow_readers, 1U);
  EXPECT_GT(most, kMiB - 200'000);
  EXPECT_LE(most, kMiB);
  EXPECT_TRUE(core_.saw("close"));
  EXPECT_EQ(stats().unread_bytes, 0U);
}

TEST_F(SlowReaderTest, WhoAsksAndDoesNotReadIsHeardNoMore) {
  config_.unread_bytes_per_connection_max = 4 * kMiB;
  core_.on_text = [this](ChannelId channel, std::string_view) {
    server_->send(channel, std::string(400'000, 'x'));
  };
  start();
  RawClient client = connect();
  for (int i = 0; i < 200; ++i) client.send(test::text_frame("more"));
  EXPECT_TRUE(becomes_true([this] { return stats().unread_bytes > kMiB; }));
  std::this_thread::sleep_for(std::chrono::milliseconds(100));
  EXPECT_LE(stats().unread_bytes, kMiB + 500'000);
  EXPECT_EQ(stats().slow_readers, 0U);
  // What it says is not lost.
  for (int i = 0; i < 200; ++i) ASSERT_EQ(receive_message(client), 400'000U) << i;
}

// It gets what is queued, and what it has said in the meantime is not delivered.
TEST_F(SlowReaderTest, WhoIsNotHeardCanBeClosed) {
  config_.unread_bytes_per_connection_max = kMiB;
  core_.on_text = [this](ChannelId channel, std::string_view) {
    server_->send(channel, std::string(300'000, 'x'));
    server_->send(channel, std::string(300'000, 'x'));
  };
  start();
  RawClient client = connect();
  for (int i = 0; i < 200; ++i) client.send(test::text_frame("more"));
  EXPECT_TRUE(becomes_true([this] { return stats().unread_bytes > kMiB / 2; }));
  run([this] { server_->close(core_.last_channel(), ChannelCloseReason::kNormal); });
  const std::size_t heard = core_.count("message more");
  EXPECT_LT(heard, 100U);
  for (std::size_t i = 0; i < 2 * heard; ++i) ASSERT_EQ(receive_message(client), 300'000U) << i;
  EXPECT_EQ(receive_message(client), 2U) << "the close frame's code";
  client.close();
  EXPECT_TRUE(core_.saw("close"));
  EXPECT_EQ(core_.count("message more"), heard);
}

TEST_F(SlowReaderTest, WhoHasNotReadLongestMakesRoomForAllOthers) {
  config_.unread_bytes_max = 10 * kMiB;
  config_.unread_bytes_per_connection_max = 9 * kMiB;
  core_.on_text = [this](ChannelId channel, std::string_view) {
    for (int i = 0; i < 80; ++i) server_->send(channel, std::string(100'000, 'x'));
  };
  start();
  RawClient sleeper = connect();
  const ChannelId sleepers = last_channel();
  while (stats().unread_bytes < 4 * kMiB) tell(sleepers, 100'000);
  RawClient reader = connect();
  reader.send(test::text_frame("go"));
  for (int i = 0; i < 80; ++i) ASSERT_EQ(receive_message(reader), 100'000U) << i;
  EXPECT_TRUE(core_.saw("close"));
  EXPECT_EQ(stats().slow_readers, 1U);
}

TEST_F(SlowReaderTest, HttpAnswersCountToo) {
  config_.unread_bytes_max = 10 * kMiB;
  config_.unread_bytes_per_connection_max = 9 * kMiB;
  answer_all_with(std::string(8 * kMiB, 'x'));
  start();
  RawClient sleeper = http();
  sleeper.send(test::get_request("/janus"));
  ASSERT_TRUE(becomes_true([this] { return stats().unread_bytes > 7 * kMiB; }));
  RawClient reader = http();
  reader.send(test::get_request("/janus"));
  EXPECT_GT(reader.receive_response().size(), 8 * kMiB);
  EXPECT_EQ(stats().slow_readers, 1U);
  EXPECT_TRUE(becomes_true([this] { return stats().unread_bytes == 0; }));
}

TEST_F(SlowReaderTest, AnHttpAnswerThatIsTooLargeEndsItsConnection) {
  config_.unread_bytes_per_connection_max = kMiB;
  answer_all_with(std::string(2 * kMiB, 'x'));
  start();
  RawClient client = http();
  client.send(test::get_request("/janus"));
  EXPECT_TRUE(client.is_closed_by_peer());
  EXPECT_EQ(stats().slow_readers, 1U);
}

// It has the time that a slow line needs for it, on top of the deadline for a short one.
TEST_F(SlowReaderTest, ALongHttpAnswerMayBeReadForLonger) {
  options_.write_deadline = std::chrono::milliseconds(50);
  answer_all_with(std::string(8 * kMiB, 'x'));
  start();
  RawClient client = http();
  client.send(test::get_request("/janus"));
  ASSERT_TRUE(becomes_true([this] { return stats().unread_bytes > 7 * kMiB; }));
  std::this_thread::sleep_for(std::chrono::milliseconds(300));
  EXPECT_GT(client.receive_response().size(), 8 * kMiB);
}

TEST_F(SlowReaderTest, WhatIsQueuedBeforeTheCloseMayBeReadForLonger) {
  options_.websocket_close_deadline = std::chrono::milliseconds(50);
  start();
  RawClient client = connect();
  const ChannelId channel = last_channel();
  tell(channel, 8 * kMiB);
  run([&] { server_->close(channel, ChannelCloseReason::kNormal); });
  std::this_thread::sleep_for(std::chrono::milliseconds(300));
  EXPECT_EQ(receive_message(client), 8 * kMiB);
  EXPECT_TRUE(core_.saw("close"));
}

// A ping would wait behind it, and the answer come too late.
TEST_F(SlowReaderTest, TheKernelTakesLittleMoreThanIsOnItsWay) {
  start();
  RawClient client = connect();
  client.limit_receive_buffer(64 * 1024);
  const ChannelId channel = last_channel();
  for (int i = 0; i < 160; ++i) tell(channel, 100'000);
  for (int i = 0; i < 80; ++i) receive_message(client);
  std::size_t before = 0;
  becomes_true([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    return std::exchange(before, stats().unread_bytes) == stats().unread_bytes;
  });
  EXPECT_GT(stats().unread_bytes, 7'000'000U) << "of 8,000,000";
}

}  // namespace
}  // namespace penstock
