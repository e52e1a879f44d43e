// The file of permanent rooms: what is written is read again, and what is damaged is named and left
// alone.
#include "controlplane/janus/room_file.h"

#include <gtest/gtest.h>

#include "tests/support/temporary_folder.h"

namespace penstock::janus {
namespace {

class RoomFileTest : public ::testing::Test {
 protected:
  std::expected<RoomFile, std::string> open(bool string_ids = false) {
    return open_room_file(path, {string_ids}, 10);
  }
  // Writes rooms as the server does.
  void write(const std::vector<PermanentRoom>& rooms) {
    auto file = open();
    ASSERT_TRUE(file) << file.error();
    std::list<TableChange> changes;
    for (const PermanentRoom& room : rooms) {
      changes.push_back({room_key(room.id), room_row(room.id, room.settings)});
    }
    file->table.apply(changes, [&](const auto& to, std::string_view text) {
      test::write_file(to, std::string(text));
      return std::expected<void, std::string>();
    });
    for (const TableChange& change : changes) EXPECT_EQ(change.error, std::nullopt);
  }
  std::string error_of(const std::string& text, bool string_ids = false) {
    test::write_file(path, text);
    const auto file = open(string_ids);
    EXPECT_EQ(test::read_file(path), text);
    return file ? "none" : file.error();
  }

  test::TemporaryFolder folder;
  const std::filesystem::path path = folder.path() / "rooms.json";
};

room::RoomSettings unusual_settings() {
  room::RoomSettings s;
  s.description = "A \"quoted\" name\n\xC3\xBC";
  s.secret = "secret";
  s.pin = "pin";
  s.is_private = s.requires_private_id = s.requires_e2ee = s.notifies_joining = true;
  s.requires_signed_token = true;
  s.allowed_tokens = {"one", "two"};
  s.publishers_max = 4'000'000'000;
  s.bitrate_bps = 5'000'000'000;
  s.bitrate_cap = true;
  s.keyframe_interval_s = 7;
  s.video_codecs = {Codec::kH264, Codec::kVp9};
  s.h264_profile = "42e01f";
  s.vp9_profile = "2";
  s.opus_fec = false;
  s.opus_dtx = true;
  s.opus_red = true;
  s.dominant_speaker = true;
  s.audio_level_extension = s.video_orientation_extension = false;
  s.audio_level_event = true;
  s.audio_active_packets = 11;
  s.audio_level_average = 12;
  s.playout_delay_extension = s.transport_cc_extension = false;
  s.dummy =
      room::DummySettings{.streams = {{Codec::kH264, "profile-level-id=42e01f"}}, .is_e2ee = true};
  return s;
}

TEST_F(RoomFileTest, NoFileIsOneWithoutRooms) {
  const auto file = open();
  ASSERT_TRUE(file) << file.error();
  EXPECT_TRUE(file->rooms.empty());
  EXPECT_FALSE(std::filesystem::exists(path));
}

// Each setting is another one than a room has by itself: one that is forgotten shows.
TEST_F(RoomFileTest, EverySettingComesBack) {
  room::RoomSettings plain;
  plain.description = "Room 7";
  write({{room::Id(5), unusual_settings()}, {room::Id(7), plain}});
  const auto file = open();
  ASSERT_TRUE(file) << file.error();
  ASSERT_EQ(file->rooms.size(), 2u);
  EXPECT_EQ(file->rooms[0].id, room::Id(5));
  EXPECT_EQ(file->rooms[0].settings, unusual_settings());
  EXPECT_EQ(file->rooms[1].id, room::Id(7));
  EXPECT_EQ(file->rooms[1].settings, plain);
}

TEST_F(RoomFileTest, WhatThisVersionDoesNotKnowStaysInARow) {
  test::write_file(path, R"({"penstock_rooms":1,"rooms":[{"room":5,"from_the_future":[1]}]})");
  write({{room::Id(7), {}}});
  EXPECT_NE(test::read_file(path).find(R"({"room":5,"from_the_future":[1]})"), std::string::npos);
}

TEST_F(RoomFileTest, IdsAreTextsWhereTheServerIsConfiguredSo) {
  const std::string texts = R"({"penstock_rooms":1,"rooms":[{"room":"hall"}]})";
  test::write_file(path, texts);
  EXPECT_EQ(open(true)->rooms[0].id, room::Id("hall"));
  EXPECT_NE(error_of(texts).find("line 2: Invalid element type (room should be a positive integer"),
            std::string::npos);
  test::write_file(path, R"({"penstock_rooms":1,"rooms":[{"room":7}]})");
  EXPECT_EQ(open(true)->rooms[0].id, room::Id("7")) << "files go on when it is switched on";
}

TEST_F(RoomFileTest, WhatIsDamagedIsNamedAndLeftAlone) {
  write({{room::Id(5), unusual_settings()}, {room::Id(7), {}}});
  const std::string good = test::read_file(path);
  EXPECT_EQ(error_of(good), "none");
  for (std::size_t size = 0; size + 1 < good.size(); size += 13) {
    EXPECT_NE(error_of(good.substr(0, size)).find("it is not JSON"), std::string::npos) << size;
  }
  const auto rooms = [](const std::string& rows) {
    return R"({"penstock_rooms":1,"rooms":[)" + rows + "]}";
  };
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"[]", "it is no file of rooms"},
      {R"({"rooms":[]})", "it is no file of rooms"},
      {R"({"penstock_rooms":2,"rooms":[]})", "another version of this server"},
      {rooms("7"), "line 2: it is no object"},
      {rooms("{}"), "line 2: it has no id"},
      {rooms(R"({"room":0})"), "line 2: it has no id"},
      {rooms(R"({"room":1},{"room":2,"pin":3})"),
       "line 3: Invalid element type (pin should be a string)"},
      {rooms(R"({"room":1},{"room":1})"), "line 3: room 1 is there twice"},
      {rooms(R"({"room":1,"videocodec":"vp7"})"), "line 2: Invalid element (videocodec"}};
  for (const auto& [text, expected] : cases) {
    const std::string error = error_of(text);
    EXPECT_NE(error.find(expected), std::string::npos) << error;
    EXPECT_TRUE(error.starts_with(path.string())) << error;
  }
}

TEST_F(RoomFileTest, AFolderThatIsNotThereIsAnErrorAtOnce) {
  const auto file = open_room_file(folder.path() / "nowhere" / "rooms.json", {}, 10);
  ASSERT_FALSE(file);
  EXPECT_NE(file.error().find("nowhere"), std::string::npos);
}

}  // namespace
}  // namespace penstock::janus
