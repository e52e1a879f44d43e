// Recordings of the real program: Janus's own tool (janus-pp-rec) makes playable files of them, a
// server that is killed has lost no more than the last second, and what the disk does reaches
// nobody's media.
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/mount.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "controlplane/recording/mjr_format.h"
#include "tests/integration/harness/integration_test.h"
#include "tests/integration/harness/paused_thread.h"

namespace penstock::integration {
namespace {

namespace fs = std::filesystem;

class RecordingTest : public IntegrationTest {
 protected:
  void start(const std::string& more = {}) {
    start_server({.config = "[recording]\nfolder = \"" + files().string() +
                            "\"\nfree_mib_to_begin = 0\nfree_mib_min = 0\n" + more});
  }
  fs::path files() const { return folder_.path() / "recordings"; }

  void record(Participant& participant, bool is_on, const std::string& name = "alice") {
    const json::value answer = participant.session().message(
        participant.publisher_handle(),
        {{"request", "configure"}, {"record", is_on}, {"filename", name}});
    EXPECT_EQ(text_at(answer, "/plugindata/data/configured"), "ok") << json::serialize(answer);
  }
  bool wait_for_file(const std::string& name) {
    return loop_.run_until([&] { return fs::exists(files() / name); }, 5 * kSecond);
  }

  struct Converted {
    int status = -1;
    std::string log;
    std::uintmax_t bytes = 0;  // of the file that was made
  };
  Converted convert(const std::string& name, const std::string& to) {
    const fs::path output = folder_.path() / to;
    const fs::path log = folder_.path() / (to + ".log");
    ChildProcess tool({.arguments = {"janus-pp-rec", "--disable-colors", (files() / name).string(),
                                     output.string()},
                       .output = log});
    Converted converted;
    converted.status = tool.wait_for(20 * kSecond).value_or(-1);
    converted.log = test::read_file(log);
    std::error_code error;
    converted.bytes = fs::file_size(output, error);
    if (error) converted.bytes = 0;
    return converted;
  }
  void expect_playable(const std::string& name, const std::string& to) {
    const Converted converted = convert(name, to);
    EXPECT_EQ(converted.status, 0) << converted.log;
    EXPECT_GT(converted.bytes, 4'000U) << converted.log;
    // (Made-up pictures have no sizes: of those it warns.)
    if (to.ends_with(".opus")) {
      EXPECT_EQ(converted.log.find("[WARN]"), std::string::npos) << converted.log;
    }
  }

  static recording::Bytes read(const fs::path& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
  }
  static std::size_t frames_of(const fs::path& path) {
    const recording::Bytes file = read(path);
    auto reader = recording::MjrReader::open(file);
    std::size_t frames = 0;
    while (reader && reader->next()) ++frames;
    EXPECT_TRUE(reader && reader->position() == file.size()) << path;
    return frames;
  }

  test::TemporaryFolder folder_;
};

TEST_F(RecordingTest, ACallIsRecordedAndJanussToolMakesFilesOfIt) {
  start();
  start_call();
  record(alice(), true);
  loop_.run_for(3 * kSecond);
  EXPECT_TRUE(fs::exists(files() / "alice-audio-0.mjr.tmp"));
  record(alice(), false);
  ASSERT_TRUE(wait_for_file("alice-audio-0.mjr") && wait_for_file("alice-video-1.mjr"));
  EXPECT_NEAR(static_cast<double>(frames_of(files() / "alice-audio-0.mjr")), 150, 15);
  expect_playable("alice-audio-0.mjr", "audio.opus");
  expect_playable("alice-video-1.mjr", "video.webm");
  ASSERT_TRUE(wait_for_file("alice-video-1.json"));
  const json::value sidecar = json::parse(test::read_file(files() / "alice-video-1.json"));
  EXPECT_EQ(number_at(sidecar, "/participant/id"), alice().user_id());
  EXPECT_EQ(number_at(sidecar, "/lost"), 0U);
  EXPECT_GE(sidecar.at("clocks").as_array().size(), 2U);
  print_measured(std::to_string(expect_nothing_lost()) + " packets received, 0 lost");
}

// Cut at every byte of its first frames: what Janus's tool takes is taken, and it never fails on a
// tail.
TEST_F(RecordingTest, AFileThatWasCutIsConverted) {
  start();
  start_call();
  record(alice(), true);
  loop_.run_for(kSecond);
  record(alice(), false);
  ASSERT_TRUE(wait_for_file("alice-audio-0.mjr"));
  const recording::Bytes whole = read(files() / "alice-audio-0.mjr");
  auto reader = recording::MjrReader::open(whole);
  ASSERT_TRUE(reader && reader->next() && reader->next() && reader->next());
  const std::size_t from = reader->position();
  ASSERT_TRUE(reader->next());
  for (std::size_t cut = from; cut <= reader->position(); cut += 7) {
    std::ofstream(files() / "cut.mjr", std::ios::binary)
        .write(reinterpret_cast<const char*>(whole.data()), static_cast<std::streamsize>(cut));
    EXPECT_EQ(convert("cut.mjr", "cut.opus").status, 0) << cut;
  }
}

TEST_F(RecordingTest, WhatAKilledServerHasRecordedIsThereAfterARestart) {
  start();
  start_call();
  record(alice(), true);
  loop_.run_for(4 * kSecond);
  server().process().signal(SIGKILL);
  server().process().wait_for(20 * kSecond);
  forget_server();
  remove_participants();
  EXPECT_TRUE(fs::exists(files() / "alice-audio-0.mjr.tmp"));
  start();
  EXPECT_FALSE(fs::exists(files() / "alice-audio-0.mjr.tmp"));
  ASSERT_TRUE(fs::exists(files() / "alice-audio-0.mjr"));
  EXPECT_GT(frames_of(files() / "alice-audio-0.mjr"), 120U) << "all but the last second";
  expect_playable("alice-audio-0.mjr", "audio.opus");
  expect_playable("alice-video-1.mjr", "video.webm");
}

TEST_F(RecordingTest, AFullDiskEndsTheFilesWhichIsToldAndNothingElse) {
  fs::create_directories(files());
  ASSERT_EQ(::mount("tmpfs", files().c_str(), "tmpfs", 0, "size=256k"), 0);
  start();
  start_call();
  record(alice(), true);
  const json::value ended = alice().session().wait_for_event(
      [](const json::value& event) {
        return text_at(event, "/plugindata/data/recording") == "ended";
      },
      20 * kSecond);
  EXPECT_NE(text_at(ended, "/plugindata/data/reason").find("No space left"), std::string::npos)
      << json::serialize(ended);
  EXPECT_TRUE(wait_for_file("alice-video-1.mjr"));
  EXPECT_GT(frames_of(files() / "alice-video-1.mjr"), 50U);
  print_measured(std::to_string(expect_nothing_lost()) + " packets received, 0 lost");
  record(alice(), false);
  stop_server(SIGTERM);
  EXPECT_EQ(::umount2(files().c_str(), MNT_DETACH), 0);
}

// As a disk does that stands still.
TEST_F(RecordingTest, AWriterThatStandsStillReachesNobodysMedia) {
  start("arena_mib = 1\n");
  start_call();
  record(alice(), true);
  loop_.run_for(kSecond);
  {
    const PausedThread paused(thread_called(server().process().pid(), "recordings"));
    loop_.run_for(15 * kSecond);
  }
  loop_.run_for(2 * kSecond);
  record(alice(), false);
  ASSERT_TRUE(wait_for_file("alice-video-1.json"));
  const json::value sidecar = json::parse(test::read_file(files() / "alice-video-1.json"));
  EXPECT_EQ(sidecar.at("gaps").as_array().size(), 1U) << json::serialize(sidecar);
  expect_playable("alice-video-1.mjr", "video.webm");
  print_measured(std::to_string(expect_nothing_lost()) + " packets received, 0 lost; " +
                 std::to_string(number_at(sidecar, "/lost")) + " packets not recorded");
}

// Of a publisher who is who it says, and sends a hundred times what a camera does.
TEST_F(RecordingTest, AFloodOfOnePublisherCostsTheOthersNothing) {
  start();
  start_call();
  record(alice(), true);
  Participant& flooder =
      add_participant({.video = test::SyntheticSourceConfig{.kind = MediaKind::kVideo,
                                                            .frame_interval = 4 * kMillisecond,
                                                            .packets_per_frame = 40,
                                                            .packets_per_keyframe = 40}});
  flooder.publish();
  record(flooder, true, "flooder");
  loop_.run_for(4 * kSecond);
  flooder.stop_media();
  loop_.run_for(kSecond);
  record(alice(), false);
  record(flooder, false, "flooder");
  for (const std::string name : {"alice-audio-0", "alice-video-1", "flooder-video-1"}) {
    ASSERT_TRUE(wait_for_file(name + ".json")) << name;
  }
  for (const std::string name : {"alice-audio-0", "alice-video-1"}) {
    const json::value sidecar = json::parse(test::read_file(files() / (name + ".json")));
    EXPECT_EQ(number_at(sidecar, "/lost"), 0U) << json::serialize(sidecar);
    EXPECT_TRUE(sidecar.at("gaps").as_array().empty()) << json::serialize(sidecar);
  }
  const std::size_t flood = frames_of(files() / "flooder-video-1.mjr");
  EXPECT_GT(flood, 10 * frames_of(files() / "alice-video-1.mjr")) << "no flood";
  print_measured(std::to_string(flood) + " packets of the flood recorded, 0 of " +
                 std::to_string(expect_nothing_lost()) + " others lost");
}

TEST_F(RecordingTest, WithLittleRoomOnTheDiskNothingBegins) {
  start_server({.config = "[recording]\nfolder = \"" + files().string() +
                          "\"\nfree_mib_to_begin = 1000000000\n"});
  start_call();
  const json::value answer = alice().session().message(
      alice().publisher_handle(), {{"request", "configure"}, {"record", true}});
  EXPECT_NE(text_at(answer, "/plugindata/data/error").find("nearly full"), std::string::npos)
      << json::serialize(answer);
}

}  // namespace
}  // namespace penstock::integration
