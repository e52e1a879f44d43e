// RTCP of the tests of a worker: what it has sent, in parts, and what a publisher sends.
#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <vector>

#include "dataplane/base/byte_writer.h"
#include "dataplane/rtp/rtcp/compound.h"
#include "dataplane/rtp/rtcp/sender_report.h"

namespace penstock {

// The parts of all compounds, in order; views live as long as the packets.
inline std::vector<RtcpPacket> parts_of(const std::vector<std::vector<std::uint8_t>>& compounds) {
  std::vector<RtcpPacket> parts;
  for (const auto& compound : compounds) {
    CompoundReader reader(compound);
    while (const auto part = reader.next()) parts.push_back(*part);
    EXPECT_FALSE(reader.malformed());
  }
  return parts;
}

inline std::vector<std::uint8_t> sender_report(std::uint32_t ssrc, NtpTime ntp,
                                               std::uint32_t timestamp) {
  SenderReport report;
  report.sender_ssrc = ssrc;
  report.ntp = ntp;
  report.rtp_timestamp = timestamp;
  std::vector<std::uint8_t> bytes(64);
  ByteWriter writer(bytes);
  write_sender_report(writer, report);
  bytes.resize(writer.size());
  return bytes;
}

}  // namespace penstock
