// What the targets of the RTCP messages share: the way through the compound iterator, and the
// property that what we write for a parsed message parses again to the same message.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <span>

#include "dataplane/base/byte_writer.h"
#include "dataplane/base/check.h"
#include "dataplane/rtp/rtcp/compound.h"

namespace penstock::fuzz {

template <typename Visit>
void for_each_rtcp_packet(const std::uint8_t* data, std::size_t size, Visit&& visit) {
  CompoundReader reader({data, size});
  while (const auto packet = reader.next()) visit(*packet);
}

// parse(packet) -> optional<Message>; write(writer, message) -> bool. Larger than any message.
template <typename Parse, typename Write>
void check_round_trip(const RtcpPacket& packet, Parse&& parse, Write&& write) {
  const auto message = parse(packet);
  if (!message) return;
  std::array<std::uint8_t, 4'096> first_bytes;
  ByteWriter first(first_bytes);
  PENSTOCK_CHECK(write(first, *message));
  PENSTOCK_CHECK(first.size() % 4 == 0);

  CompoundReader reader(first.written());
  const auto written_packet = reader.next();
  PENSTOCK_CHECK(written_packet && !reader.next() && !reader.malformed());
  const auto again = parse(*written_packet);
  PENSTOCK_CHECK(again.has_value());
  std::array<std::uint8_t, 4'096> second_bytes;
  ByteWriter second(second_bytes);
  PENSTOCK_CHECK(write(second, *again));
  PENSTOCK_CHECK(std::ranges::equal(first.written(), second.written()));
}

}  // namespace penstock::fuzz
