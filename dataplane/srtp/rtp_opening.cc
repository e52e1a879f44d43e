#include "dataplane/srtp/rtp_opening.h"

#include <cstring>

#include "dataplane/base/check.h"
#include "dataplane/srtp/packet_index.h"

namespace penstock {
namespace {

constexpr std::size_t kRtpHeaderBytesMin = 12;

// The index by what we know of the SSRC, or in ROC 0 if that is nothing.
std::uint64_t guess_index(std::optional<std::uint64_t> highest, std::uint16_t sequence_number) {
  if (!highest) return packet_index(0, sequence_number);
  return estimate_packet_index(*highest, sequence_number);
}

// The highest index of the SSRC, if any packet of it was authenticated.
std::optional<std::uint64_t> highest_of(const SourceWindows<SrtpReplayWindow>& sources,
                                        const SrtpReplayWindow* window, std::uint32_t ssrc) {
  if (window == nullptr) return sources.past_highest(ssrc);
  return window->is_empty() ? std::nullopt : std::optional(window->highest());
}

}  // namespace

std::optional<RtpOpening> admit_rtp(UnprotectJob& job) {
  const auto refuse = [&job](DropReason reason) {
    job.result = reason;
    return std::nullopt;
  };
  SrtpReceiveContext& context = *job.context;
  if (!context.is_ready()) return refuse(DropReason::kSrtpNoKeys);
  if (job.header_bytes < kRtpHeaderBytesMin ||
      job.packet_bytes < job.header_bytes + context.tag_bytes())
    return refuse(DropReason::kSrtpTooShort);

  RtpOpening opening{.job = &job, .window = context.rtp_sources().find(rtp_ssrc(job.packet))};
  const auto highest = highest_of(context.rtp_sources(), opening.window, opening.ssrc());
  opening.index = guess_index(highest, opening.sequence_number());
  const bool may_pass = opening.window != nullptr ? opening.window->check(opening.index)
                                                  : !highest || opening.index > *highest;
  if (!may_pass) return refuse(DropReason::kSrtpReplay);
  return opening;
}

void accept_plain(RtpOpening& opening) {
  const UnprotectJob& job = *opening.job;
  const std::size_t payload_bytes = opening.plain_bytes() - job.header_bytes;
  if (job.payload != nullptr && payload_bytes != 0)
    std::memcpy(job.payload, job.packet + job.header_bytes, payload_bytes);
  opening.is_authentic = true;
}

void settle_rtp(RtpOpening& opening) {
  UnprotectJob& job = *opening.job;
  if (!opening.is_authentic) {
    job.result = DropReason::kSrtpAuthFailed;
    return;
  }
  SourceWindows<SrtpReplayWindow>& sources = job.context->rtp_sources();
  SrtpReplayWindow* window = opening.window;
  // An earlier job of the batch may have added the SSRC, or have taken its place.
  if (window == nullptr || !sources.holds(window, opening.ssrc()))
    window = sources.find(opening.ssrc());
  if (window == nullptr) window = job.context->add_rtp_source(opening.ssrc());
  if (window == nullptr) {
    job.result = DropReason::kSrtpTooManySsrcs;
  } else if (!window->check(opening.index)) {
    job.result = DropReason::kSrtpReplay;
  } else {
    sources.commit(window, opening.index);
    job.packet_index = opening.index;
    job.plain_bytes = static_cast<std::uint16_t>(opening.plain_bytes());
    job.result = DropReason::kNone;
  }
}

std::optional<std::uint64_t> second_guess(const RtpOpening& opening) {
  SourceWindows<SrtpReplayWindow>& sources = opening.job->context->rtp_sources();
  const auto highest = highest_of(sources, sources.find(opening.ssrc()), opening.ssrc());
  const std::uint16_t sequence_number = opening.sequence_number();
  std::uint64_t index = guess_index(highest, sequence_number);
  const bool may_have_wrapped = sequence_number < 32'768;
  if (!highest && may_have_wrapped) index = packet_index(1, sequence_number);
  return index != opening.index ? std::optional(index) : std::nullopt;
}

}  // namespace penstock
