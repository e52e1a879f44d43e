// Guests: members of rooms who came by another API (room/guests.h), beside people of this one.
#include "tests/unit/janus/janus_test.h"

namespace penstock::janus {
namespace {

using room::GuestRefusal;
using room::GuestRole;

class GuestsTest : public JanusTest, private room::GuestEvents {
 protected:
  explicit GuestsTest(JanusConfig config = test_config()) : JanusTest(std::move(config)) {
    core.set_guest_events(*this);
  }
  void TearDown() override {
    for (const PeerId guest : std::set<PeerId>(guests)) leave(guest);
    JanusTest::TearDown();
  }

  std::expected<PeerId, room::GuestError> publish(std::optional<room::Id> id = {}) {
    const PeerId guest = core.new_guest_id();
    std::string told;
    const auto done = core.publish(guest, {.room = kRoom, .id = id, .offer_sdp = kAudioVideo}, now,
                                   [&](std::string& answer) { told = answer; });
    if (!done) return std::unexpected(done.error());
    EXPECT_EQ(told, "v=0\r\na=answer\r\n");
    guests.insert(guest);
    expect_everything_owned();
    return guest;
  }
  std::expected<PeerId, room::GuestError> play(std::optional<room::Id> feed = {}) {
    const PeerId guest = core.new_guest_id();
    const auto done = core.play(guest, {.room = kRoom, .feed = feed, .offer_sdp = "offer"}, now,
                                [](SubscribeResult&) {});
    if (!done) return std::unexpected(done.error());
    guests.insert(guest);
    expect_everything_owned();
    return guest;
  }
  void leave(PeerId guest) {
    guests.erase(guest);
    core.leave(guest, now);
    expect_everything_owned();
  }

  static inline const room::Id kRoom{std::uint64_t{1234}};
  std::vector<PeerId> gone;
  std::vector<PeerId> changed;

 private:
  void on_guest_gone(PeerId guest, Timestamp) override {
    guests.erase(guest);
    gone.push_back(guest);
  }
  void on_guest_changed(PeerId guest, Timestamp) override { changed.push_back(guest); }
};

TEST_F(GuestsTest, WhoPublishesIsAParticipantForOthers) {
  Client alice = connect();
  const std::uint64_t handle = attach(alice);
  join(alice, handle, 1234, 7);
  const auto guest = publish(room::Id(std::uint64_t{42}));
  ASSERT_TRUE(guest.has_value()) << guest.error().text;
  EXPECT_EQ(core.counts().rooms.participants, 2U);
  EXPECT_EQ(core.counts().rooms.published_streams, 2U);
  EXPECT_EQ(core.counts().guests, 1U);
  leave(*guest);
  EXPECT_EQ(core.counts().rooms.participants, 1U);
  EXPECT_TRUE(gone.empty());
}

TEST_F(GuestsTest, AnIdIsTakenOnce) {
  ASSERT_TRUE(publish(room::Id(std::uint64_t{42})).has_value());
  const auto second = publish(room::Id(std::uint64_t{42}));
  ASSERT_FALSE(second.has_value());
  EXPECT_EQ(second.error().why, GuestRefusal::kIdTaken);
  EXPECT_EQ(core.counts().guests, 1U);
}

TEST_F(GuestsTest, WhatMediaRefusesLeavesNobodyInTheRoom) {
  struct Refused {
    MediaErrorKind kind;
    GuestRefusal why;
  };
  constexpr Refused kRefused[] = {{MediaErrorKind::kNoUsableStream, GuestRefusal::kNotAcceptable},
                                  {MediaErrorKind::kCapacity, GuestRefusal::kFull}};
  ASSERT_TRUE(publish().has_value());
  for (const Refused& each : kRefused) {
    media.refuses = MediaError{each.kind, "as the test wants it"};
    const auto published = publish();
    ASSERT_FALSE(published.has_value());
    EXPECT_EQ(published.error().why, each.why);
    const auto played = play();
    ASSERT_FALSE(played.has_value());
    EXPECT_EQ(played.error().why, each.why);
  }
  media.refuses.reset();
  EXPECT_EQ(core.counts().guests, 1U);
  EXPECT_EQ(core.counts().rooms.participants, 1U);
  EXPECT_EQ(core.counts().rooms.subscribers, 0U);
}

TEST_F(GuestsTest, APlayerHasWhatTheFirstOrTheNamedOnePublishes) {
  EXPECT_EQ(play().error().why, GuestRefusal::kNoPublisher);
  const auto publisher = publish(room::Id(std::uint64_t{42}));
  EXPECT_EQ(play(room::Id(std::uint64_t{7})).error().why, GuestRefusal::kNoPublisher);
  const auto player = play();
  ASSERT_TRUE(player.has_value());
  EXPECT_EQ(core.played(*player).size(), 2U);
  for (const room::PlayedStream& line : core.played(*player)) EXPECT_TRUE(line.is_active);
  leave(*publisher);
  EXPECT_EQ(changed, std::vector<PeerId>{*player});
  for (const room::PlayedStream& line : core.played(*player)) EXPECT_FALSE(line.is_active);
  EXPECT_TRUE(core.played(999).empty());
}

TEST_F(GuestsTest, WhoLosesItsConnectionIsGoneFromItsRoomAndIsToldOnce) {
  const auto publisher = publish(room::Id(std::uint64_t{43}));
  const auto player = play(room::Id(std::uint64_t{43}));
  ASSERT_TRUE(publisher && player);
  for (const PeerId guest : {*player, *publisher}) {
    media.peers.erase(guest);
    core.on_closed(guest, "ICE failed", now);
    EXPECT_EQ(gone, std::vector<PeerId>{guest});
    gone.clear();
    expect_everything_owned();
  }
  EXPECT_EQ(core.counts().guests, 0U);
  EXPECT_EQ(core.counts().rooms.participants, 0U);
  EXPECT_EQ(core.counts().rooms.subscribers, 0U);
}

TEST_F(GuestsTest, WhoIsKickedIsTold) {
  Client alice = connect();
  const std::uint64_t handle = attach(alice);
  create_room(77, {{"secret", "s"}});
  const PeerId guest = core.new_guest_id();
  guests.insert(guest);
  ASSERT_TRUE(core.publish(guest,
                           {.room = room::Id(std::uint64_t{77}),
                            .id = room::Id(std::uint64_t{42}),
                            .offer_sdp = kAudioVideo},
                           now, [](std::string&) {})
                  .has_value());
  EXPECT_EQ(sync(alice, handle, parse(R"({"request":"kick","room":77,"id":42,"secret":"s"})"))
                .at("videoroom"),
            "success");
  EXPECT_EQ(gone, std::vector<PeerId>{guest});
  EXPECT_FALSE(media.exists(guest));
  EXPECT_EQ(core.counts().guests, 0U);
}

// --- Who may -------------------------------------------------------------------------------------
struct AskedToken {
  std::uint64_t room;
  const char* token;  // null: none
  GuestRole role;
  std::optional<GuestRefusal> refused{};
};

class GuestAccessTest : public GuestsTest {
 protected:
  explicit GuestAccessTest(std::string secret = {}) : GuestsTest(config(std::move(secret))) {}
  static JanusConfig config(std::string secret) {
    JanusConfig config = test_config();
    config.api_secret = std::move(secret);
    const auto add = [&](std::uint64_t id) -> room::RoomSettings& {
      config.static_rooms.push_back(JanusConfig::default_room());
      config.static_rooms.back().id = room::Id(id);
      return config.static_rooms.back().settings;
    };
    add(1).pin = "pin";
    add(2).allowed_tokens = {"a", "b"};
    room::RoomSettings& both = add(3);
    both.pin = "pin";
    both.allowed_tokens = {"a"};
    add(4).requires_e2ee = true;
    add(5).requires_private_id = true;
    return config;
  }
  void expect(const std::vector<AskedToken>& table) {
    for (const AskedToken& asked : table) {
      const auto pass = core.admit(
          room::Id(asked.room),
          asked.token == nullptr ? std::nullopt : std::optional<std::string_view>(asked.token),
          asked.role);
      const std::string what = std::to_string(asked.room) + " " +
                               (asked.token == nullptr ? "-" : asked.token) +
                               (asked.role == GuestRole::kPlayer ? " plays" : " publishes");
      EXPECT_EQ(pass.has_value(), !asked.refused) << what;
      if (!pass && asked.refused) {
        EXPECT_EQ(pass.error().why, *asked.refused) << what;
      }
    }
  }
};

TEST_F(GuestAccessTest, WithoutAnApiSecret) {
  constexpr auto kPublisher = GuestRole::kPublisher;
  constexpr auto kPlayer = GuestRole::kPlayer;
  constexpr auto kNo = GuestRefusal::kUnauthorized;
  expect({{99, nullptr, kPublisher, GuestRefusal::kNoSuchRoom},
          {1234, nullptr, kPublisher},
          {1234, "whatever", kPlayer},
          {1, nullptr, kPublisher, kNo},
          {1, "nip", kPlayer, kNo},
          {1, "", kPlayer, kNo},
          {1, "pin", kPublisher},
          {1, "pin", kPlayer},
          {2, nullptr, kPublisher, kNo},
          {2, "c", kPublisher, kNo},
          {2, "b", kPublisher},
          {2, nullptr, kPlayer},
          {3, "pin", kPublisher, kNo},
          {3, "a", kPublisher},
          {3, "a", kPlayer},
          {3, "pin", kPlayer},
          {3, nullptr, kPlayer, kNo},
          {4, nullptr, kPublisher, GuestRefusal::kForbidden},
          {4, nullptr, kPlayer, GuestRefusal::kForbidden},
          {5, nullptr, kPublisher},
          {5, nullptr, kPlayer, GuestRefusal::kForbidden}});
}

class GuestAccessWithSecretTest : public GuestAccessTest {
 protected:
  GuestAccessWithSecretTest() : GuestAccessTest("sesame") { api_secret = "sesame"; }
};

TEST_F(GuestAccessWithSecretTest, ItOpensEveryRoomAndOpenRoomsNeedIt) {
  constexpr auto kPublisher = GuestRole::kPublisher;
  constexpr auto kPlayer = GuestRole::kPlayer;
  constexpr auto kNo = GuestRefusal::kUnauthorized;
  expect({{1234, nullptr, kPublisher, kNo},
          {1234, "sesamo", kPublisher, kNo},
          {1234, "sesame", kPublisher},
          {1234, nullptr, kPlayer, kNo},
          {1, "sesame", kPublisher},
          {1, "pin", kPublisher},
          {2, nullptr, kPlayer, kNo},
          {2, "a", kPlayer},
          {3, "sesame", kPublisher},
          {4, "sesame", kPublisher, GuestRefusal::kForbidden}});
  EXPECT_TRUE(core.admit(kRoom, "sesame", kPlayer)->has_secret);
  EXPECT_FALSE(core.admit(room::Id(std::uint64_t{1}), "pin", kPlayer)->has_secret);
}

}  // namespace
}  // namespace penstock::janus
