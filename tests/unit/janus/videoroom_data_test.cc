// Data channels in the VideoRoom: a stream of kind data, which one m-line of a subscriber has for
// all its feeds.
#include "tests/unit/janus/janus_test.h"

namespace penstock::janus {
namespace {

constexpr std::string_view kWithData = "m=audio 0 opus\nm=data 1";

class VideoRoomDataTest : public JanusTest {
 protected:
  void SetUp() override {
    create_room(77, {{"publishers", 9}});
    client = connect();
    for (std::uint64_t id = 1; id <= 2; ++id) {
      feeds[id] = attach(client);
      join(client, feeds[id], 77, id);
      async(client, feeds[id], {{"request", "publish"}}, offer(kWithData));
    }
    handle = attach(client);
  }
  json::object subscribe_to(std::string_view streams) {
    return subscribe(client, handle, 77, streams, {});
  }
  const std::vector<DataSource>& sources() { return media.peers[handle].data_sources; }
  DataSource source(std::uint64_t id, bool is_paused = false) {
    return {.publisher = feeds[id], .name = std::to_string(id), .is_paused = is_paused};
  }

  Client client;
  std::map<std::uint64_t, std::uint64_t> feeds;
  std::uint64_t handle = 0;
};

TEST_F(VideoRoomDataTest, APublishersStreamsNameIt) {
  const std::uint64_t other = attach(client);
  const json::object joined = join(client, other, 77, 9);
  const json::object first = joined.at("publishers").as_array().at(0).as_object();
  EXPECT_EQ(first.at("streams").as_array().at(1),
            json::parse(R"({"type":"data","mindex":1,"mid":"1"})"));
  EXPECT_FALSE(first.contains("video_codec"));
}

TEST_F(VideoRoomDataTest, OneMlineHasAllSources) {
  const json::object attached = subscribe_to(R"([{"feed":1},{"feed":2}])");
  const json::array streams = attached.at("streams").as_array();
  ASSERT_EQ(streams.size(), 3U);
  EXPECT_EQ(streams[1], json::parse(R"({"type":"data","active":true,"mindex":1,"mid":"1",
      "ready":false,"send":true,"sources":2,"source_ids":[1,2],"feed_id":1,"feed_mid":"1"})"));
  EXPECT_EQ(streams[2].at("type"), "audio");
  ASSERT_EQ(media.peers[handle].mlines.size(), 3U);
  EXPECT_EQ(media.peers[handle].mlines[1].kind, MediaKind::kData);
  EXPECT_TRUE(media.peers[handle].mlines[1].is_active);
  EXPECT_EQ(sources(), (std::vector{source(1), source(2)}));
}

TEST_F(VideoRoomDataTest, SourcesGoOneByOneAndTheMlineStays) {
  subscribe_to(R"([{"feed":1,"mid":"1"},{"feed":2,"mid":"1"}])");
  start(client, handle);
  async(client, handle, parse(R"({"request":"unsubscribe","streams":[{"feed":1,"mid":"1"}]})"));
  EXPECT_EQ(sources(), std::vector{source(2)});
  start(client, handle);
  async(client, feeds[2], {{"request", "unpublish"}});
  EXPECT_TRUE(sources().empty());
  ASSERT_EQ(media.peers[handle].mlines.size(), 1U);
  EXPECT_TRUE(media.peers[handle].mlines[0].is_active) << "the association stays";
}

TEST_F(VideoRoomDataTest, SwitchesPauseIt) {
  subscribe_to(R"([{"feed":1},{"feed":2}])");
  start(client, handle);
  async(client, feeds[1], parse(R"({"request":"configure","data":false})"));
  EXPECT_EQ(sources(), (std::vector{source(1, true), source(2)}));
  async(client, feeds[1], parse(R"({"request":"configure","streams":[{"mid":"1","send":true}]})"));
  EXPECT_EQ(sources(), (std::vector{source(1), source(2)}));
  async(client, handle, parse(R"({"request":"configure","data":false})"));
  EXPECT_EQ(sources(), (std::vector{source(1, true), source(2, true)}));
  async(client, handle, parse(R"({"request":"configure","mid":"1","send":true})"));
  EXPECT_EQ(sources(), (std::vector{source(1), source(2)}));
  async(client, handle, parse(R"({"request":"pause"})"));
  EXPECT_EQ(sources(), (std::vector{source(1, true), source(2, true)}));
}

TEST_F(VideoRoomDataTest, TheLegacyFormLeavesItOut) {
  json::object wanted =
      parse(R"({"request":"join","ptype":"subscriber","room":77,"feed":1,"offer_data":false})");
  const json::object attached = async(client, handle, std::move(wanted));
  ASSERT_EQ(attached.at("streams").as_array().size(), 1U);
  EXPECT_EQ(attached.at("streams").as_array()[0].at("type"), "audio");
}

TEST_F(VideoRoomDataTest, WhenItIsRejectedLaterItsSubscribersLoseIt) {
  subscribe_to(R"([{"feed":1},{"feed":2}])");
  start(client, handle);
  async(client, feeds[1], {{"request", "configure"}}, offer("m=audio 0 opus\nm=data 1 inactive"));
  EXPECT_EQ(sources(), std::vector{source(2)});
}

}  // namespace
}  // namespace penstock::janus
