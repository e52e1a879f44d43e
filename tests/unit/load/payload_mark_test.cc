#include "bench/load/payload_mark.h"

#include <gtest/gtest.h>

#include <vector>

namespace penstock::load {
namespace {

TEST(PayloadMarkTest, WhatWasWrittenIsRead) {
  std::vector<std::uint8_t> payload(40, 0x55);
  const PayloadMark mark{.source = 7, .number = 1ULL << 40, .sent_at = 1'700'000'000'123'456'789};
  write_mark(payload, mark);
  EXPECT_EQ(read_mark(payload), mark);
  EXPECT_EQ(payload[0], 0x55) << "the codec's bytes are its own";
}

TEST(PayloadMarkTest, OtherPayloadsHaveNone) {
  std::vector<std::uint8_t> payload(40, 0x55);
  EXPECT_EQ(read_mark(payload), std::nullopt);
  write_mark(payload, {});
  EXPECT_EQ(read_mark(std::span(payload).first(kMarkBytes - 1)), std::nullopt);
}

}  // namespace
}  // namespace penstock::load
