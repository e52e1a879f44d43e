#include "dataplane/pool/slot_ring.h"

#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <cstring>
#include <deque>
#include <set>
#include <thread>
#include <vector>

#include "dataplane/base/prng.h"

namespace penstock {
namespace {

constexpr Duration kAge = kSecond;
constexpr std::size_t kRecordBytes = 1'000;  // 16 units

// Other workers, who report when the test says so.
struct Others {
  std::uint64_t start_grace_period() { return ++started; }
  bool grace_period_ended(std::uint64_t token) const { return reported >= token; }
  std::uint64_t started = 0;
  std::uint64_t reported = 0;
};

class SlotRingTest : public testing::Test {
 protected:
  explicit SlotRingTest(std::size_t bytes = 0) : ring(bytes, kAge, PoolMemory::heap()) {}

  // A record that holds its own number.
  SlotRing::Position write(std::size_t bytes = kRecordBytes) {
    std::byte* place = ring.reserve(bytes);
    std::memset(place, static_cast<int>(count & 0xFF), bytes);
    std::memcpy(place, &count, sizeof(count));
    ++count;
    return ring.position();
  }
  bool has(SlotRing::Position position, std::uint64_t number) const {
    const std::byte* found = ring.find(position);
    return found != nullptr && std::memcmp(found, &number, sizeof(number)) == 0;
  }
  // An iteration at whose end everybody has reported.
  void iterate() {
    ring.make_room(now, others);
    others.reported = others.started;
  }

  SlotRing ring;
  Others others;
  std::uint64_t count = 1;
  Timestamp now = kSecond;
};

TEST_F(SlotRingTest, WhatWasWrittenIsFound) {
  const auto first = write();
  const auto second = write(10);
  EXPECT_NE(first, 0U);
  EXPECT_TRUE(has(first, 1));
  EXPECT_TRUE(has(second, 2));
  EXPECT_EQ(ring.find(0), nullptr);
}

TEST_F(SlotRingTest, RecordsStandInOnePiece) {
  Prng prng(1);
  for (int i = 0; i < 20'000; ++i) {
    iterate();
    const std::size_t bytes = 8 + prng.below(2'000);
    const auto position = write(bytes);
    const std::byte* found = ring.find(position);
    const std::byte value{static_cast<unsigned char>((count - 1) & 0xFF)};
    for (std::size_t at = 8; at < bytes; ++at) ASSERT_EQ(found[at], value);
  }
}

TEST_F(SlotRingTest, TheOldestIsOverwrittenFirstAndNothingIsThereWhereItWas) {
  std::deque<std::pair<SlotRing::Position, std::uint64_t>> written;
  const std::size_t fit = ring.bytes() / 1'024;
  for (std::size_t i = 0; i < 4 * fit; ++i) {
    iterate();
    const auto position = write();
    written.emplace_back(position, count - 1);
    if (written.size() > fit + 1) written.pop_front();
    // What is found is what was written there; the youngest seven eighths are there.
    if (i % 97 != 0) continue;
    for (std::size_t n = 0; n < written.size(); ++n) {
      const auto& [at, number] = written[n];
      const bool must_be_there = written.size() - n < fit * 7 / 8;
      ASSERT_TRUE(has(at, number) || (!must_be_there && ring.find(at) == nullptr)) << i << ' ' << n;
    }
  }
}

TEST_F(SlotRingTest, NothingIsOverwrittenBeforeAllHaveReportedAsLongAsThereIsRoom) {
  const auto first = write();
  const std::byte* record = ring.find(first);
  const std::size_t fit = ring.bytes() / 1'024;
  for (std::size_t i = 1; i < fit; ++i) {
    ring.make_room(now, others);
    write();
  }
  EXPECT_EQ(others.started, 1U);
  EXPECT_EQ(ring.find(first), nullptr) << "hidden";
  std::uint64_t number = 0;
  std::memcpy(&number, record, sizeof(number));
  EXPECT_EQ(number, 1U) << "and still as it was";
  others.reported = others.started;
  ring.make_room(now, others);
  write();
  std::memcpy(&number, record, sizeof(number));
  EXPECT_EQ(number, fit + 1);
}

TEST_F(SlotRingTest, WhoStandsStillIsNotWaitedForAndSeesIt) {
  const auto first = write();
  ASSERT_NE(ring.find(first), nullptr);
  EXPECT_TRUE(ring.was_there(first));
  for (std::size_t i = 0; i < 5 * ring.bytes() / 1'024; ++i) {
    ring.make_room(now, others);
    const auto position = write();
    ASSERT_TRUE(has(position, count - 1));
  }
  EXPECT_EQ(others.reported, 0U);
  EXPECT_FALSE(ring.was_there(first));
}

TEST_F(SlotRingTest, WhoWritesLittleUsesLittleMemory) {
  std::set<const std::byte*> used;
  for (int i = 0; i < 60'000; ++i) {
    iterate();
    const auto position = write();
    used.insert(ring.find(position));
    now += 5 * kMillisecond;  // 200 KB a second
  }
  EXPECT_LE(used.size(), ring.bytes() / 1'024 / 8 + 2 * 200 + 10) << "two parts, and two seconds";
}

TEST_F(SlotRingTest, WhatIsYoungIsThereHoweverMuchMemoryIsUsed) {
  std::deque<std::pair<SlotRing::Position, Timestamp>> written;
  for (int i = 0; i < 60'000; ++i) {
    iterate();
    written.emplace_back(write(), now);
    now += i / 5'000 % 2 == 0 ? 5 * kMillisecond : 20 * kMillisecond;
    while (now - written.front().second > kAge) written.pop_front();
    ASSERT_TRUE(has(written.front().first, count - written.size())) << i;
  }
}

TEST_F(SlotRingTest, WhatNobodyWasToldOfTakesNoRoom) {
  const auto kept = write();
  const auto first = write();
  write();
  ring.take_back(first);
  EXPECT_EQ(write(), first);
  EXPECT_TRUE(has(kept, 1));
}

TEST_F(SlotRingTest, ARecordAtTheEndOfALapMayBeTakenBack) {
  const std::size_t fit = ring.bytes() / 1'024;
  for (std::size_t i = 1; i < fit; ++i) {
    iterate();
    write();
  }
  for (int i = 0; i < 3; ++i) {
    iterate();
    const auto position = write(1'500);  // does not fit the end
    ring.take_back(position);
  }
  iterate();
  EXPECT_NE(write(), 0U);
}

// A ring of which only a part was needed so far.
class GrowingSlotRingTest : public SlotRingTest {
 protected:
  GrowingSlotRingTest() : SlotRingTest(64 * 1'024 * 1'024) {}

  // Two laps of what there is, in which records are where they were written.
  void write_two_laps() {
    const std::size_t records = 2 * ring.touched_bytes() / 1'024;
    for (std::size_t i = 0; i < records; ++i) {
      iterate();
      const auto position = write();
      ASSERT_TRUE(has(position, count - 1));
      now += kMicrosecond;
    }
  }
};

TEST_F(GrowingSlotRingTest, LapsEndWhereMemoryWasNotTouched) {
  const std::size_t touched = ring.touched_bytes();
  ASSERT_LT(touched, ring.bytes() / 4);
  std::set<const std::byte*> used;
  for (std::size_t i = 0; i < 5 * touched / 1'024; ++i) {
    iterate();
    used.insert(ring.find(write()));
    now += kMicrosecond;
  }
  EXPECT_LE(static_cast<std::size_t>(*used.rbegin() - *used.begin()), touched);
  EXPECT_EQ(ring.touched_bytes(), touched);
}

TEST_F(GrowingSlotRingTest, MoreIsTouchedForWhoWritesMore) {
  const std::size_t touched = ring.touched_bytes();
  ring.grow();
  EXPECT_EQ(ring.touched_bytes(), touched) << "nobody has written";
  for (int i = 0; ring.touched_bytes() != ring.bytes() && i < 100; ++i) {
    write_two_laps();
    const std::size_t before = ring.touched_bytes();
    ring.grow();
    EXPECT_GT(ring.touched_bytes(), before);
  }
  EXPECT_EQ(ring.touched_bytes(), ring.bytes());
  write_two_laps();
  ring.grow();
  EXPECT_EQ(ring.touched_bytes(), ring.bytes());
}

TEST_F(GrowingSlotRingTest, NobodyIsWaitedForAtTheEndOfALapEither) {
  for (std::size_t i = 0; i < 5 * ring.touched_bytes() / 1'024; ++i) {
    ring.make_room(now, others);
    const auto position = write();
    ASSERT_TRUE(has(position, count - 1));
  }
  EXPECT_EQ(others.reported, 0U);
}

// --- Readers on threads of their own, who hold what they have found until they report.

constexpr std::size_t kReaders = 2;

struct Reports {
  std::uint64_t start_grace_period() { return token.fetch_add(1) + 1; }
  bool grace_period_ended(std::uint64_t wanted) const {
    for (const auto& one : reported)
      if (one.load() < wanted) return false;
    return true;
  }
  void report(std::size_t reader) { reported[reader].store(token.load()); }

  std::atomic<std::uint64_t> token{0};
  std::array<std::atomic<std::uint64_t>, kReaders> reported{};
};

class SlotRingThreads : public testing::Test {
 protected:
  struct Counts {
    std::atomic<std::uint64_t> read{0};
    std::atomic<std::uint64_t> torn{0};            // changed while they were read
    std::atomic<std::uint64_t> torn_unnoticed{0};  // and was_there said that they were not
  };

  void start_readers() {
    for (std::size_t reader = 0; reader < kReaders; ++reader) {
      threads.emplace_back([this, reader] {
        Prng prng(reader);
        while (!is_over.load()) {
          read_one(prng);
          reports.report(reader);
        }
      });
    }
  }
  void read_one(Prng& prng) {
    const auto back = newest.load(std::memory_order_acquire);
    // Positions are multiples of a record's 16 units.
    const auto position = back - std::min(back, 16 * prng.below(2'200));
    const std::byte* found = position == 0 ? nullptr : ring.find(position);
    if (found == nullptr) return;
    std::uint64_t differences = 0;
    for (std::size_t at = 0; at < kRecordBytes; ++at) differences += found[at] != found[0];
    ++counts.read;
    counts.torn += differences != 0;
    counts.torn_unnoticed += differences != 0 && ring.was_there(position);
  }
  void write(int value) {
    ring.make_room(now += kMicrosecond, reports);
    std::memset(ring.reserve(kRecordBytes), value, kRecordBytes);
    newest.store(ring.position(), std::memory_order_release);
  }
  void end_readers() {
    is_over.store(true);
    for (std::thread& thread : threads) thread.join();
  }

  SlotRing ring{0, kAge, PoolMemory::heap()};
  Reports reports;
  Counts counts;
  std::atomic<SlotRing::Position> newest{0};
  std::atomic<bool> is_over{false};
  std::vector<std::thread> threads;
  Timestamp now = 0;
};

// A quarter of a part is left when a grace period starts: 64 records. The writer awaits its end
// within them, so that nobody ever stands still for too long.
TEST_F(SlotRingThreads, WhatWasFoundStaysUntilTheFindersReport) {
  start_readers();
  std::uint64_t token = 0;
  std::uint64_t since_token = 0;
  for (int i = 0; i < 20'000 || counts.read.load() < 100; ++i) {
    if (i % 64 == 0) std::this_thread::yield();
    write(i % 251);
    since_token = token == reports.token.load() ? since_token + 1 : 0;
    token = reports.token.load();
    while (since_token >= 48 && !reports.grace_period_ended(token)) std::this_thread::yield();
  }
  end_readers();
  EXPECT_EQ(counts.torn.load(), 0U);
}

// What they read is being overwritten, which is a race by the language's rules: nothing of it is
// used. ThreadSanitizer would report it.
#ifndef __SANITIZE_THREAD__
TEST_F(SlotRingThreads, WhoIsOvertakenSeesIt) {
  start_readers();
  for (int i = 0; i < 20'000 || counts.read.load() < 100; ++i) {
    if (i % 64 == 0) std::this_thread::yield();
    write(i % 251);
  }
  end_readers();
  EXPECT_EQ(counts.torn_unnoticed.load(), 0U);
}
#endif

}  // namespace
}  // namespace penstock
