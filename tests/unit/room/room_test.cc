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
  static constexpr Timestamp kNow = kSecond;
  RoomTest() {
    Publisher publisher{.id = id(1), .peer = 101};
    publisher.is_publishing = true;
    publisher.set_streams({stream("a", 1, MediaKind::kAudio), stream("v", 2)});
    room.add_publisher(std::move(publisher));
  }
  ~RoomTest() override {
    room.remove_everybody(kNow);
    members.retired.end_of_call(kNow);
  }
  Subscriber& subscriber_of(std::vector<std::string> mids) {
    Subscriber& made = *room.add_subscriber(Subscriber(next_peer++, {.streams_max = 8}));
    for (const std::string& mid : mids) {
      made.subscribe(of(1, mid, mid == "a" ? MediaKind::kAudio : MediaKind::kVideo));
    }
    return made;
  }
  PeerId next_peer = 201;
  Members members{{.rooms = 1, .publishers = 3, .subscribers = 2}};
  Room room{id(7), 1, {}, members};
};

TEST_F(RoomTest, IdsAreUniqueInARoom) {
  EXPECT_TRUE(room.add_publisher({.id = id(1)}).is_null());
  EXPECT_FALSE(room.add_publisher({.id = id(2)}).is_null());
  EXPECT_NE(room.add_subscriber(Subscriber(201, {})), nullptr);
  EXPECT_EQ(room.add_subscriber(Subscriber(201, {})), nullptr);
}

TEST_F(RoomTest, WhoIsRemovedIsNotFoundAndIsReadableUntilTheCallEnds) {
  const Publisher* publisher = room.find_publisher(id(1));
  const Subscriber* subscriber = &subscriber_of({"v"});
  room.remove_publisher(id(1), kNow);
  room.remove_subscriber(201, kNow);
  EXPECT_EQ(room.find_publisher(id(1)), nullptr);
  EXPECT_EQ(room.find_subscriber(201), nullptr);
  EXPECT_EQ(publisher->streams.size(), 2u);
  EXPECT_EQ(subscriber->streams().size(), 1u);
  EXPECT_EQ(members.publishers.counts(), (PoolCounts{3, 2, 0, 1}));
  members.retired.end_of_call(kNow);
  EXPECT_EQ(members.publishers.counts(), (PoolCounts{3, 3, 0, 0}));
  EXPECT_EQ(members.subscribers.counts(), (PoolCounts{2, 2, 0, 0}));
}

TEST_F(RoomTest, FullPoolsAddNobody) {
  for (std::uint64_t i = 2; i <= 3; ++i) {
    EXPECT_FALSE(room.add_publisher({.id = id(i)}).is_null());
    EXPECT_NE(room.add_subscriber(Subscriber(200 + i, {})), nullptr);
  }
  EXPECT_TRUE(room.add_publisher({.id = id(4)}).is_null());
  EXPECT_EQ(room.find_publisher(id(4)), nullptr);
  EXPECT_EQ(room.add_subscriber(Subscriber(300, {})), nullptr);
  EXPECT_EQ(room.find_subscriber(300), nullptr);
}

TEST_F(RoomTest, DummiesDoNotCountAsPublishing) {
  Publisher dummy{.id = id(2), .is_dummy = true};
  dummy.is_publishing = true;
  room.add_publisher(std::move(dummy));
  EXPECT_EQ(room.publishing_count_without(id(9)), 1u);
  EXPECT_EQ(room.publishing_count_without(id(1)), 0u);
}

TEST_F(RoomTest, DummyIsSubscribedToLikeAnyOther) {
  Publisher dummy{.id = id(2), .is_dummy = true};
  dummy.is_publishing = true;
  dummy.set_streams({stream("0", 5)});
  room.add_publisher(std::move(dummy));
  Subscriber& subscriber = subscriber_of({});
  subscriber.subscribe(of(2, "0"));
  EXPECT_EQ(room.mlines(subscriber).at(0).source, StreamHandle(5, 1));
  room.find_publisher(id(2))->clear_streams();
  room.remove_publisher(id(2), kNow);
  EXPECT_EQ(room.find_source({id(2), "0"}), nullptr);
  EXPECT_EQ(subscriber.unsubscribe(id(2), std::nullopt), 1u);
  EXPECT_EQ(subscriber.active_count(), 0u);
}

TEST_F(RoomTest, MlinesResolveTheirSourceAtEachUse) {
  const Subscriber& subscriber = subscriber_of({"v", "a"});
  std::vector<SubscriberMline> lines = room.mlines(subscriber);
  ASSERT_EQ(lines.size(), 2u);
  EXPECT_EQ(lines[0].source, StreamHandle(2, 1));
  EXPECT_EQ(lines[0].msid_track, "janus0");
  EXPECT_EQ(lines[1].codec, Codec::kOpus);
  room.remove_publisher(id(1), kNow);
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
  PublishedStream closed = stream("a", 1, MediaKind::kAudio);
  closed.is_active = false;
  closed.handle = {};
  EXPECT_EQ(publisher.set_streams({closed, stream("v", 2)}).ended, std::vector<std::string>{"a"});
  EXPECT_TRUE(publisher.find_stream("v")->is_muted);
  EXPECT_EQ(publisher.find_stream("v")->description, "camera");
  EXPECT_EQ(publisher.set_streams({closed, stream("v", 9)}).ended, std::vector<std::string>{"v"})
      << "another handle is another stream";
}

TEST_F(RoomTest, AStreamThatIsSwitchedOffIsStillThere) {
  Subscriber& subscriber = subscriber_of({"a", "v"});
  Publisher& publisher = *room.find_publisher(id(1));
  PublishedStream off = stream("v", 2);
  off.is_active = false;
  const auto changes = publisher.set_streams({stream("a", 1, MediaKind::kAudio), off});
  EXPECT_TRUE(changes.ended.empty() && changes.recoded.empty());
  EXPECT_NE(room.find_source({id(1), "v"}), nullptr);
  EXPECT_TRUE(room.mlines(subscriber)[1].is_active);
  EXPECT_FALSE(room.is_paused(subscriber, subscriber.streams()[1]));
}

TEST_F(RoomTest, AnotherCodecOfAStreamIsNamedAndNoEnd) {
  Publisher& publisher = *room.find_publisher(id(1));
  PublishedStream recoded = stream("v", 2);
  recoded.codec = Codec::kH264;
  const auto changes = publisher.set_streams({stream("a", 1, MediaKind::kAudio), recoded});
  EXPECT_TRUE(changes.ended.empty());
  EXPECT_EQ(changes.recoded, std::vector<std::string>{"v"});
}

TEST_F(RoomTest, SubscribersMayBeRemovedWhileTheyAreVisited) {
  for (int i = 0; i < 2; ++i) subscriber_of({"a"});
  std::vector<PeerId> visited;
  room.for_each_subscriber([&](Subscriber& subscriber) {
    visited.push_back(subscriber.peer());
    if (visited.size() == 1) room.remove_subscriber(subscriber.peer(), kNow);
  });
  EXPECT_EQ(visited, (std::vector<PeerId>{201, 202}));
  EXPECT_EQ(room.subscriber_count(), 1u);
}

// Who is told in one pass, until it is over.
std::vector<std::uint64_t> pass_of(Room& room) {
  std::vector<std::uint64_t> told;
  for (;;) {
    const Room::Member next = room.next_to_tell();
    if (next.publisher != nullptr) {
      told.push_back(next.publisher->id.number());
      next.publisher->heard = room.news().end();
    } else if (next.subscriber != nullptr) {
      told.push_back(next.subscriber->peer());
      next.subscriber->heard = room.news().end();
    } else {
      return told;
    }
    room.told(next);
  }
}

TEST_F(RoomTest, NewsAreForgottenWhenEverybodyHasHeardThem) {
  subscriber_of({"a"});
  room.news().add({.event = "one"});
  EXPECT_EQ(room.next_to_tell().publisher, room.find_publisher(id(1)));
  room.told({.publisher = room.find_publisher(id(1))});
  room.news().add({.event = "two"});
  subscriber_of({"a"});
  EXPECT_EQ(room.find_subscriber(202)->heard, room.news().end()) << "it was not there then";
  EXPECT_EQ(pass_of(room), (std::vector<std::uint64_t>{201, 202}));
  ASSERT_EQ(room.news().size(), 1u) << "the participant has not heard the second";
  EXPECT_EQ(room.news().at(room.news().begin()).event, "two");
  EXPECT_EQ(pass_of(room), (std::vector<std::uint64_t>{1, 201, 202}));
  EXPECT_TRUE(room.news().empty());
}

TEST_F(RoomTest, WhoLeavesWhileOthersAreToldStopsNobody) {
  subscriber_of({"a"});
  subscriber_of({"a"});
  room.news().add({.event = "one"});
  room.told({.subscriber = room.find_subscriber(201)});
  room.remove_subscriber(201, kNow);
  EXPECT_EQ(pass_of(room), std::vector<std::uint64_t>{202});
  room.news().add({.event = "two"});
  room.news().take_back(room.news().begin());
  EXPECT_TRUE(room.news().empty());
}

std::vector<PoolCounts> pools_of(const Directory& directory) {
  PoolReports reports;
  directory.report_pools(reports);
  std::vector<PoolCounts> counts;
  for (const PoolReport& report : reports) counts.push_back(report.counts);
  return counts;
}

std::vector<std::string> findings_in(const Directory& directory) {
  OwnershipWalk walk;
  directory.walk_ownership(walk);
  return walk.findings();
}

constexpr Capacities kCapacities{.rooms = 2, .publishers = 4, .subscribers = 4};

TEST(Directory, CountsEverythingAndRemovingARoomRemovesItAll) {
  Directory directory(kCapacities);
  const std::vector<PoolCounts> untouched = pools_of(directory);
  const Counts empty = directory.counts();
  Room& room = **directory.create(id(7), {});
  Publisher publisher{.id = id(1)};
  publisher.set_streams({stream("v", 2)});
  room.add_publisher(std::move(publisher));
  room.add_subscriber(Subscriber(201, {.streams_max = 8}))->subscribe(of(1, "v"));
  EXPECT_EQ(directory.counts(), (Counts{1, 1, 1, 1, 1}));
  EXPECT_TRUE(findings_in(directory).empty());
  directory.remove(id(7), kSecond);
  EXPECT_EQ(directory.counts(), empty);
  EXPECT_EQ(room.settings().publishers_max, 3u) << "readable until the call ends";
  EXPECT_TRUE(findings_in(directory).empty());
  directory.end_of_call(kSecond);
  EXPECT_EQ(pools_of(directory), untouched);
}

TEST(Directory, HandleOfARemovedRoomIsStale) {
  Directory directory(kCapacities);
  Room& room = **directory.create(id(7), {});
  const Handle<Room> handle = directory.handle_of(id(7));
  EXPECT_EQ(directory.resolve(handle), &room);
  directory.remove(id(7), kSecond);
  EXPECT_EQ(directory.resolve(handle), nullptr);
  EXPECT_TRUE(directory.handle_of(id(7)).is_null());
}

TEST(Directory, RefusesTakenIdsAndMoreThanItsLimit) {
  Directory directory(kCapacities);
  const std::uint64_t serial = (*directory.create(id(1), {}))->serial();
  EXPECT_EQ(directory.create(id(1), {}).error(), Directory::CreateError::kExists);
  EXPECT_TRUE(directory.create(Id("1"), {})) << "a text is not the number";
  EXPECT_EQ(directory.create(id(3), {}).error(), Directory::CreateError::kFull);
  directory.remove(id(1), kSecond);
  EXPECT_EQ(directory.create(id(1), {}).error(), Directory::CreateError::kFull)
      << "the place is free when the call is over";
  directory.end_of_call(kSecond);
  EXPECT_NE((*directory.create(id(1), {}))->serial(), serial);
}

}  // namespace
}  // namespace penstock::room
