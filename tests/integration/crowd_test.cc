// Much to be told at once, to a client that reads at once: it hears all of it. One WebSocket is a
// backend's, with the participants of a whole room.
#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "tests/integration/harness/integration_test.h"

namespace penstock::integration {
namespace {

constexpr std::uint64_t kCrowd = 4'711;
constexpr Duration kCrowdPatience = 60 * kSecond;

class CrowdTest : public IntegrationTest {
 protected:
  void SetUp() override {
    IntegrationTest::SetUp();
    start_server();
    backend_ = std::make_unique<JanusSession>(loop_, JanusTransport::kWebSocket);
  }
  void TearDown() override {
    backend_.reset();
    IntegrationTest::TearDown();
  }

  void make_room(bool tells_who_joins) {
    const json::value made =
        backend_->message(backend_->attach(), {{"request", "create"},
                                               {"room", kCrowd},
                                               {"publishers", 1'000},
                                               {"notify_joining", tells_who_joins}});
    ASSERT_EQ(text_at(made, "/plugindata/data/videoroom"), "created") << json::serialize(made);
  }
  // All at once, each with as many bytes of metadata. Their handles.
  std::vector<std::uint64_t> join(std::size_t count, std::size_t metadata_bytes) {
    std::vector<std::uint64_t> handles;
    for (std::size_t i = 0; i < count; ++i) {
      send({{"janus", "attach"}, {"plugin", "janus.plugin.videoroom"}});
    }
    for (const json::value& answer : take(count, "/data/id")) {
      handles.push_back(number_at(answer, "/data/id"));
    }
    for (const std::uint64_t handle : handles) {
      send({{"janus", "message"},
            {"handle_id", handle},
            {"body",
             {{"request", "join"},
              {"ptype", "publisher"},
              {"room", kCrowd},
              {"metadata", {{"of", std::string(metadata_bytes, 'x')}}}}}});
    }
    take(count, "/plugindata/data/private_id");
    return handles;
  }
  void send(json::object request) {
    request["session_id"] = backend_->id();
    request["transaction"] = "t";
    backend_->connection().send(request);
  }
  // Waits for so many messages that have something at the pointer, and takes them out.
  std::vector<json::value> take(std::size_t count, const std::string& pointer) {
    std::vector<json::value> taken;
    std::deque<json::value>& inbox = backend_->connection().inbox();
    loop_.run_until(
        [&] {
          for (; !inbox.empty(); inbox.pop_front()) {
            if (test::find_at(inbox.front(), pointer)) taken.push_back(std::move(inbox.front()));
          }
          return taken.size() >= count;
        },
        kCrowdPatience);
    EXPECT_EQ(taken.size(), count) << pointer;
    return taken;
  }

  std::unique_ptr<JanusSession> backend_;
};

TEST_F(CrowdTest, FourHundredParticipantsAreListed) {
  make_room(false);
  const auto handles = join(400, 1'000);
  const json::value list =
      backend_->message(handles.front(), {{"request", "listparticipants"}, {"room", kCrowd}});
  const json::value* participants = test::find_at(list, "/plugindata/data/participants");
  ASSERT_NE(participants, nullptr) << json::serialize(list).substr(0, 500);
  EXPECT_EQ(participants->as_array().size(), 400U);
  print_measured(std::to_string(json::serialize(list).size()) + " bytes");
}

TEST_F(CrowdTest, SixHundredAndNinetyNineHearThatOneLeaves) {
  make_room(false);
  const auto handles = join(700, 500);
  backend_->message(handles.front(), {{"request", "leave"}});
  take(699, "/plugindata/data/leaving");
  EXPECT_EQ(text_at(backend_->request({{"janus", "keepalive"}}), "/janus"), "ack");
}

TEST_F(CrowdTest, ARoomOfThirtyThreeWithMetadataCanBeJoined) {
  make_room(true);
  join(33, 8'000);
  JanusSession client(loop_, JanusTransport::kWebSocket);
  const json::value joined = client.message(
      client.attach(), {{"request", "join"}, {"ptype", "publisher"}, {"room", kCrowd}});
  const json::value* attendees = test::find_at(joined, "/plugindata/data/attendees");
  ASSERT_NE(attendees, nullptr);
  EXPECT_EQ(attendees->as_array().size(), 33U);
  print_measured(std::to_string(json::serialize(joined).size()) + " bytes");
}

// The answers and what everybody hears are of the order of the crowd's square.
TEST_F(CrowdTest, EverybodyLeavesAtOnce) {
  make_room(false);
  const auto handles = join(300, 500);
  for (const std::uint64_t handle : handles) {
    send({{"janus", "message"}, {"handle_id", handle}, {"body", {{"request", "leave"}}}});
  }
  take(300 + 300 * 299 / 2, "/plugindata/data/leaving");
  EXPECT_EQ(text_at(backend_->request({{"janus", "keepalive"}}), "/janus"), "ack");
}

}  // namespace
}  // namespace penstock::integration
