// Goal: files have the bytes that Janus's tools read, and a file that is cut anywhere is good up to
// its last whole frame. Method: vectors by hand; cuts at every byte.
#include "controlplane/recording/mjr_format.h"

#include <gtest/gtest.h>

namespace penstock::recording {
namespace {

Description video() {
  return {.kind = MediaKind::kVideo, .codec = Codec::kVp8, .fmtp = "a=b", .text = "desk"};
}

std::string text_of(std::span<const std::uint8_t> bytes) { return {bytes.begin(), bytes.end()}; }

Bytes file_of_three() {
  Bytes file = mjr_header(video(), 1'000, 2'000);
  for (std::uint8_t i = 1; i <= 3; ++i) append_mjr_frame(file, 20U * i, Bytes(10U * i, i));
  return file;
}

TEST(MjrFormat, HeaderIsMagicLengthAndADescriptionInJanussOrder) {
  Description description = video();
  description.extensions = {{13, "urn:3gpp:video-orientation"}};
  description.is_e2ee = true;
  const Bytes header = mjr_header(description, 1'700'000'000'000'001, 1'700'000'000'000'002);
  const std::string json =
      R"({"t":"v","c":"vp8","f":"a=b","d":"desk","x":{"13":"urn:3gpp:video-orientation"},)"
      R"("s":1700000000000001,"u":1700000000000002,"e":true})";
  EXPECT_EQ(text_of(header),
            "MJR00002" + std::string({'\0', static_cast<char>(json.size())}) + json);
}

TEST(MjrFormat, AudioSaysRedAndDataSaysItsType) {
  Description audio;
  audio.red_payload_type = 63;
  EXPECT_NE(text_of(mjr_header(audio, 1, 2)).find(R"({"t":"a","c":"opus","s":1,"u":2,"or":63})"),
            std::string::npos);
  EXPECT_EQ(mjr_codec({.kind = MediaKind::kData, .is_text = true}), "text");
  EXPECT_EQ(mjr_codec({.kind = MediaKind::kData}), "binary");
}

TEST(MjrFormat, ATextThatWouldMakeTheDescriptionTooLongIsLeftOut) {
  Description description = video();
  description.text = std::string(2'000, 'x');
  const Bytes header = mjr_header(description, 1, 2);
  EXPECT_LE(header.size(), 8U + 2U + kMjrDescriptionBytesMax);
  EXPECT_EQ(text_of(header).find("xxx"), std::string::npos);
  EXPECT_NE(text_of(header).find("a=b"), std::string::npos);
}

TEST(MjrFormat, AFrameIsItsMagicTimeLengthAndPacket) {
  Bytes file;
  append_mjr_frame(file, 0x01020304, Bytes{0xAA, 0xBB});
  EXPECT_EQ(file, (Bytes{'M', 'E', 'E', 'T', 1, 2, 3, 4, 0, 2, 0xAA, 0xBB}));
}

TEST(MjrFormat, WhatWasWrittenIsReadAgain) {
  const Bytes file = file_of_three();
  auto reader = MjrReader::open(file);
  ASSERT_TRUE(reader);
  EXPECT_TRUE(reader->description().starts_with(R"({"t":"v")"));
  for (std::uint8_t i = 1; i <= 3; ++i) {
    const auto frame = reader->next();
    ASSERT_TRUE(frame);
    EXPECT_EQ(frame->at_ms, 20U * i);
    EXPECT_EQ(Bytes(frame->packet.begin(), frame->packet.end()), Bytes(10U * i, i));
  }
  EXPECT_FALSE(reader->next());
  EXPECT_EQ(reader->position(), file.size());
}

TEST(MjrFormat, CutAnywhereAFileIsGoodUpToItsLastWholeFrame) {
  const Bytes file = file_of_three();
  const std::size_t header = mjr_header(video(), 1'000, 2'000).size();
  const std::size_t ends[] = {header + 20, header + 50, header + 90};
  for (std::size_t cut = 0; cut <= file.size(); ++cut) {
    std::size_t expected = 0;
    for (const std::size_t end : ends) {
      if (end <= cut) expected = end;
    }
    EXPECT_EQ(whole_mjr_bytes(std::span(file).first(cut)), expected) << cut;
    // As a preallocated file is left.
    Bytes with_zeros(file.begin(), file.begin() + static_cast<std::ptrdiff_t>(cut));
    with_zeros.resize(file.size() + 100);
    EXPECT_GE(whole_mjr_bytes(with_zeros), expected) << cut;
  }
}

}  // namespace
}  // namespace penstock::recording
