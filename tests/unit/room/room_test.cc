#include "controlplane/room/room.h"

#include <gtest/gtest.h>

#include "controlplane/room/directory.h"

namespace penstock::room {
namespace {

Id id(std::uint64_t number) { return Id(number); }

PublishedStream stream(std::string mid, std::uint32_t index, MediaKind kind = MediaKind::kVideo) {
  PublishedStream made;
  made.mid = std::move(mid);
  made.kind = kind;
  made.is_active = true;
  made.handle = StreamHandle(index, 1);
  made.codec = kind == MediaKind::kAudio ? Codec::kOpus : Codec::kVp8;
  return made;
}

SubscriptionRequest of(std::uint64_t feed, std::string mid, MediaKind kind = MediaKind::kVideo) {
  SubscriptionRequest request;
  request.source = {id(feed), std::move(mid)};
  request.kind = kind;
  return request;
}

// A room in which feed 1 has streams "a" (audio) and "v" (video).
class RoomTest : public ::testing::Test {
 protected:
  RoomTest() {
    Publisher publisher{.id = id(1), .peer = 101};
    publisher.is_publishing = true;
    publisher.set_streams({stream("a", 1, MediaKind::kAudio), stream("v", 2)});
    room.add_publisher(std::move(publisher));
  }
  Subscriber& subscriber_of(std::vector<std::string> mids) {
    Subscriber& made = room.add_subscriber(Subscriber(201, {.streams_max = 8}));
    for (const std::string& mid : mids) {
      made.subscribe(of(1, mid, mid == "a" ? MediaKind::kAudio : MediaKind::kVideo));
    }
    return made;
  }
  Room room{id(7), 1, {}};
};

TEST_F(RoomTest, IdsAreUniqueInARoom) {
  EXPECT_EQ(room.add_publisher({.id = id(1)}), nullptr);
  EXPECT_NE(room.add_publisher({.id = id(2)}), nullptr);
}

TEST_F(RoomTest, PublishersWithoutAPeerDoNotCount) {
  Publisher dummy{.id = id(2)};
  dummy.is_publishing = true;
  room.add_publisher(std::move(dummy));
  EXPECT_EQ(room.publishing_count_without(id(9)), 1u);
  EXPECT_EQ(room.publishing_count_without(id(1)), 0u);
}

TEST_F(RoomTest, PublisherWithoutAPeerIsSubscribedToLikeAnyOther) {
  Publisher dummy{.id = id(2)};
  dummy.is_publishing = true;
  dummy.set_streams({stream("0", 5)});
  room.add_publisher(std::move(dummy));
  Subscriber& subscriber = subscriber_of({});
  subscriber.subscribe(of(2, "0"));
  EXPECT_EQ(room.mlines(subscriber).at(0).source, StreamHandle(5, 1));
  const std::vector<std::string> ended = room.find_publisher(id(2))->clear_streams();
  room.remove_publisher(id(2));
  EXPECT_EQ(room.end_streams(id(2), ended), std::vector<PeerId>{201});
  EXPECT_EQ(subscriber.active_count(), 0u);
}

TEST_F(RoomTest, MlinesResolveTheirSourceAtEachUse) {
  const Subscriber& subscriber = subscriber_of({"v", "a"});
  std::vector<SubscriberMline> lines = room.mlines(subscriber);
  ASSERT_EQ(lines.size(), 2u);
  EXPECT_EQ(lines[0].source, StreamHandle(2, 1));
  EXPECT_EQ(lines[0].msid_track, "janus0");
  EXPECT_EQ(lines[1].codec, Codec::kOpus);
  room.remove_publisher(id(1));
  lines = room.mlines(subscriber);
  EXPECT_FALSE(lines[0].is_active);
  EXPECT_TRUE(lines[0].source.is_null());
}

TEST_F(RoomTest, StreamIsPausedByAnyOfItsSwitches) {
  Subscriber& subscriber = subscriber_of({"v"});
  PublisherStream& source = *room.find_publisher(id(1))->find_stream("v");
  const auto is_paused = [&] { return room.is_paused(subscriber, subscriber.streams()[0]); };
  EXPECT_FALSE(is_paused());
  source.is_muted = true;
  EXPECT_TRUE(is_paused());
  source.is_muted = false;
  source.is_sent = false;
  EXPECT_TRUE(is_paused());
  source.is_sent = true;
  subscriber.stream(0).is_sent = false;
  EXPECT_TRUE(is_paused());
  subscriber.stream(0).is_sent = true;
  subscriber.is_paused = true;
  EXPECT_TRUE(is_paused());
}

TEST_F(RoomTest, RenegotiationKeepsSwitchesAndNamesWhatEnded) {
  Publisher& publisher = *room.find_publisher(id(1));
  publisher.find_stream("v")->is_muted = true;
  publisher.descriptions["v"] = "camera";
  PublishedStream silent = stream("a", 1, MediaKind::kAudio);
  silent.is_active = false;
  EXPECT_EQ(publisher.set_streams({silent, stream("v", 2)}), std::vector<std::string>{"a"});
  EXPECT_TRUE(publisher.find_stream("v")->is_muted);
  EXPECT_EQ(publisher.find_stream("v")->description, "camera");
  EXPECT_EQ(publisher.set_streams({silent, stream("v", 9)}), std::vector<std::string>{"v"})
      << "another handle is another stream";
}

TEST_F(RoomTest, EndOfStreamsNamesOnlyWhoLostSomething) {
  subscriber_of({"a"});
  const std::vector<std::string> video = {"v"};
  EXPECT_TRUE(room.end_streams(id(1), video).empty());
  const std::vector<std::string> audio = {"a"};
  EXPECT_EQ(room.end_streams(id(1), audio), std::vector<PeerId>{201});
  EXPECT_TRUE(room.end_streams(id(1), audio).empty());
}

TEST(Directory, CountsEverythingAndRemovingARoomRemovesItAll) {
  Directory directory(2);
  const Counts empty = directory.counts();
  Room& room = **directory.create(id(7), {});
  Publisher publisher{.id = id(1)};
  publisher.set_streams({stream("v", 2)});
  room.add_publisher(std::move(publisher));
  room.add_subscriber(Subscriber(201, {.streams_max = 8})).subscribe(of(1, "v"));
  EXPECT_EQ(directory.counts(), (Counts{1, 1, 1, 1, 1}));
  directory.remove(id(7));
  EXPECT_EQ(directory.counts(), empty);
}

TEST(Directory, RefusesTakenIdsAndMoreThanItsLimit) {
  Directory directory(2);
  const std::uint64_t serial = (*directory.create(id(1), {}))->serial();
  EXPECT_EQ(directory.create(id(1), {}).error(), Directory::CreateError::kExists);
  EXPECT_TRUE(directory.create(Id("1"), {})) << "a text is not the number";
  EXPECT_EQ(directory.create(id(3), {}).error(), Directory::CreateError::kFull);
  directory.remove(id(1));
  EXPECT_NE((*directory.create(id(1), {}))->serial(), serial);
}

}  // namespace
}  // namespace penstock::room
