#include "bench/inprocess/delivery_log.h"

#include <algorithm>
#include <utility>

#include "dataplane/base/endian.h"

namespace penstock::bench {
namespace {

constexpr std::size_t kDestinationAt = 14 + 16;  // behind Ethernet's header, in IPv4's
constexpr std::size_t kRtpAt = 14 + 20 + 8;
constexpr std::size_t kRtpBytesMin = 12;
constexpr std::size_t kNumbers = 0x10000;
constexpr std::uint8_t kRtcpTypeMin = 192;  // RFC 5761 section 4
constexpr std::uint8_t kRtcpTypeMax = 223;
// What comes later than that is of no frame that a run has.
constexpr std::uint32_t kFramesMax = 10'000'000;

}  // namespace

DeliveryLog::DeliveryLog(DeliveryLogConfig config)
    : config_(std::move(config)),
      index_by_number_(kNumbers, kNoReceiver),
      origins_(config_.receivers.size() * config_.publishers),
      packets_(config_.receivers.size()),
      is_ordered_(config_.receivers.size()),
      frames_(config_.publishers),
      last_rtcp_(config_.rtcp_receivers.size()) {
  for (std::size_t i = 0; i < config_.receivers.size(); ++i) {
    index_by_number_[config_.receivers[i]] = static_cast<std::uint32_t>(i);
  }
}

void DeliveryLog::record(std::span<const std::uint8_t> frame, Timestamp left) {
  if (index_by_number_.empty() || frame.size() < kRtpAt + kRtpBytesMin) return;
  const std::uint8_t* rtp = frame.data() + kRtpAt;
  const std::uint16_t number = load_be16(frame.data() + kDestinationAt + 2);
  if (rtp[1] >= kRtcpTypeMin && rtp[1] <= kRtcpTypeMax) return record_rtcp(number, left);
  if ((rtp[1] & 0x7F) != config_.payload_type) return;
  const std::uint32_t receiver = index_by_number_[number];
  const std::size_t publisher = load_be32(rtp + 8) - config_.first_ssrc;
  if (receiver == kNoReceiver || publisher >= config_.publishers) return;
  const std::uint32_t timestamp = load_be32(rtp + 4);
  Origin& origin = origins_[receiver * config_.publishers + publisher];
  if (!origin.is_known) origin = {true, timestamp};
  if (!is_ordered_[receiver]) {
    is_ordered_[receiver] = true;
    order_.push_back(receiver);
  }
  const std::uint32_t frame_number = (timestamp - origin.timestamp) / config_.timestamp_step;
  if (frame_number == 0 || frame_number >= kFramesMax) return;
  ++packets_[receiver];
  media_bytes_ += frame.size();
  auto& frames = frames_[publisher];
  if (frames.size() < frame_number) frames.resize(frame_number);
  FrameTimes& times = frames[frame_number - 1];
  times.first = times.packets == 0 ? left : std::min(times.first, left);
  times.last = std::max(times.last, left);
  ++times.packets;
}

void DeliveryLog::record_rtcp(std::uint16_t to, Timestamp left) {
  const auto found = std::ranges::find(config_.rtcp_receivers, to);
  if (found == config_.rtcp_receivers.end()) return;
  Timestamp& last = last_rtcp_[static_cast<std::size_t>(found - config_.rtcp_receivers.begin())];
  if (last != 0) longest_rtcp_gap_ = std::max(longest_rtcp_gap_, left - last);
  last = left;
}

std::vector<std::uint64_t> DeliveryLog::packets_by_receiver() const {
  std::vector<std::uint64_t> packets;
  for (const std::uint32_t receiver : order_) packets.push_back(packets_[receiver]);
  for (std::size_t i = 0; i < packets_.size(); ++i) {
    if (!is_ordered_[i]) packets.push_back(packets_[i]);
  }
  return packets;
}

std::vector<DeliveryLog::FrameTimes> DeliveryLog::frames() const {
  std::vector<FrameTimes> all;
  for (const auto& frames : frames_) {
    for (const FrameTimes& frame : frames) {
      if (frame.packets != 0) all.push_back(frame);
    }
  }
  return all;
}

}  // namespace penstock::bench
