#include "dataplane/forward/reception.h"

#include <algorithm>

#include "dataplane/rtp/sequence.h"

namespace penstock {

DropReason Reception::take_ssrc(std::uint32_t ssrc, bool is_retransmission, Timestamp now) {
  if (source_ == 0) {
    begin_source(ssrc);
  } else if (ssrc_ == 0) {
    ssrc_ = ssrc;  // a retransmission came first, which did not say whose
  } else if (ssrc != ssrc_ && ssrc != 0) {
    if (is_retransmission) return DropReason::kRtxOfOtherSource;
    if (was_left(ssrc) && now - last_packet_at < kSourceSilence) return DropReason::kSourceReplaced;
    begin_source(ssrc);
  }
  return DropReason::kNone;
}

void Reception::update(Codec codec, bool asks_again,
                       std::span<const std::uint32_t> signalled_ssrcs) {
  for (std::uint32_t& left : left_) {
    if (std::ranges::find(signalled_ssrcs, left) != signalled_ssrcs.end()) left = 0;
  }
  asks_again_ = asks_again;
  if (codec == codec_) return;
  codec_ = codec;
  if (source_ != 0) begin_source(ssrc_);
}

bool Reception::was_left(std::uint32_t ssrc) const {
  return std::ranges::find(left_, ssrc) != left_.end();
}

void Reception::begin_source(std::uint32_t ssrc) {
  if (ssrc != ssrc_) {
    left_[left_count_++ % left_.size()] = ssrc_;
    std::ranges::replace(left_, ssrc, 0U);
  }
  ssrc_ = ssrc;
  ++source_;
  keyframes.change_sender();
  keyframe_number_ = 0;
  window_ = {};
  numbers_ = {};
  missing_ = {};
  stats = ReceptionStats(codec_clock_hz(codec_));
}

std::expected<std::uint64_t, DropReason> Reception::extend(std::uint16_t sequence_number) const {
  if (window_.is_empty()) return sequence_number;
  const std::uint64_t newest = window_.highest();
  const int step = wrapping_difference(sequence_number, static_cast<std::uint16_t>(newest));
  constexpr int kStepMax = kWindowPackets;
  const bool is_near = step < kStepMax && -step < kStepMax;
  if (!is_near || (step < 0 && newest < static_cast<std::uint64_t>(-step))) {
    return std::unexpected(DropReason::kSequenceTooOld);
  }
  return newest + static_cast<std::uint64_t>(static_cast<std::int64_t>(step));
}

std::expected<std::uint64_t, DropReason> Reception::take(const ArrivedPacket& packet) {
  const bool is_first = window_.is_empty();
  const std::uint64_t newest = window_.highest();
  if (!window_.check(packet.sequence)) {
    return std::unexpected(newest - packet.sequence >= kWindowPackets ? DropReason::kSequenceTooOld
                                                                      : DropReason::kRtpDuplicate);
  }
  window_.commit(packet.sequence);
  const bool is_newest = is_first || packet.sequence > newest;
  if (!is_newest) {
    missing_.on_arrival(packet.sequence, packet.arrival);
  } else if (!is_first && asks_again_ && packet.sequence != newest + 1 &&
             !missing_.on_hole(newest + 1, packet.sequence - newest - 1, packet.arrival) &&
             codec_kind(codec_) == MediaKind::kVideo) {
    keyframes.want();
  }
  last_packet_at = packet.arrival;
  if (!packet.is_retransmission) {
    stats.on_packet(static_cast<std::uint16_t>(packet.sequence), packet.rtp_timestamp,
                    packet.arrival);
  }
  if (packet.is_left_out && is_newest) {
    numbers_.leave_out(packet.sequence);
    return std::unexpected(DropReason::kRtpPadding);
  }
  // One that comes late goes on as it is: its number is not the next one's any more.
  return numbers_.number_of(packet.sequence);
}

void Reception::on_keyframe(std::uint64_t sequence, std::uint64_t number) {
  keyframes.on_keyframe();
  if (number < keyframe_number_) return;
  keyframe_number_ = number;
  missing_.forget_before(sequence);
}

bool Reception::is_lost_for_good(std::uint64_t number) const {
  if (number < keyframe_number_) return false;
  return !missing_.any_hole([&](std::uint64_t first, std::uint64_t count) {
    const std::uint64_t first_number = numbers_.number_of(first);
    return number >= first_number && number - first_number < count;
  });
}

}  // namespace penstock
