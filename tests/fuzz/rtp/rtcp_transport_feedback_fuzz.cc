#include <vector>

#include "dataplane/rtp/rtcp/transport_feedback.h"
#include "tests/fuzz/rtp/rtcp_fuzz.h"
#include "tests/support/transport_statuses.h"

namespace {

// Saying the same arrivals in our own message says the same arrivals, up to where it ends.
void check_feedback(const penstock::RtcpPacket& packet) {
  const auto feedback = penstock::parse_transport_feedback(packet);
  if (!feedback) return;
  std::vector<std::int64_t> arrivals;
  penstock::test::for_each_status(*feedback, [&](const penstock::test::TransportStatus& status) {
    arrivals.push_back(status.received ? status.arrival_ticks : penstock::kNotReceived);
  });
  PENSTOCK_CHECK(arrivals.size() == feedback->status_count);

  std::array<std::uint8_t, 1'200> bytes;
  penstock::ByteWriter writer(bytes);
  const std::size_t count = penstock::write_transport_feedback(
      writer, {1, 2, feedback->base_sequence_number, 3}, arrivals);
  if (count == 0) return;  // nothing was received
  const auto written = penstock::CompoundReader(writer.written()).next();
  const auto again = written ? penstock::parse_transport_feedback(*written) : std::nullopt;
  PENSTOCK_CHECK(again && again->status_count == count);

  constexpr std::int64_t kWrapTicks =
      penstock::kReferenceTimeModulus * penstock::kTicksPerReferenceUnit;
  std::size_t i = 0;
  penstock::test::for_each_status(*again, [&](const penstock::test::TransportStatus& status) {
    PENSTOCK_CHECK(status.received == (arrivals[i] != penstock::kNotReceived));
    PENSTOCK_CHECK(!status.received || (status.arrival_ticks - arrivals[i]) % kWrapTicks == 0);
    ++i;
  });
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  penstock::fuzz::for_each_rtcp_packet(data, size, check_feedback);
  return 0;
}
