#include "bench/load/options.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdio>

#include "tests/support/mjr_writer.h"

namespace penstock::load {
namespace {

struct Parsed {
  std::optional<LoadOptions> options;
  int exit_status = 0;
  std::string error;
};

Parsed parse(std::vector<const char*> arguments, bool has_server = true) {
  arguments.insert(arguments.begin(), "penstock-load");
  if (has_server) {
    arguments.push_back("--server");
    arguments.push_back("ws://127.0.0.1:8188");
  }
  Parsed parsed;
  testing::internal::CaptureStderr();
  testing::internal::CaptureStdout();
  parsed.options =
      parse_load_options(static_cast<int>(arguments.size()), arguments.data(), parsed.exit_status);
  testing::internal::GetCapturedStdout();
  parsed.error = testing::internal::GetCapturedStderr();
  return parsed;
}

void expect_mistake(const std::vector<const char*>& arguments, const std::string& word) {
  const Parsed parsed = parse(arguments);
  EXPECT_FALSE(parsed.options.has_value());
  EXPECT_EQ(parsed.exit_status, 2);
  EXPECT_NE(parsed.error.find(word), std::string::npos) << parsed.error;
}

TEST(LoadOptionsTest, ByDefaultThereIsAudioAndAMegabitOfVideo) {
  const auto options = parse({}).options;
  ASSERT_TRUE(options.has_value());
  EXPECT_TRUE(options->has_audio);
  EXPECT_TRUE(options->has_video);
  EXPECT_NEAR(options->video_packets_per_second, 1'000'000.0 / 8 / 1'100, 0.01);
  EXPECT_EQ(options->streams_per_subscriber, 2U);
  EXPECT_EQ(options->profile, SrtpProfile::kAeadAes128Gcm);
  EXPECT_EQ(options->decrypt_share, 0.01);
}

TEST(LoadOptionsTest, MediaIsWhatWasAskedFor) {
  const auto audio = parse({"--audio", "--payload", "200"}).options;
  ASSERT_TRUE(audio.has_value());
  EXPECT_FALSE(audio->has_video);
  EXPECT_EQ(audio->audio_payload_bytes, 200);
  const auto video = parse({"--video", "800", "--payload", "1000"}).options;
  ASSERT_TRUE(video.has_value());
  EXPECT_FALSE(video->has_audio);
  EXPECT_EQ(video->video_payload_bytes, 1'000);
  EXPECT_EQ(video->audio_payload_bytes, 100);
  EXPECT_NEAR(video->video_packets_per_second, 100, 0.01);
  const auto packets = parse({"--audio", "--pps", "2000"}).options;
  ASSERT_TRUE(packets.has_value());
  EXPECT_TRUE(packets->has_audio);
  EXPECT_EQ(packets->video_packets_per_second, 2'000);
}

// A file of one recording, gone at the end.
class RecordingFile {
 public:
  explicit RecordingFile(const MjrWriter& recording)
      : path_(testing::TempDir() + "penstock_recording_" + std::to_string(::getpid()) + "_" +
              std::to_string(next_++) + ".mjr") {
    recording.write_to(path_);
  }
  ~RecordingFile() { std::remove(path_.c_str()); }
  RecordingFile(const RecordingFile&) = delete;
  RecordingFile& operator=(const RecordingFile&) = delete;

  const char* path() const { return path_.c_str(); }

 private:
  static inline int next_ = 0;
  std::string path_;
};

TEST(LoadOptionsTest, ARecordingIsInPlaceOfWhatIsMadeUp) {
  const RecordingFile video(second_of_video());
  const RecordingFile audio(MjrWriter::of("opus").add({.payload = std::vector<std::uint8_t>(50)}));
  const auto both = parse({"--recording", video.path(), "--recording", audio.path()}).options;
  ASSERT_TRUE(both.has_value());
  EXPECT_TRUE(both->video_recording && both->audio_recording);
  EXPECT_EQ(both->streams_per_publisher(), 2U);
  const auto only_video = parse({"--recording", video.path()}).options;
  ASSERT_TRUE(only_video.has_value());
  EXPECT_TRUE(only_video->has_video && !only_video->has_audio);
  EXPECT_EQ(only_video->video_recording->path, video.path());
  const auto with_made_up = parse({"--recording", audio.path(), "--video", "500"}).options;
  ASSERT_TRUE(with_made_up.has_value());
  EXPECT_TRUE(with_made_up->has_video && !with_made_up->video_recording);

  expect_mistake({"--recording", video.path(), "--recording", video.path()}, "both are video");
  expect_mistake({"--recording", video.path(), "--pps", "100"}, "is the video");
  expect_mistake({"--recording", "/nonexistent/a.mjr"}, "/nonexistent/a.mjr: cannot be opened");
}

TEST(LoadOptionsTest, EachSubscriberReceivesAllStreamsOrSome) {
  EXPECT_EQ(parse({"--publishers", "5"}).options->streams_per_subscriber, 10U);
  EXPECT_EQ(parse({"--publishers", "50", "--streams-per-subscriber", "3"})
                .options->streams_per_subscriber,
            3U);
}

TEST(LoadOptionsTest, AddressesMayBeARangeOrSeveral) {
  const auto options = parse({"--bind", "198.18.0.254-198.18.1.2,198.18.9.9"}).options;
  ASSERT_TRUE(options.has_value());
  ASSERT_EQ(options->local_addresses.size(), 6U);
  EXPECT_EQ(to_string(options->local_addresses[1]), "198.18.0.255");
  EXPECT_EQ(to_string(options->local_addresses[2]), "198.18.1.0");
  EXPECT_EQ(to_string(options->local_addresses[5]), "198.18.9.9");
  EXPECT_EQ(parse_addresses("fd00::1")->size(), 1U);
}

TEST(LoadOptionsTest, MistakesAreNamed) {
  EXPECT_EQ(parse({}, false).exit_status, 2);
  expect_mistake({"--bind", "198.18.0.9-198.18.0.1"}, "before FIRST");
  expect_mistake({"--bind", "somewhere"}, "somewhere");
  expect_mistake({"--publishers", "0"}, "without publishers");
  expect_mistake({"--publishers", "600"}, "1024 at most");
  expect_mistake({"--publishers", "2", "--streams-per-subscriber", "5"}, "4 streams");
  expect_mistake({"--churn", "1", "--subscribers", "0"}, "--churn");
  expect_mistake({"--profile", "gcm512"}, "gcm512");
  expect_mistake({"--decrypt-share", "2"}, "--decrypt-share");
  expect_mistake({"--video", "100", "--pps", "100"}, "--pps");
  expect_mistake({"--payload", "10"}, "--payload");
}

TEST(LoadOptionsTest, HelpIsNoMistake) {
  const Parsed parsed = parse({"--help"});
  EXPECT_FALSE(parsed.options.has_value());
  EXPECT_EQ(parsed.exit_status, 0);
}

}  // namespace
}  // namespace penstock::load
