// One encoding of a publisher's m-line: the RTP stream in which its picture comes in one size, or
// the only one there is. With simulcast (RFC 8853) a stream has several, each received, reported on
// and repaired by itself. State of a stream, on its owner's worker.
#pragma once

#include <cstddef>
#include <cstdint>

#include "dataplane/base/limits.h"
#include "dataplane/forward/reception.h"
#include "dataplane/rtp/payload/dependency_structure.h"

namespace penstock {

// Receivers see one source after the other: of each encoding another one begins when the publisher
// takes another SSRC or another codec. Each has numbers and timestamps of its own. Its name is
// unique within the stream, and not zero.
constexpr std::uint32_t source_name(std::size_t encoding, std::uint32_t source_of_reception) {
  return static_cast<std::uint32_t>(source_of_reception * kEncodingsMax + encoding);
}
constexpr std::uint8_t encoding_of_source(std::uint32_t name) {
  return static_cast<std::uint8_t>(name % kEncodingsMax);
}

// The packets in which a publisher sends again what it is asked for (RTX): one RTP stream beside
// the media, reported on by itself, as else the publisher says of each packet whose it is for ever.
struct RepairStream {
  explicit RepairStream(Codec codec) : stats(codec_clock_hz(codec)) {}

  void on_packet(std::uint32_t packet_ssrc, std::uint16_t sequence_number, std::uint32_t timestamp,
                 Timestamp arrival, Codec codec) {
    if (packet_ssrc != ssrc) *this = RepairStream(codec);
    ssrc = packet_ssrc;
    stats.on_packet(sequence_number, timestamp, arrival);
  }

  std::uint32_t ssrc = 0;  // 0: none has come
  ReceptionStats stats;
};

struct Encoding {
  Encoding(Codec codec, bool asks_again) : reception(codec, asks_again), repair(codec) {}

  Reception reception;
  std::uint16_t picture_id = 0;  // the newest of its pictures, in 15 bits
  DependencyStructure dependencies;
  RepairStream repair;
};

}  // namespace penstock
