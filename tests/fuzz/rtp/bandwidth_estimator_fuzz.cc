#include <cmath>

#include "dataplane/base/byte_reader.h"
#include "dataplane/base/check.h"
#include "dataplane/cc/bandwidth_estimator.h"
#include "tests/fuzz/rtp/rtcp_fuzz.h"

// Input: a byte of milliseconds, a byte of how many packets are sent, and then one RTCP compound.
// It is fed back over and over as time passes, between packets that are sent: whatever a receiver
// says, the estimate stays a rate.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  const penstock::Duration step = (data[0] + 1) * penstock::kMillisecond;
  const int packets = data[1];
  penstock::BandwidthEstimator estimator(1e6);
  estimator.set_goal(5e6);
  penstock::Timestamp now = penstock::kSecond;
  for (int i = 0; i < 40; ++i, now += step) {
    for (int n = 0; n < packets; ++n) estimator.add_sent(now, 1'200);
    if (estimator.poll_probe(now)) PENSTOCK_CHECK(estimator.probe_due_bytes(now) < 100'000'000);
    penstock::fuzz::for_each_rtcp_packet(
        data + 2, size - 2, [&](const penstock::RtcpPacket& packet) {
          if (const auto feedback = penstock::parse_transport_feedback(packet))
            estimator.take_feedback(*feedback, now);
        });
    PENSTOCK_CHECK(estimator.bps() >= penstock::BandwidthEstimator::kMinBps);
    PENSTOCK_CHECK(estimator.bps() <= penstock::BandwidthEstimator::kMaxBps);
    PENSTOCK_CHECK(estimator.rtt() >= 0);
  }
  return 0;
}
