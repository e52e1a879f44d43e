#include "dataplane/dpdk/ring.h"

#include <gtest/gtest.h>

#include <array>
#include <cstdint>
#include <thread>

#include "dataplane/api/command.h"
#include "dataplane/api/event.h"

namespace penstock {
namespace {

struct Entry {
  std::uint64_t number = 0;
  std::uint64_t twice = 0;
  std::uint32_t low = 0;
  std::uint32_t pad = 0;

  static Entry of(std::uint64_t n) { return {n, 2 * n, static_cast<std::uint32_t>(n), 0}; }
  bool operator==(const Entry&) const = default;
};

TEST(RingTest, HoldsExactlyItsCapacityAndRefusesMore) {
  SpscRing<Entry> ring(5);
  EXPECT_EQ(ring.capacity(), 5U);
  for (std::uint64_t i = 0; i < 5; ++i) {
    EXPECT_TRUE(ring.push(Entry::of(i)));
  }
  EXPECT_FALSE(ring.push(Entry::of(5)));
  EXPECT_EQ(ring.size(), 5U);
}

TEST(RingTest, GivesBackInOrderAcrossTheEndAndIsThenEmpty) {
  SpscRing<Entry> ring(3);
  Entry entry;
  EXPECT_FALSE(ring.pop(entry));
  for (std::uint64_t i = 0; i < 20; ++i) {
    ASSERT_TRUE(ring.push(Entry::of(2 * i)));
    ASSERT_TRUE(ring.push(Entry::of(2 * i + 1)));
    ASSERT_TRUE(ring.pop(entry));
    EXPECT_EQ(entry, Entry::of(2 * i));
    ASSERT_TRUE(ring.pop(entry));
    EXPECT_EQ(entry, Entry::of(2 * i + 1));
  }
  EXPECT_FALSE(ring.pop(entry));
}

TEST(RingTest, ItsConsumerSeesWhetherItIsEmpty) {
  SpscRing<int> ring(2);
  EXPECT_TRUE(ring.is_empty());
  EXPECT_TRUE(ring.push(1));
  EXPECT_FALSE(ring.is_empty());
  int value = 0;
  EXPECT_TRUE(ring.pop(value));
  EXPECT_TRUE(ring.is_empty());
}

TEST(RingTest, BurstsAreCutToWhatFitsAndWhatIsThere) {
  SpscRing<Entry> ring(4);
  std::array<Entry, 6> in;
  for (std::size_t i = 0; i < in.size(); ++i) {
    in[i] = Entry::of(i);
  }
  EXPECT_EQ(ring.push_burst(in), 4U);
  std::array<Entry, 6> out;
  EXPECT_EQ(ring.pop_burst(out), 4U);
  EXPECT_EQ(out[3], Entry::of(3));
}

TEST(RingTest, ConsumeRemovesOnlyWhatWasTaken) {
  SpscRing<Entry> ring(4);
  for (std::uint64_t i = 0; i < 3; ++i) {
    ring.push(Entry::of(i));
  }
  std::array<Entry, 4> scratch;
  EXPECT_EQ(ring.consume(scratch,
                         [](std::span<Entry> there) {
                           EXPECT_EQ(there.size(), 3U);
                           return std::size_t{1};
                         }),
            1U);
  EXPECT_EQ(ring.size(), 2U);
  Entry entry;
  ASSERT_TRUE(ring.pop(entry));
  EXPECT_EQ(entry, Entry::of(1));
}

TEST(RingTest, CarriesTheSeamsLargestTypesUnchanged) {
  SpscRing<PuntedDatagram> ring(2);
  PuntedDatagram in;
  in.bytes = kDatagramBytesMax;
  for (std::size_t i = 0; i < in.data.size(); ++i) {
    in.data[i] = static_cast<std::uint8_t>(i * 7);
  }
  ASSERT_TRUE(ring.push(in));
  PuntedDatagram out;
  ASSERT_TRUE(ring.pop(out));
  EXPECT_EQ(out.bytes, in.bytes);
  EXPECT_EQ(out.data, in.data);
}

TEST(RingTest, OrderAndContentsSurviveTwoThreads) {
  constexpr std::uint64_t kEntries = 200'000;
  SpscRing<Entry> ring(64);
  std::thread producer([&] {
    for (std::uint64_t i = 0; i < kEntries;) {
      if (ring.push(Entry::of(i))) {
        ++i;
      } else {
        std::this_thread::yield();
      }
    }
  });
  std::uint64_t next = 0;
  std::uint64_t wrong = 0;
  std::array<Entry, 16> burst;
  while (next < kEntries) {
    const std::size_t count = ring.pop_burst(burst);
    for (std::size_t i = 0; i < count; ++i, ++next) {
      wrong += burst[i] == Entry::of(next) ? 0U : 1U;
    }
    if (count == 0) {
      std::this_thread::yield();
    }
  }
  producer.join();
  EXPECT_EQ(wrong, 0U);
  EXPECT_EQ(ring.size(), 0U);
}

}  // namespace
}  // namespace penstock
