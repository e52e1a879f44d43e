#include "dataplane/base/byte_reader.h"
#include "dataplane/base/check.h"
#include "dataplane/rtp/reception_stats.h"

// Input: packets of {sequence number, timestamp, milliseconds since the last}; a report each 16.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  penstock::ByteReader input({data, size});
  penstock::ReceptionStats stats(90'000);
  penstock::Timestamp now = 0;
  for (unsigned i = 0; input.remaining() >= 8; ++i) {
    const std::uint16_t sequence_number = input.read_u16();
    const std::uint32_t timestamp = input.read_u32();
    now += input.read_u16() * penstock::kMillisecond;
    stats.on_packet(sequence_number, timestamp, now);
    PENSTOCK_CHECK(stats.received() <= i + 1);
    PENSTOCK_CHECK(stats.expected() > 0);
    if (i % 16 != 15) continue;
    const penstock::ReportBlock block = stats.make_report_block(1, now);
    PENSTOCK_CHECK(block.cumulative_lost == stats.lost());
    PENSTOCK_CHECK(block.extended_highest_sequence == stats.extended_highest_sequence());
  }
  return 0;
}
