// DCEP by vectors of RFC 8832 section 5, and everything that must be refused.
#include "controlplane/datachannel/dcep.h"

#include <gtest/gtest.h>

#include <initializer_list>

#include "controlplane/datachannel/limits.h"

namespace penstock {
namespace {

using Bytes = std::vector<std::uint8_t>;

// As Chromium opens createDataChannel("chat", {protocol: "p", ordered: false, maxRetransmits: 3}).
const Bytes kChat = {3, 0x81, 1, 0, 0, 0, 0, 3, 0, 4, 0, 1, 'c', 'h', 'a', 't', 'p'};

TEST(Dcep, ReadsAChannel) {
  const auto read = read_dcep_open(kChat);
  ASSERT_TRUE(read);
  EXPECT_EQ(read->label, "chat");
  EXPECT_EQ(read->protocol, "p");
  EXPECT_FALSE(read->is_ordered);
  EXPECT_EQ(read->reliability, SctpReliability::kRetransmissions);
  EXPECT_EQ(read->reliability_limit, 3U);
  EXPECT_EQ(read->priority, 256);
}

TEST(Dcep, WritesWhatItReads) {
  EXPECT_EQ(write_dcep_open(*read_dcep_open(kChat)), kChat);
  for (const auto reliability :
       {SctpReliability::kFull, SctpReliability::kLifetime, SctpReliability::kRetransmissions}) {
    for (const bool is_ordered : {true, false}) {
      const DataChannelParameters parameters{
          .label = "l",
          .protocol = {},
          .is_ordered = is_ordered,
          .reliability = reliability,
          .reliability_limit = reliability == SctpReliability::kFull ? 0U : 70'000U,
          .priority = 0};
      const Bytes written = write_dcep_open(parameters);
      EXPECT_TRUE(is_dcep_open(written));
      EXPECT_EQ(read_dcep_open(written), parameters);
    }
  }
}

TEST(Dcep, TellsAcknowledgements) {
  EXPECT_TRUE(is_dcep_ack(write_dcep_ack()));
  EXPECT_FALSE(is_dcep_ack(kChat));
  EXPECT_FALSE(is_dcep_ack({}));
  EXPECT_FALSE(is_dcep_open({}));
}

TEST(Dcep, RefusesWhatIsCutOff) {
  for (std::size_t bytes = 1; bytes < kChat.size(); ++bytes)
    EXPECT_EQ(read_dcep_open(std::span(kChat).first(bytes)).error(), DcepError::kTooShort);
}

TEST(Dcep, RefusesTypesThatDoNotExist) {
  for (unsigned type = 0; type < 256; ++type) {
    Bytes open = kChat;
    open[1] = static_cast<std::uint8_t>(type);
    EXPECT_EQ(read_dcep_open(open).has_value(), (type & 0x7F) <= 2) << type;
  }
}

TEST(Dcep, RefusesLongLabelsAndProtocols) {
  for (const std::size_t at : {8U, 10U}) {
    for (const std::size_t bytes :
         {kDataLabelBytesMax, kDataLabelBytesMax + 1, std::size_t{65'535}}) {
      Bytes open = {3, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0};
      open[at] = static_cast<std::uint8_t>(bytes >> 8);
      open[at + 1] = static_cast<std::uint8_t>(bytes);
      open.resize(open.size() + bytes, 'a');
      const auto read = read_dcep_open(open);
      EXPECT_EQ(read.has_value(), bytes <= kDataLabelBytesMax);
      EXPECT_TRUE(read || read.error() == DcepError::kTooLong);
    }
  }
}

TEST(Dcep, RefusesLabelsThatAreNotUtf8) {
  Bytes open = kChat;
  open[13] = 0xFF;
  EXPECT_EQ(read_dcep_open(open).error(), DcepError::kNotUtf8);
  EXPECT_FALSE(to_string(DcepError::kNotUtf8).empty());
}

}  // namespace
}  // namespace penstock
