// Who talks in a room, and who is heard.
#include "tests/unit/janus/janus_test.h"

namespace penstock::janus {
namespace {

class RoomAudioTest : public JanusTest {
 protected:
  std::uint64_t enter(std::uint64_t id) {
    const std::uint64_t handle = attach(client);
    join(client, handle, 77, id);
    publish(client, handle);
    return handle;
  }
  void begin(json::object settings) {
    create_room(77, std::move(settings));
    client = connect();
  }
  StreamHandle audio_of(std::uint64_t handle) { return media.peers.at(handle).streams.at("0"); }
  void let_compare() {
    now = core.next_timeout();
    core.handle_timeout(now);
  }

  Client client;
};

TEST_F(RoomAudioTest, WhoTalksIsToldToEverybody) {
  begin({{"publishers", 5}, {"audiolevel_event", true}, {"audio_active_packets", 50}});
  const std::uint64_t alice = enter(1);
  const std::uint64_t bob = enter(2);
  EXPECT_EQ(media.peers.at(alice).audio, (AudioRule{.packets = 50, .level_max = 25}));
  take(client, alice);
  take(client, bob);
  core.on_talking(alice, "0", true, 20.5, now);
  const json::object event = parse(R"({"videoroom":"talking","room":77,"id":1,"mindex":0,
      "mid":"0","audio-level-dBov-avg":20.5})");
  EXPECT_EQ(take(client, alice), std::vector{event});
  EXPECT_EQ(take(client, bob), std::vector{event});
  const std::uint64_t carol = attach(client);
  const json::object joined = join(client, carol, 77, 3);
  EXPECT_EQ(joined.at("publishers").at(0).at("talking"), true);
  EXPECT_EQ(joined.at("publishers").at(1).at("talking"), false);
  core.on_talking(alice, "0", false, 60, now);
  EXPECT_EQ(take(client, bob).back().at("videoroom"), "stopped-talking");
}

TEST_F(RoomAudioTest, AParticipantMayChooseWhenItTalks) {
  begin({{"publishers", 5}, {"audiolevel_event", true}});
  const std::uint64_t alice = enter(1);
  async(client, alice,
        {{"request", "configure"}, {"audio_active_packets", 10}, {"audio_level_average", 40}});
  EXPECT_EQ(media.peers.at(alice).audio, (AudioRule{.packets = 10, .level_max = 40}));
}

TEST_F(RoomAudioTest, ARoomWithoutSuchEventsHasNone) {
  begin({{"publishers", 5}});
  const std::uint64_t alice = enter(1);
  EXPECT_EQ(media.peers.at(alice).audio, AudioRule{});
  take(client, alice);
  core.on_talking(alice, "0", true, 20, now);
  EXPECT_TRUE(take(client, alice).empty());
}

TEST_F(RoomAudioTest, OnlyTheLoudestPassWhateverTheyDo) {
  begin({{"publishers", 5}, {"loudest", 1}});
  const std::uint64_t alice = enter(1);
  const std::uint64_t bob = enter(2);
  EXPECT_TRUE(media.peers.at(alice).audio.is_gated);
  const auto gate_of = [&](std::uint64_t handle) { return media.gates[audio_of(handle).bits()]; };
  now = kSecond;
  media.heard[audio_of(alice).bits()] = {.loudness = 90, .at = kSecond};
  media.heard[audio_of(bob).bits()] = {.loudness = 60, .at = kSecond};
  let_compare();
  EXPECT_EQ(gate_of(alice), 0);
  EXPECT_EQ(gate_of(bob), 93);
  media.heard[audio_of(alice).bits()] = {.loudness = 90, .at = now - 200 * kMillisecond};
  media.heard[audio_of(bob).bits()] = {.loudness = 60, .at = now};
  let_compare();
  EXPECT_EQ(gate_of(alice), 63) << "nothing came of it for a while";
  EXPECT_EQ(gate_of(bob), 0);
  async(client, bob, {{"request", "unpublish"}});
  let_compare();
  EXPECT_EQ(gate_of(alice), 0) << "nobody else is there";
}

TEST_F(RoomAudioTest, WhatThereWasNoMemoryForIsComparedTheNextTime) {
  begin({{"publishers", 5}, {"loudest", 1}});
  const std::uint64_t alice = enter(1);
  const std::uint64_t bob = enter(2);
  now = kSecond;
  media.heard[audio_of(alice).bits()] = {.loudness = 90, .at = kSecond};
  media.heard[audio_of(bob).bits()] = {.loudness = 60, .at = kSecond};
  media.is_out_of_memory = true;
  let_compare();
  EXPECT_EQ(media.gates[audio_of(bob).bits()], 0);
  media.is_out_of_memory = false;
  for (auto& [stream, heard] : media.heard) heard.at = now;
  let_compare();
  EXPECT_EQ(media.gates[audio_of(bob).bits()], 93);
}

TEST_F(RoomAudioTest, WhileThereAreFewAllAreHeard) {
  begin({{"publishers", 5}, {"loudest", 2}});
  const std::uint64_t alice = enter(1);
  const std::uint64_t bob = enter(2);
  media.heard[audio_of(alice).bits()] = {.loudness = 90, .at = now};
  media.heard[audio_of(bob).bits()] = {.loudness = 60, .at = now};
  EXPECT_GT(core.next_timeout(), now + kSecond) << "nobody is compared";
}

TEST_F(RoomAudioTest, WhoSpeaksIsToldToEverybodyWhereTheRoomWantsIt) {
  begin({{"publishers", 5}, {"dominant_speaker", true}});
  const std::uint64_t alice = enter(1);
  const std::uint64_t bob = enter(2);
  EXPECT_TRUE(media.peers.at(alice).audio.is_followed);
  const auto speak = [&](std::uint64_t handle, std::uint8_t loudness, int intervals) {
    for (int i = 0; i < intervals; ++i) {
      for (int packet = 0; packet < 5; ++packet) {
        media.recent_levels[audio_of(alice).bits()].add(handle == alice ? loudness : 50);
        media.recent_levels[audio_of(bob).bits()].add(handle == bob ? loudness : 50);
      }
      let_compare();
    }
  };
  speak(alice, 50, 5);
  take(client, alice);
  take(client, bob);
  speak(alice, 100, 7);
  const json::object event =
      parse(R"({"videoroom":"dominant-speaker","room":77,"id":1,"mindex":0,"mid":"0"})");
  EXPECT_EQ(take(client, alice), std::vector{event});
  EXPECT_EQ(take(client, bob), std::vector{event});
  const std::uint64_t carol = attach(client);
  EXPECT_EQ(join(client, carol, 77, 3).at("dominant_speaker"), 1);
  speak(bob, 100, 9);
  EXPECT_EQ(take(client, carol).back().at("id"), 2);
  async(client, bob, {{"request", "unpublish"}});
  let_compare();
  const std::uint64_t dave = attach(client);
  EXPECT_FALSE(join(client, dave, 77, 4).contains("dominant_speaker")) << "who it was is gone";
}

TEST_F(RoomAudioTest, WhoSpeaksIsNotAskedForByDefault) {
  begin({{"publishers", 5}});
  enter(1);
  enter(2);
  EXPECT_GT(core.next_timeout(), now + kSecond) << "nobody is compared";
}

}  // namespace
}  // namespace penstock::janus
