// Every parser on every length from 0 to 64: truncations of valid input and random bytes, each in
// a buffer of exactly that size, so that a sanitizer sees any read past it.
#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <span>
#include <vector>

#include "dataplane/base/prng.h"
#include "dataplane/rtp/demux.h"
#include "dataplane/rtp/header_extension.h"
#include "dataplane/rtp/payload/dependency_structure.h"
#include "dataplane/rtp/payload/payload_info.h"
#include "dataplane/rtp/rtcp/bye.h"
#include "dataplane/rtp/rtcp/extended_report.h"
#include "dataplane/rtp/rtcp/fir.h"
#include "dataplane/rtp/rtcp/nack.h"
#include "dataplane/rtp/rtcp/pli.h"
#include "dataplane/rtp/rtcp/receiver_report.h"
#include "dataplane/rtp/rtcp/remb.h"
#include "dataplane/rtp/rtcp/sdes.h"
#include "dataplane/rtp/rtcp/sender_report.h"
#include "dataplane/rtp/rtcp/transport_feedback.h"
#include "dataplane/rtp/rtx.h"
#include "tests/support/transport_statuses.h"

namespace penstock {
namespace {

using Bytes = std::vector<std::uint8_t>;
constexpr std::size_t kLengthMax = 64;

void parse_as_rtp(std::span<const std::uint8_t> bytes) {
  const auto header = parse_rtp_header(bytes);
  if (!header) return;
  ASSERT_LE(header->header_bytes, bytes.size());
  const auto padding = padding_bytes(bytes, *header);
  ASSERT_LE(header->header_bytes + padding.value_or(0), bytes.size());
  ExtensionMap map;
  for (std::size_t i = 0; i < kHeaderExtensionCount; ++i) {
    map.ids[i] = static_cast<std::uint8_t>(i + 1);
  }
  const auto extensions = parse_extensions(bytes, *header, map);
  for (const auto& location : extensions.locations) {
    ASSERT_LE(location.offset + location.size, header->header_bytes);
  }
  extensions.text(bytes, HeaderExtension::kMid);
  extensions.audio_level(bytes);
  extensions.transport_sequence_number(bytes);
}

void parse_as_rtcp(std::span<const std::uint8_t> bytes) {
  CompoundReader reader(bytes);
  while (const auto packet = reader.next()) {
    parse_sender_report(*packet);
    parse_receiver_report(*packet);
    parse_sdes(*packet);
    parse_bye(*packet);
    if (const auto nack = parse_nack(*packet)) nack->for_each_lost([](std::uint16_t) {});
    parse_pli(*packet);
    parse_fir(*packet);
    parse_remb(*packet);
    parse_extended_report(*packet);
    if (const auto feedback = parse_transport_feedback(*packet)) {
      std::size_t count = 0;
      test::for_each_status(*feedback, [&](const test::TransportStatus&) { ++count; });
      ASSERT_EQ(count, feedback->status_count);
    }
  }
}

void parse_as_payload(std::span<const std::uint8_t> bytes) {
  for (const Codec codec : {Codec::kOpus, Codec::kVp8, Codec::kVp9, Codec::kH264, Codec::kAv1}) {
    const auto info = describe_payload(codec, bytes, false);
    if (!info) continue;
    ASSERT_LE(info->descriptor_bytes, bytes.size());
    ASSERT_LT(info->picture_id_offset + (info->is_picture_id_15_bit ? 1U : 0U), bytes.size());
    ASSERT_LT(info->tl0_picture_index_offset, bytes.size());
    ASSERT_LT(info->key_index_offset, bytes.size());
  }
  original_sequence_number(bytes);
  DependencyStructure().read(bytes);
}

// A copy on the heap of exactly the size.
void parse_as_everything(std::span<const std::uint8_t> bytes) {
  const auto copy = std::make_unique<std::uint8_t[]>(bytes.size());
  std::ranges::copy(bytes, copy.get());
  const std::span<const std::uint8_t> exact(copy.get(), bytes.size());
  classify_datagram(exact);
  parse_as_rtp(exact);
  parse_as_rtcp(exact);
  parse_as_payload(exact);
}

TEST(Truncation, EveryPrefixOfValidInputIsSafe) {
  const std::vector<Bytes> seeds = {
      {0x92, 0xE0, 0x12, 0x34, 0x89, 0xAB, 0xCD, 0xEF, 0xCA, 0xFE, 0xBA, 0xBE, 1,    1, 1, 1,
       2,    2,    2,    2,    0xBE, 0xDE, 0,    2,    0x10, 'a',  0x40, 5,    0x51, 1, 2, 0},
      {0xB0, 0xE0, 0x12, 0x34, 0x89, 0xAB, 0xCD, 0xEF, 0xCA, 0xFE, 0xBA, 0xBE, 0x10,
       0x00, 0,    2,    1,    1,    'a',  4,    1,    5,    0,    0,    2},
      {0x81, 200, 0, 12, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0},
      {0x82, 202, 0, 6, 0, 0, 0, 1, 2, 2, 'm', 'e', 1, 3, 'a', 'b', 'c', 0, 0, 0, 0, 0, 0, 2},
      {0x8F, 206, 0, 5, 0, 0, 0, 1, 0, 0, 0, 0, 'R', 'E', 'M', 'B', 1, 0, 0, 1, 0, 0, 0, 5},
      {0x80, 207, 0, 5, 0, 0, 0, 1, 5, 0, 0, 3, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3},
      {0x90, 0xF0, 0x92, 0x34, 0x56, 0xA9, 0x01},
      {0xAE, 0x80, 0x01, 0x00, 0x02, 0x38, 1, 0x40, 0, 0xB4, 2, 0x80, 1, 0x68, 1, 0x04, 1, 0x82},
      {0x78, 0, 3, 0x67, 0x42, 0xC0, 0, 2, 0x68, 0xCE, 0, 2, 0x65, 0x88},
      {0x28, 3, 0x08, 0, 0, 0x30, 0x10},
  };
  for (Bytes seed : seeds) {
    seed.resize(kLengthMax, 0x01);
    for (std::size_t size = 0; size <= kLengthMax; ++size) {
      parse_as_everything(std::span(seed).first(size));
    }
  }
}

TEST(Truncation, RtcpWithTheLengthAdaptedToEachSizeIsSafe) {
  Prng prng(5);
  for (const unsigned type : {200U, 201U, 202U, 203U, 205U, 206U, 207U}) {
    for (unsigned count = 0; count < 32; ++count) {
      for (std::size_t size = 4; size <= kLengthMax; size += 4) {
        for (const bool random : {false, true}) {
          Bytes bytes(size, 0);
          for (auto& byte : bytes) byte = random ? static_cast<std::uint8_t>(prng.next_u32()) : 0;
          bytes[0] = static_cast<std::uint8_t>(0x80 | count);
          bytes[1] = static_cast<std::uint8_t>(type);
          bytes[2] = 0;
          bytes[3] = static_cast<std::uint8_t>(size / 4 - 1);
          if (type == 206 && size >= 16) std::ranges::copy(Bytes{'R', 'E', 'M', 'B'}, &bytes[12]);
          parse_as_everything(bytes);
        }
      }
    }
  }
}

TEST(Truncation, RandomBytesOfEverySizeAreSafe) {
  Prng prng(6);
  for (int round = 0; round < 2'000; ++round) {
    for (std::size_t size = 0; size <= kLengthMax; ++size) {
      Bytes bytes(size);
      for (auto& byte : bytes) byte = static_cast<std::uint8_t>(prng.next_u32());
      if (size > 0 && prng.chance(1, 2))
        bytes[0] = static_cast<std::uint8_t>(bytes[0] & 0x3F) | 0x80;
      parse_as_everything(bytes);
    }
  }
}

}  // namespace
}  // namespace penstock
