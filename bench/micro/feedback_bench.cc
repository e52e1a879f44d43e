// What a receiver's transport-wide feedback costs its worker: the packets that it reports on are
// noted as they are sent, then the message is parsed and the estimate made of it. In virtual time;
// `ns_per_packet` is of what is reported.
#include <benchmark/benchmark.h>

#include <array>
#include <vector>

#include "dataplane/base/check.h"
#include "dataplane/cc/bandwidth_estimator.h"
#include "dataplane/rtp/rtcp/compound.h"
#include "dataplane/rtp/rtcp/transport_feedback.h"

namespace penstock::bench {
namespace {

constexpr Duration kFeedbackInterval = 100 * kMillisecond;
constexpr Duration kWay = 20 * kMillisecond;
constexpr std::size_t kPacketBytes = 1'200;

// A receiver that gets `packets` evenly within each interval, and says so at its end.
class Receiver {
 public:
  explicit Receiver(std::size_t packets) : arrivals_(packets) { estimator_.set_goal(5e6); }

  void run() {
    const Duration apart = kFeedbackInterval / static_cast<Duration>(arrivals_.size());
    std::uint16_t first = 0;
    for (std::size_t i = 0; i < arrivals_.size(); ++i, now_ += apart) {
      const std::uint16_t number = estimator_.add_sent(now_, kPacketBytes);
      if (i == 0) first = number;
      arrivals_[i] = (now_ + kWay) / kTransportFeedbackTick;
    }
    report(first);
  }
  const BandwidthEstimator& estimator() const { return estimator_; }

 private:
  void report(std::uint16_t first) {
    ByteWriter writer(message_);
    const std::size_t told = write_transport_feedback(
        writer,
        {.sender_ssrc = 1, .media_ssrc = 2, .base_sequence_number = first, .feedback_count = 0},
        arrivals_);
    PENSTOCK_CHECK(told == arrivals_.size());
    CompoundReader reader(writer.written());
    const auto packet = reader.next();
    PENSTOCK_CHECK(packet.has_value());
    const auto feedback = parse_transport_feedback(*packet);
    PENSTOCK_CHECK(feedback.has_value());
    estimator_.take_feedback(*feedback, now_ + 2 * kWay);
  }

  BandwidthEstimator estimator_{1e6};
  Timestamp now_ = kSecond;
  std::vector<std::int64_t> arrivals_;
  std::array<std::uint8_t, 1'500> message_{};
};

void transport_feedback(benchmark::State& state) {
  const auto packets = static_cast<std::size_t>(state.range(0));
  Receiver receiver(packets);
  for (auto _ : state) receiver.run();
  if (!receiver.estimator().is_known()) state.SkipWithError("no estimate");
  state.counters["ns_per_packet"] = benchmark::Counter(
      static_cast<double>(packets) * 1e-9,
      benchmark::Counter::kIsIterationInvariantRate | benchmark::Counter::kInvert);
}
BENCHMARK(transport_feedback)->ArgName("packets")->Arg(6)->Arg(15)->Arg(60);

}  // namespace
}  // namespace penstock::bench
