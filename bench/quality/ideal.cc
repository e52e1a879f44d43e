#include "bench/quality/ideal.h"

#include <algorithm>

#include "tests/client/video_model.h"

namespace penstock::quality {
namespace {

constexpr std::uint64_t kStepBps = 5'000;  // how exact it is
// RTP with extensions, SRTP's tag, UDP, IP and Ethernet, beside 1,100 bytes of payload.
constexpr std::uint64_t wire(std::uint64_t media_bps) { return media_bps * 1'190 / 1'100; }
constexpr unsigned kTemporalLayers = 3;

// Fewer frames are worth it of the smallest picture only.
std::vector<unsigned> percents_of(bool is_smallest) {
  if (is_smallest) return test::rates_up_to_layers(kTemporalLayers);
  return {100};
}

}  // namespace

Ideal ideal_on(std::uint64_t link_bps, const std::vector<PublisherPlan>& publishers) {
  // 3 % are left for RTCP and for what is sent again.
  const std::uint64_t audio_bps = kAudioWireBps * publishers.size();
  const std::uint64_t room_bps = link_bps * 97 / 100;
  if (room_bps < audio_bps) return {};
  const std::size_t steps = (room_bps - audio_bps) / kStepBps;
  // best[i]: what can be had of the publishers so far within i steps, and the first one's width.
  std::vector<Ideal> best(steps + 1);
  bool is_first = true;
  for (const PublisherPlan& publisher : publishers) {
    std::vector<Ideal> next(best);
    for (const EncodingPlan& encoding : publisher.encodings) {
      for (const unsigned percent : percents_of(&encoding == &publisher.encodings.front())) {
        const std::uint64_t rate_bps = wire(encoding.bitrate_bps * percent / 100);
        const std::size_t taken = (rate_bps + kStepBps - 1) / kStepBps;
        for (std::size_t i = taken; i <= steps; ++i) {
          const Ideal candidate{best[i - taken].rate_bps + rate_bps,
                                is_first ? encoding.width : best[i - taken].width};
          if (candidate.rate_bps > next[i].rate_bps) next[i] = candidate;
        }
      }
    }
    best = std::move(next);
    is_first = false;
  }
  return {best.back().rate_bps + audio_bps, best.back().width};
}

}  // namespace penstock::quality
