// Goal: what was recorded is in a file when its recording has ended; a disk that is full, slow or
// refuses ends what it must and nothing else. Method: arenas filled by hand, a disk that is memory.
#include "controlplane/recording/recording_writer.h"

#include <gtest/gtest.h>

#include "tests/support/memory_disk.h"

namespace penstock::recording {
namespace {

class RecordingWriter : public testing::Test {
 protected:
  void begin(RecordingId id, const std::string& stem = "a") {
    writer.begin(id, {.stem = stem}, {.at = now, .unix_us = 1'000'000});
  }
  bool add(RecordingId id, std::size_t bytes = 1'000, std::uint32_t lost = 0) {
    std::uint8_t* to = arena.reserve(bytes);
    if (to == nullptr) return false;
    std::memset(to, 0x55, bytes);
    arena.commit({.bytes = static_cast<std::uint16_t>(bytes),
                  .kind = RecordKind::kPacket,
                  .recording = id,
                  .at = now,
                  .lost = lost});
    return true;
  }
  void run(Duration later = 0) {
    now += later;
    RecordingArena* arenas[] = {&arena};
    writer.run(arenas, now);
  }
  std::size_t frames_of(const std::string& name) {
    auto reader = MjrReader::open(disk.finished.at(name));
    std::size_t frames = 0;
    while (reader && reader->next()) ++frames;
    EXPECT_TRUE(reader && reader->position() == disk.finished.at(name).size()) << name;
    return frames;
  }

  Timestamp now = kSecond;
  RecordingArena arena{1'024 * 1'024};
  test::MemoryDisk disk;
  Writer writer{disk, {.duration_max = 3'600 * kSecond, .free_bytes_min = 10'000}};
};

TEST_F(RecordingWriter, AFileHasWhatCameUntilItEnds) {
  begin(1);
  for (int i = 0; i < 300; ++i) ASSERT_TRUE(add(1));
  run();
  EXPECT_TRUE(disk.finished.empty());
  ASSERT_TRUE(add(1));
  writer.end(1);  // what is in the arena still belongs to it
  run();
  run();
  ASSERT_TRUE(disk.finished.contains("a-audio-0"));
  EXPECT_EQ(frames_of("a-audio-0"), 301U);
  EXPECT_TRUE(disk.sidecars.contains("a-audio-0"));
  EXPECT_TRUE(writer.is_idle());
  EXPECT_FALSE(writer.take_ended());
  EXPECT_EQ(writer.counts().packets, 301U);
}

TEST_F(RecordingWriter, WithoutAFrameThereIsNoFile) {
  begin(1);
  run();
  writer.end(1);
  run();
  run();
  EXPECT_TRUE(disk.finished.empty());
  EXPECT_EQ(disk.open_files(), 0U);
  EXPECT_TRUE(writer.is_idle());
}

TEST_F(RecordingWriter, WhatIsOldIsWrittenAndSynced) {
  begin(1);
  ASSERT_TRUE(add(1));
  run();
  const auto free = disk.free_bytes();
  run(kSecond);
  EXPECT_LT(disk.free_bytes(), free) << "after a second, however little it is";
  EXPECT_EQ(disk.syncs, 0U);
  run(5 * kSecond);
  EXPECT_EQ(disk.syncs, 1U);
  writer.end(1);
  run();
  run();
}

TEST_F(RecordingWriter, RecordsOfNobodyAreLeftOut) {
  ASSERT_TRUE(add(7));
  begin(1);
  ASSERT_TRUE(add(1));
  ASSERT_TRUE(add(7));
  writer.end(1);
  run();
  run();
  EXPECT_EQ(frames_of("a-audio-0"), 1U);
}

TEST_F(RecordingWriter, GapsAreInTheSidecar) {
  begin(1);
  ASSERT_TRUE(add(1));
  ASSERT_TRUE(add(1, 1'000, 5));
  ASSERT_TRUE(add(1, 1'000, 5));
  writer.end(1);
  run();
  run();
  EXPECT_NE(disk.sidecars.at("a-audio-0").find(R"("gaps":[{"at_ms":0,"packets":5}])"),
            std::string::npos);
  EXPECT_EQ(writer.counts().lost, 5U);
}

TEST_F(RecordingWriter, AFullDiskEndsAFileAtItsLastWholeFrame) {
  begin(1, "a");
  begin(2, "b");
  disk.capacity = 100'000;
  for (int i = 0; i < 120; ++i) ASSERT_TRUE(add(1));
  run();
  run(kSecond);
  run();
  const auto ended = writer.take_ended();
  ASSERT_TRUE(ended);
  EXPECT_EQ(ended->id, 1U);
  EXPECT_NE(ended->reason.find("No space left"), std::string::npos) << ended->reason;
  EXPECT_GT(frames_of("a-audio-0"), 60U);
  disk.capacity = UINT64_MAX;
  ASSERT_TRUE(add(2));
  writer.end(2);
  run();
  run();
  EXPECT_EQ(frames_of("b-audio-0"), 1U) << "another one goes on";
}

TEST_F(RecordingWriter, WithLittleLeftAllEndCleanly) {
  begin(1);
  ASSERT_TRUE(add(1));
  run();
  disk.capacity = 9'999;
  run(kSecond);
  run();
  const auto ended = writer.take_ended();
  ASSERT_TRUE(ended);
  EXPECT_EQ(ended->reason, "the disk is full");
  EXPECT_EQ(frames_of("a-audio-0"), 1U);
}

TEST_F(RecordingWriter, AFileThatCannotBeMadeEndsItsRecordingOnly) {
  disk.create_error = EACCES;
  begin(1);
  ASSERT_TRUE(add(1));
  run();
  run();
  ASSERT_TRUE(writer.take_ended());
  EXPECT_TRUE(writer.is_idle());
}

TEST_F(RecordingWriter, AsLongAsItMayBe) {
  begin(1);
  ASSERT_TRUE(add(1));
  run();
  run(3'600 * kSecond);
  run();
  const auto ended = writer.take_ended();
  ASSERT_TRUE(ended);
  EXPECT_EQ(ended->reason, "it is as long as it may be");
  EXPECT_EQ(frames_of("a-audio-0"), 1U);
}

TEST_F(RecordingWriter, ASlowDiskFillsTheArenaAndNothingElse) {
  begin(1);
  disk.is_stalled = true;
  int added = 0;
  for (int round = 0; round < 100; ++round) {
    for (int i = 0; i < 20; ++i) added += add(1) ? 1 : 0;
    run(10 * kMillisecond);
  }
  EXPECT_GT(added, 1'200) << "a buffer and an arena full";
  EXPECT_LT(added, 1'700) << "is all there is";
  disk.is_stalled = false;
  for (int i = 0; i < 50; ++i) run();
  writer.end(1);
  for (int i = 0; i < 5; ++i) run();
  EXPECT_EQ(frames_of("a-audio-0"), static_cast<std::size_t>(added)) << "nothing of it is lost";
}

TEST_F(RecordingWriter, FilesOfTheSameNameDiffer) {
  begin(1);
  begin(2);
  ASSERT_TRUE(add(1));
  ASSERT_TRUE(add(2));
  ASSERT_TRUE(add(2));
  writer.end_all();
  run();
  run();
  EXPECT_EQ(frames_of("a-audio-0"), 1U);
  EXPECT_EQ(frames_of("a-audio-0.1"), 2U);
}

}  // namespace
}  // namespace penstock::recording
