// Goal: what a worker adds to an arena is what the writer finds, in order; without room nothing is
// added and nothing is overwritten. Method: records of all sizes, one thread and two.
#include "dataplane/recording/arena.h"

#include <gtest/gtest.h>

#include <thread>
#include <vector>

namespace penstock {
namespace {

constexpr std::size_t kArenaBytes = RecordingArena::kBytesMin;

bool add(RecordingArena& arena, RecordingId id, std::size_t bytes, std::uint8_t value) {
  std::uint8_t* to = arena.reserve(bytes + 50);
  if (to == nullptr) return false;
  std::memset(to, value, bytes);
  arena.commit({.bytes = static_cast<std::uint16_t>(bytes),
                .kind = RecordKind::kPacket,
                .recording = id,
                .at = static_cast<Timestamp>(id)});
  return true;
}

struct Seen {
  RecordingId id = 0;
  std::vector<std::uint8_t> bytes;
};

std::vector<Seen> drain(RecordingArena& arena) {
  std::vector<Seen> seen;
  EXPECT_TRUE(arena.drain([&](const RecordHeader& header, std::span<const std::uint8_t> bytes) {
    seen.push_back({header.recording, {bytes.begin(), bytes.end()}});
    return true;
  }));
  return seen;
}

TEST(RecordingArena, GivesBackWhatWasAddedInOrder) {
  RecordingArena arena(kArenaBytes);
  for (std::size_t round = 0; round < 1'000; ++round) {
    const std::size_t first = round * 37 % 1'400;
    ASSERT_TRUE(add(arena, 2 * round + 1, first, 0x11));
    ASSERT_TRUE(add(arena, 2 * round + 2, 1'100, 0x22));
    const auto seen = drain(arena);
    ASSERT_EQ(seen.size(), 2U);
    EXPECT_EQ(seen[0].id, 2 * round + 1);
    EXPECT_EQ(seen[0].bytes, std::vector<std::uint8_t>(first, 0x11));
    EXPECT_EQ(seen[1].bytes, std::vector<std::uint8_t>(1'100, 0x22));
  }
  EXPECT_EQ(arena.used_bytes(), 0U);
}

TEST(RecordingArena, WithoutRoomTheNewestIsRefusedAndWhatIsThereStays) {
  RecordingArena arena(kArenaBytes);
  std::uint64_t added = 0;
  while (add(arena, added + 1, 1'000, static_cast<std::uint8_t>(added))) ++added;
  EXPECT_GT(added, 55U);
  EXPECT_FALSE(add(arena, 999, 1'000, 0xFF));
  const auto seen = drain(arena);
  ASSERT_EQ(seen.size(), added);
  for (std::size_t i = 0; i < seen.size(); ++i) {
    EXPECT_EQ(seen[i].id, i + 1);
    EXPECT_EQ(seen[i].bytes, std::vector<std::uint8_t>(1'000, static_cast<std::uint8_t>(i)));
  }
  EXPECT_TRUE(add(arena, 1'000, 1'000, 1)) << "there is room again";
}

TEST(RecordingArena, WhoDoesNotTakeARecordFindsItAgain) {
  RecordingArena arena(kArenaBytes);
  ASSERT_TRUE(add(arena, 1, 10, 1));
  ASSERT_TRUE(add(arena, 2, 10, 2));
  EXPECT_FALSE(arena.drain([](const RecordHeader& header, auto) { return header.recording == 1; }));
  const auto seen = drain(arena);
  ASSERT_EQ(seen.size(), 1U);
  EXPECT_EQ(seen[0].id, 2U);
}

TEST(RecordingArena, WhileTheWriterKeepsUpOnlyItsBeginningIsUsed) {
  RecordingArena arena(4 * RecordingArena::kNearBytes);
  const std::uint8_t* lowest = arena.reserve(1);
  const std::uint8_t* highest = lowest;
  for (int i = 0; i < 10'000; ++i) {
    highest = std::max<const std::uint8_t*>(highest, arena.reserve(1'100));
    ASSERT_TRUE(add(arena, 1, 1'100, 0));
    drain(arena);
  }
  EXPECT_LT(static_cast<std::size_t>(highest - lowest), RecordingArena::kNearBytes + 2'000);
}

TEST(RecordingArena, BeginningAgainTakesNoRoom) {
  constexpr std::size_t kLarge = 4 * RecordingArena::kNearBytes;
  RecordingArena arena(kLarge);
  for (int i = 0; i < 300; ++i) {
    ASSERT_TRUE(add(arena, 1, 1'000, 0));
    drain(arena);
  }
  // It has begun again by now, or does with the next; the writer stands still from here on.
  std::size_t added = 0;
  while (add(arena, added + 1, 1'000, static_cast<std::uint8_t>(added))) ++added;
  EXPECT_GT(added, kLarge / 1'056 - 3);
  const auto seen = drain(arena);
  ASSERT_EQ(seen.size(), added);
  for (std::size_t i = 0; i < seen.size(); ++i) {
    EXPECT_EQ(seen[i].id, i + 1);
    EXPECT_EQ(seen[i].bytes, std::vector<std::uint8_t>(1'000, static_cast<std::uint8_t>(i)));
  }
}

TEST(RecordingArena, AWorkerAndAWriterShareIt) {
  RecordingArena arena(kArenaBytes);
  constexpr RecordingId kRecords = 100'000;
  std::uint64_t refused = 0;
  std::thread worker([&] {
    for (RecordingId id = 1; id <= kRecords;) {
      if (add(arena, id, id % 1'300, static_cast<std::uint8_t>(id))) {
        ++id;
      } else {
        ++refused;
        std::this_thread::yield();
      }
    }
  });
  RecordingId last = 0;
  bool is_right = true;
  while (last < kRecords) {
    arena.drain([&](const RecordHeader& header, std::span<const std::uint8_t> bytes) {
      is_right = is_right && header.recording == last + 1 && bytes.size() == (last + 1) % 1'300;
      last = header.recording;
      for (const std::uint8_t byte : bytes)
        is_right = is_right && byte == static_cast<std::uint8_t>(last);
      return true;
    });
    std::this_thread::yield();
  }
  worker.join();
  EXPECT_TRUE(is_right);
  EXPECT_EQ(arena.used_bytes(), 0U);
}

}  // namespace
}  // namespace penstock
