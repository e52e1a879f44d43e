// Goal: what a publisher sends is in its files, one line of numbers from a keyframe on, whatever
// happens to the sender, the network or the disk; media never waits for it; nothing is left behind.
// Method: calls by the Janus API, the real workers and writer, a disk that is memory.
#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <set>

#include "controlplane/recording/mjr_format.h"
#include "dataplane/base/endian.h"
#include "dataplane/rtp/header.h"
#include "tests/sim/expectations.h"
#include "tests/sim/scenario.h"

namespace penstock::sim {
namespace {

constexpr std::size_t kArena = 4 * 1'024 * 1'024;
constexpr std::uint64_t kRecorded = 79;

// What a file has.
struct Played {
  json::object description;
  std::size_t packets = 0;
  std::set<std::uint32_t> ssrcs;
  std::size_t steps = 0;      // sequence numbers that followed each other
  std::size_t gaps = 0;       // numbers that are missing
  std::size_t backwards = 0;  // and such as came late
  std::size_t numbers = 0;    // from the lowest to the highest
  bool begins_with_keyframe = false;
  std::uint32_t duration_ms = 0;
  std::uint32_t rtp_ms = 0;
};

Played play(std::span<const std::uint8_t> file) {
  Played played;
  auto reader = recording::MjrReader::open(file);
  EXPECT_TRUE(reader);
  if (!reader) return played;
  played.description = json::parse(reader->description()).as_object();
  const bool is_video = played.description.at("t") == "v";
  std::optional<RtpHeader> last;
  std::uint32_t first_timestamp = 0;
  std::ptrdiff_t at = 0;
  std::ptrdiff_t highest = 0;
  while (const auto frame = reader->next()) {
    const auto header = parse_rtp_header(frame->packet);
    EXPECT_TRUE(header);
    if (!header) return played;
    if (!last) {
      first_timestamp = header->timestamp;
      const auto payload = frame->packet.subspan(header->header_bytes);
      played.begins_with_keyframe = !is_video || (payload.size() > 1 && (payload[0] & 0x10) != 0);
    } else {
      const auto step = static_cast<std::int16_t>(header->sequence_number - last->sequence_number);
      if (step == 1) ++played.steps;
      if (step > 1) played.gaps += static_cast<std::size_t>(step - 1);
      if (step < 1) ++played.backwards;
      at += step;
      highest = std::max(highest, at);
    }
    ++played.packets;
    played.ssrcs.insert(header->ssrc);
    played.duration_ms = frame->at_ms;
    played.rtp_ms = (header->timestamp - first_timestamp) / (is_video ? 90 : 48);
    last = *header;
  }
  EXPECT_EQ(reader->position(), file.size());
  played.numbers = static_cast<std::size_t>(highest) + 1;
  return played;
}

class Recording : public testing::TestWithParam<WorkerIndex> {
 protected:
  Recording() : sim({.seed = 91, .workers = GetParam(), .arena_bytes = kArena}) {}

  test::MemoryDisk& disk() { return sim.server().recordings().disk(); }
  // The only one whose name has this in it.
  Played only(const std::string& part) {
    std::vector<std::string> names;
    for (const auto& [name, bytes] : disk().finished) {
      if (name.find(part) != std::string::npos) names.push_back(name);
    }
    EXPECT_EQ(names.size(), 1U) << part;
    return names.empty() ? Played() : play(disk().finished.at(names.front()));
  }
  void expect_line(const Played& played) {
    EXPECT_EQ(played.ssrcs.size(), 1U);
    EXPECT_EQ(played.gaps, 0U);
    EXPECT_EQ(played.backwards, 0U);
    EXPECT_TRUE(played.begins_with_keyframe);
    EXPECT_NEAR(played.duration_ms, played.rtp_ms, 100);
  }
  void expect_no_errors() {
    for (const auto& person : sim.people())
      EXPECT_EQ(person->errors(), std::vector<std::string>{}) << person->name();
  }

  Simulation sim;
};

TEST_P(Recording, ACallIsRecorded) {
  Person& alice = sim.join(kRoom, "alice");
  alice.publish();
  sim.run_for(2 * kSecond);
  alice.say({{"request", "configure"}, {"record", true}, {"filename", "alice"}});
  sim.run_for(3 * kSecond);
  EXPECT_EQ(sim.server().media().counts().recordings, 2U);
  EXPECT_TRUE(disk().finished.empty());
  alice.say({{"request", "configure"}, {"record", false}});
  sim.run_for(200 * kMillisecond);
  EXPECT_EQ(disk().finished.size(), 2U);
  const Played heard = only("alice-audio-0");
  expect_line(heard);
  EXPECT_NEAR(static_cast<double>(heard.packets), 150, 10);
  EXPECT_EQ(heard.description.at("c"), "opus");
  const Played seen = only("alice-video-1");
  expect_line(seen);
  EXPECT_GT(seen.packets, 90U);
  EXPECT_EQ(seen.description.at("c"), "vp8");
  EXPECT_EQ(sim.server().media().counts().recorders, 0U);
  expect_no_errors();
}

TEST_P(Recording, ARoomThatIsRecordedRecordsWhoPublishes) {
  Person& alice = sim.join(kRoom, "alice");
  alice.create_room(kRecorded, {{"record", true}, {"rec_dir", "/recordings/rooms"}});
  sim.run_for(kSecond);
  Person& bob = sim.join(kRecorded, "bob");
  bob.publish();
  sim.run_for(3 * kSecond);
  bob.leave();
  sim.run_for(kSecond);
  const std::string stem = "rooms/videoroom-79-user-" + std::to_string(bob.id()) + "-";
  EXPECT_EQ(disk().finished.size(), 2U);
  for (const auto& [name, bytes] : disk().finished) {
    EXPECT_TRUE(name.starts_with(stem)) << name;
    expect_line(play(bytes));
  }
  expect_no_errors();
  alice.destroy_room(kRecorded);
  sim.run_for(kSecond);
}

TEST_P(Recording, EnableRecordingIsForEverybodyWhoIsThere) {
  Person& host = sim.join(kRoom, "host");
  host.create_room(kRecorded);
  sim.run_for(kSecond);
  sim.join(kRecorded, "alice").publish();
  sim.join(kRecorded, "bob").publish();
  sim.run_for(2 * kSecond);
  host.say({{"request", "enable_recording"}, {"room", kRecorded}, {"record", true}});
  sim.run_for(2 * kSecond);
  EXPECT_EQ(sim.server().media().counts().recorders, 2U);
  host.say({{"request", "enable_recording"}, {"room", kRecorded}, {"record", false}});
  sim.run_for(kSecond);
  EXPECT_EQ(disk().finished.size(), 4U);
  for (const auto& [name, bytes] : disk().finished) expect_line(play(bytes));
  host.destroy_room(kRecorded);
  sim.run_for(kSecond);
}

TEST_P(Recording, LostPacketsLeaveTheirNumbersAndNothingElse) {
  Person& alice = sim.join(kRoom, "alice");
  alice.set_links({.loss_per_million = 50'000}, {});
  alice.publish();
  sim.run_for(2 * kSecond);
  alice.say({{"request", "configure"}, {"record", true}, {"filename", "alice"}});
  sim.run_for(5 * kSecond);
  alice.unpublish();
  sim.run_for(kSecond);
  const Played heard = only("alice-audio-0");
  EXPECT_EQ(heard.ssrcs.size(), 1U);
  EXPECT_NEAR(static_cast<double>(heard.numbers), 250, 15);
  const Played seen = only("alice-video-1");
  EXPECT_EQ(seen.ssrcs.size(), 1U);
  EXPECT_TRUE(seen.begins_with_keyframe);
}

TEST_P(Recording, SimulcastIsOneLineAcrossSwitches) {
  Person& alice = sim.join(kRoom, "alice");
  const auto encoding = [&](std::string rid, std::uint16_t width) {
    test::SyntheticSourceConfig config = video(alice.watermark());
    config.rid = std::move(rid);
    config.width = width;
    config.height = static_cast<std::uint16_t>(width * 3 / 4);
    config.packets_per_frame = width / 160;
    return config;
  };
  alice.publish(
      {audio(alice.watermark()), encoding("l", 160), encoding("m", 320), encoding("h", 640)});
  sim.run_for(2 * kSecond);
  alice.say({{"request", "configure"}, {"record", true}, {"filename", "alice"}});
  sim.run_for(3 * kSecond);
  alice.publisher()->webrtc->pause_encoding("h", true);
  sim.run_for(3 * kSecond);
  alice.publisher()->webrtc->pause_encoding("h", false);
  sim.run_for(4 * kSecond);
  alice.leave();
  sim.run_for(kSecond);
  const Played seen = only("alice-video-1");
  expect_line(seen);
  EXPECT_GT(seen.duration_ms, 9'000U);
  const auto sidecar = json::parse(disk().sidecars.at("alice-video-1"));
  EXPECT_GE(sidecar.at("layers").as_array().size(), 3U);
  EXPECT_GE(sidecar.at("clocks").as_array().size(), 5U);
  EXPECT_GE(sidecar.at("keyframes").as_array().size(), 3U);
}

TEST_P(Recording, ADummyPublisherIsRecordedAndLeavesNothing) {
  Person& alice = sim.join(kRoom, "alice");
  sim.run_for(kSecond);
  const Census before = sim.server().census();
  for (int round = 0; round < 50; ++round) {
    alice.create_room(kRecorded, {{"record", true}, {"dummy_publisher", true}});
    sim.run_for(100 * kMillisecond);
    EXPECT_EQ(sim.server().media().counts().recorders, 1U);
    EXPECT_EQ(sim.server().ownership_findings(), std::vector<std::string>{});
    alice.destroy_room(kRecorded);
    sim.run_for(100 * kMillisecond);
  }
  EXPECT_EQ(difference(before, sim.server().census()), "");
  EXPECT_TRUE(disk().finished.empty()) << "nothing was sent";
  expect_no_errors();
}

TEST_P(Recording, MessagesOfDataChannelsAreRecorded) {
  Person& alice = sim.join(kRoom, "alice");
  alice.set_client({.has_data = true});
  alice.publish();
  sim.run_for(2 * kSecond);
  test::DataClient& data = *alice.publisher()->webrtc->data();
  const auto stream = data.open("chat", sim.now());
  ASSERT_TRUE(stream);
  data.send(*stream, "before", sim.now());
  sim.run_for(kSecond);
  alice.say({{"request", "configure"}, {"record", true}, {"filename", "alice"}});
  sim.run_for(kSecond);
  data.send(*stream, "one", sim.now());
  sim.run_for(2 * kSecond);
  data.send(*stream, "two", sim.now());
  sim.run_for(kSecond);
  alice.leave();
  sim.run_for(kSecond);
  ASSERT_TRUE(disk().finished.contains("alice-data-2"));
  EXPECT_EQ(disk().finished.size(), 3U) << "of other messages there were none";
  auto reader = recording::MjrReader::open(disk().finished.at("alice-data-2"));
  ASSERT_TRUE(reader);
  const json::object description = json::parse(reader->description()).as_object();
  EXPECT_EQ(description.at("t"), "d");
  EXPECT_EQ(description.at("c"), "text");
  std::vector<std::string> texts;
  std::vector<std::uint64_t> times_us;
  while (const auto frame = reader->next()) {
    ASSERT_GE(frame->packet.size(), recording::kMjrDataTimeBytes);
    times_us.push_back(load_be64(frame->packet.data()));
    const auto text = frame->packet.subspan(recording::kMjrDataTimeBytes);
    texts.emplace_back(text.begin(), text.end());
  }
  EXPECT_EQ(texts, (std::vector<std::string>{"one", "two"}));
  ASSERT_EQ(times_us.size(), 2U);
  EXPECT_EQ(times_us[0], description.at("u").to_number<std::uint64_t>());
  EXPECT_NEAR(static_cast<double>(times_us[1] - times_us[0]), 2e6, 1e5);
}

TEST_P(Recording, WhoIsMutedIsNotRecordedMeanwhile) {
  Person& alice = sim.join(kRoom, "alice");
  alice.publish();
  sim.run_for(2 * kSecond);
  alice.say({{"request", "configure"}, {"record", true}, {"filename", "alice"}});
  sim.run_for(kSecond);
  alice.say({{"request", "configure"}, {"audio", false}, {"video", false}});
  sim.run_for(3 * kSecond);
  alice.say({{"request", "configure"}, {"audio", true}, {"video", true}});
  sim.run_for(kSecond);
  alice.leave();
  sim.run_for(kSecond);
  const Played heard = only("alice-audio-0");
  expect_line(heard);
  EXPECT_NEAR(static_cast<double>(heard.packets), 100, 12);
  EXPECT_NEAR(heard.duration_ms, 5'000, 300);
  expect_line(only("alice-video-1"));
}

TEST_P(Recording, AWriterThatStandsStillCostsTheFileAndNobodyElse) {
  Person& alice = sim.join(kRoom, "alice");
  Person& bob = sim.join(kRoom, "bob");
  alice.publish();
  bob.subscribe_to_everyone();
  sim.run_for(2 * kSecond);
  alice.say({{"request", "configure"}, {"record", true}, {"filename", "alice"}});
  sim.run_for(2 * kSecond);
  sim.server().recordings().stop(true);
  sim.run_for(120 * kSecond);
  EXPECT_GT(sim.drops(DropReason::kRecordingArenaFull), 1'000U);
  expect_sees(bob, alice);
  EXPECT_TRUE(sees_now(sim, bob, alice));
  sim.server().recordings().stop(false);
  sim.run_for(3 * kSecond);
  alice.leave();
  sim.run_for(kSecond);
  const auto sidecar = json::parse(disk().sidecars.at("alice-video-1"));
  ASSERT_EQ(sidecar.at("gaps").as_array().size(), 1U) << "one clean gap";
  EXPECT_GT(sidecar.at("lost").to_number<std::uint64_t>(), 100U);
  const Played seen = only("alice-video-1");
  EXPECT_EQ(seen.gaps, 0U) << "video goes on with a keyframe, numbered on";
  EXPECT_EQ(seen.ssrcs.size(), 1U);
  EXPECT_GT(seen.duration_ms, 120'000U);
  EXPECT_EQ(only("alice-audio-0").ssrcs.size(), 1U);
}

TEST_P(Recording, ADiskThatIsFullEndsTheFileWhichIsTold) {
  Person& alice = sim.join(kRoom, "alice");
  Person& bob = sim.join(kRoom, "bob");
  alice.publish();
  bob.subscribe_to_everyone();
  sim.run_for(2 * kSecond);
  disk().capacity = 200'000;
  alice.say({{"request", "configure"}, {"record", true}, {"filename", "alice"}});
  sim.run_for(10 * kSecond);
  EXPECT_GE(alice.events("recording ended"), 1U);
  EXPECT_TRUE(disk().finished.contains("alice-video-1"));
  EXPECT_TRUE(sees_now(sim, bob, alice));
  expect_line(only("alice-video-1"));
}

TEST_P(Recording, WhatCannotBeginIsAnErrorAndChangesNothing) {
  Person& alice = sim.join(kRoom, "alice");
  alice.publish();
  sim.run_for(2 * kSecond);
  sim.server().recordings().refusal = "the disk is nearly full";
  alice.say({{"request", "configure"}, {"record", true}});
  sim.run_for(kSecond);
  ASSERT_EQ(alice.errors().size(), 1U);
  EXPECT_NE(alice.errors()[0].find("the disk is nearly full"), std::string::npos);
  EXPECT_EQ(sim.server().media().counts().recorders, 0U);
  EXPECT_EQ(sim.server().media().counts().recordings, 0U);
  EXPECT_EQ(sim.server().ownership_findings(), std::vector<std::string>{});
}

TEST_P(Recording, NamesAndFoldersThatLeadElsewhereAreRefused) {
  Person& alice = sim.join(kRoom, "alice");
  alice.publish();
  sim.run_for(2 * kSecond);
  alice.say({{"request", "configure"}, {"record", true}, {"filename", "../alice"}});
  alice.create_room(kRecorded, {{"rec_dir", "/etc"}});
  sim.run_for(kSecond);
  EXPECT_EQ(alice.errors().size(), 2U);
  EXPECT_EQ(sim.server().media().counts().recorders, 0U);
}

TEST_P(Recording, WhereItIsLockedOnlyTheSecretSaysWhatIsRecorded) {
  Person& alice = sim.join(kRoom, "alice");
  alice.create_room(kRecorded, {{"secret", "s"}, {"lock_record", true}});
  sim.run_for(kSecond);
  Person& bob = sim.join(kRecorded, "bob");
  bob.publish();
  sim.run_for(2 * kSecond);
  bob.say({{"request", "configure"}, {"record", true}});
  bob.say({{"request", "configure"}, {"record", true}, {"secret", "wrong"}});
  sim.run_for(kSecond);
  EXPECT_EQ(bob.errors().size(), 2U);
  EXPECT_EQ(sim.server().media().counts().recorders, 0U);
  bob.say({{"request", "configure"}, {"record", true}, {"secret", "s"}});
  sim.run_for(kSecond);
  EXPECT_EQ(bob.errors().size(), 2U);
  EXPECT_EQ(sim.server().media().counts().recorders, 1U);
  alice.say({{"request", "destroy"}, {"room", kRecorded}, {"secret", "s"}});
  sim.run_for(kSecond);
  EXPECT_EQ(disk().finished.size(), 2U);
}

INSTANTIATE_TEST_SUITE_P(Workers, Recording, testing::Values(WorkerIndex{1}, WorkerIndex{2}),
                         [](const auto& tested) {
                           return std::to_string(tested.param) + "_workers";
                         });

}  // namespace
}  // namespace penstock::sim
