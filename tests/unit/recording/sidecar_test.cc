// Goal: the sidecar says what was added, and stays small.
#include "controlplane/recording/sidecar.h"

#include <gtest/gtest.h>

#include <boost/json.hpp>

namespace penstock::recording {
namespace {

TEST(ThinnedList, KeepsEntriesEvenlySpread) {
  ThinnedList<int, 8> list;
  for (int i = 0; i < 100; ++i) list.add(i);
  const auto& entries = list.entries();
  ASSERT_GE(entries.size(), 4U);
  ASSERT_LE(entries.size(), 8U);
  for (std::size_t i = 1; i < entries.size(); ++i)
    EXPECT_EQ(entries[i] - entries[i - 1], entries[1] - entries[0]);
  EXPECT_EQ(entries[0], 0);
  EXPECT_GT(entries.back(), 80);
}

TEST(Sidecar, SaysWhatTheFormatHasNoPlaceFor) {
  Sidecar sidecar;
  sidecar.add_clock({.unix_us = 5, .rtp_timestamp = 6});
  sidecar.add_gap({.at_ms = 7, .packets = 8});
  sidecar.add_keyframe({.at_ms = 9, .offset = 10});
  sidecar.add_layer({.at_ms = 0, .layer = 2});
  sidecar.add_layer({.at_ms = 1, .layer = 2});
  sidecar.add_layer({.at_ms = 2, .layer = 1});
  const Description description{
      .kind = MediaKind::kVideo, .mid = "v", .codec = Codec::kVp9, .about_json = R"({"id":4})"};
  const auto json = boost::json::parse(sidecar.json(description, {.packets = 11, .ended = "so"}));
  EXPECT_EQ(json.at("participant").at("id"), 4);
  EXPECT_EQ(json.at("mid"), "v");
  EXPECT_EQ(json.at("codec"), "vp9");
  EXPECT_EQ(json.at("clock_hz"), 90'000);
  EXPECT_EQ(json.at("packets"), 11);
  EXPECT_EQ(json.at("ended"), "so");
  EXPECT_EQ(json.at("lost"), 8);
  EXPECT_EQ(json.at("clocks").at(0).at("rtp"), 6);
  EXPECT_EQ(json.at("gaps").at(0).at("packets"), 8);
  EXPECT_EQ(json.at("keyframes").at(0).at("offset"), 10);
  EXPECT_EQ(json.at("layers").as_array().size(), 2U);
}

}  // namespace
}  // namespace penstock::recording
