// Publishers that other servers show: asked for, listed, ended, and gone with the publisher. That
// nothing of them stays is checked by the fixture after every message.
#include "tests/unit/janus/janus_test.h"

namespace penstock::janus {
namespace {

class RemoteTest : public JanusTest {
 protected:
  void SetUp() override {
    client = connect();
    publisher = attach(client);
    manager = attach(client);
    create_room(5);
    join(client, publisher, 5, 11);
    publish(client, publisher, "m=audio 0 opus\nm=data d\nm=video 1 vp8");
  }
  json::object ask_sync(std::string_view request, std::string_view more) {
    return sync(client, manager,
                parse(R"({"request":")" + std::string(request) + R"(","room":5,"publisher_id":11)" +
                      std::string(more) + "}"));
  }
  json::object publish_remotely(std::string_view id, std::string_view more = "") {
    return ask_sync("publish_remotely", R"(,"remote_id":")" + std::string(id) +
                                            R"(","host":"198.51.100.7","port":10000)" +
                                            std::string(more));
  }

  Client client;
  std::uint64_t publisher = 0;
  std::uint64_t manager = 0;
};

TEST_F(RemoteTest, AllMediaGoesToOnePortWithAnSsrcForEachStream) {
  EXPECT_EQ(publish_remotely("there", R"(,"rtcp_port":10001)"),
            parse(R"({"videoroom":"success","room":5,"id":11,"remote_id":"there"})"));
  const auto peers = media.sending_elsewhere();
  ASSERT_EQ(peers.size(), 1U);
  EXPECT_EQ(to_string(peers[0].destination->address), "198.51.100.7:10000");
  EXPECT_EQ(peers[0].destination->rtcp_port, 10'001);
  ASSERT_EQ(peers[0].forwarded.size(), 2U);
  EXPECT_EQ(peers[0].forwarded[0].ssrc, 1'000U);
  EXPECT_EQ(peers[0].forwarded[1].ssrc, 1'020U);
  EXPECT_EQ(peers[0].forwarded_handles[1], media.peers.at(publisher).streams.at("1"));
}

TEST_F(RemoteTest, TheyAreListedAndEndOneByOne) {
  publish_remotely("a");
  publish_remotely("b", R"(,"rtcp_port":10001)");
  const json::object listed = parse(
      R"({"videoroom":"success","room":5,"id":11,
          "list":[{"remote_id":"a","host":"198.51.100.7","port":10000},
                  {"remote_id":"b","host":"198.51.100.7","port":10000,"rtcp_port":10001}]})");
  EXPECT_EQ(ask_sync("listremotes", ""), listed);
  EXPECT_EQ(ask_sync("list_remotes", ""), listed);
  EXPECT_EQ(ask_sync("unpublish_remotely", R"(,"remote_id":"a")"),
            parse(R"({"videoroom":"success","room":5,"id":11})"));
  EXPECT_EQ(media.sending_elsewhere().size(), 1U);
  EXPECT_EQ(ask_sync("unpublish_remotely", R"(,"remote_id":"a")"),
            error(428, "No such remotization (a)"));
  EXPECT_EQ(ask_sync("listforwarders", "").at("publishers").as_array().size(), 0U);
}

TEST_F(RemoteTest, WhatIsWrongIsTold) {
  publish_remotely("a");
  EXPECT_EQ(publish_remotely("a"), error(436, "Remotization already exists (a)"));
  EXPECT_EQ(publish_remotely("b", R"(,"rtcp_port":70000)"),
            error(430, "Invalid element (rtcp_port should be at most 65535)"));
  EXPECT_EQ(ask_sync("publish_remotely", R"(,"remote_id":"b","host":"192.0.2.9","port":0)"),
            error(430, "Invalid element (port must be a non-zero positive integer)"));
  EXPECT_EQ(ask_sync("publish_remotely", R"(,"remote_id":"b","host":"127.0.0.1","port":0)")
                .at("error_code"),
            430);
  EXPECT_EQ(ask_sync("publish_remotely", R"(,"remote_id":"b","port":5)"),
            error(429, "Missing mandatory element (host)"));
  EXPECT_EQ(ask_sync("publish_remotely", R"(,"remote_id":"b","host":"239.0.0.1","port":5)")
                .at("error_code"),
            433);
  media.forwards_left = 0;
  EXPECT_EQ(publish_remotely("b"), error(499, "full"));
  EXPECT_EQ(media.sending_elsewhere().size(), 1U);
}

TEST_F(RemoteTest, MutedStreamsAreSilentThereAndOthersGoOn) {
  publish_remotely("a");
  ask_sync("moderate", R"(,"id":11,"mid":"1","mute":true)");
  EXPECT_EQ(media.sending_elsewhere().at(0).paused, (std::vector<bool>{false, true}));
  ask_sync("moderate", R"(,"id":11,"mid":"1","mute":false)");
  EXPECT_EQ(media.sending_elsewhere().at(0).paused, (std::vector<bool>{false, false}));
}

TEST_F(RemoteTest, TheyEndWithThePublisher) {
  publish_remotely("a");
  publish_remotely("b");
  async(client, publisher, {{"request", "unpublish"}});
  EXPECT_TRUE(media.sending_elsewhere().empty());
  publish(client, publisher);
  publish_remotely("a");
  ask_sync("kick", R"(,"id":11)");
  EXPECT_TRUE(media.sending_elsewhere().empty());
}

}  // namespace
}  // namespace penstock::janus
