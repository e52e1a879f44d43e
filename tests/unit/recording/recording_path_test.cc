// Goal: whatever clients name, files are below the folder of recordings.
#include "controlplane/recording/recording_path.h"

#include <gtest/gtest.h>

namespace penstock::recording {
namespace {

TEST(RecordingPath, FoldersAreRelativeOrBelowTheRoot) {
  EXPECT_EQ(recording_folder("/var/rec", ""), "");
  EXPECT_EQ(recording_folder("/var/rec", "a/b"), "a/b");
  EXPECT_EQ(recording_folder("/var/rec", "./a//b/"), "a/b");
  EXPECT_EQ(recording_folder("/var/rec", "/var/rec"), "");
  EXPECT_EQ(recording_folder("/var/rec/", "/var/rec/a"), "a");
}

TEST(RecordingPath, WhatLeadsElsewhereIsRefused) {
  for (const char* wanted : {"..", "a/../b", "/var/record", "/etc", "/", "/var/rec/../x"})
    EXPECT_FALSE(recording_folder("/var/rec", wanted)) << wanted;
  EXPECT_FALSE(recording_folder("recordings", "/recordings/a"));
  EXPECT_FALSE(recording_folder("/var/rec", std::string(1'000, 'a')));
  EXPECT_FALSE(recording_folder("/var/rec", "a\nb"));
}

TEST(RecordingPath, NamesOfFilesMayHaveFolders) {
  EXPECT_EQ(recording_stem("alice"), "alice");
  EXPECT_EQ(recording_stem("a/alice"), "a/alice");
  for (const char* wanted : {"", "/a", "a/", "../a", ".", "a/../../b"})
    EXPECT_FALSE(recording_stem(wanted)) << wanted;
  EXPECT_FALSE(recording_stem(std::string(200, 'a')));
}

TEST(RecordingPath, FilesAreCalledAsJanusCallsThem) {
  Description description{
      .stem = "videoroom-1234-user-5", .has_time = true, .kind = MediaKind::kVideo, .mindex = 1};
  EXPECT_EQ(recording_name(description, 1'700), "videoroom-1234-user-5-1700-video-1");
  description.folder = "a";
  description.stem = "alice";
  description.has_time = false;
  description.kind = MediaKind::kAudio;
  EXPECT_EQ(recording_name(description, 1'700), "a/alice-audio-1");
}

}  // namespace
}  // namespace penstock::recording
