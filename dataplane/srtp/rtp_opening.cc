#include "dataplane/srtp/rtp_opening.h"

#include "dataplane/base/check.h"
#include "dataplane/srtp/packet_index.h"

namespace penstock {
namespace {

constexpr std::size_t kRtpHeaderBytesMin = 12;

// The index by what we know of the SSRC, or in ROC 0 if that is nothing.
std::uint64_t guess_index(const SrtpReplayWindow* window, std::uint16_t sequence_number) {
  if (window == nullptr || window->is_empty()) return packet_index(0, sequence_number);
  return estimate_packet_index(window->highest(), sequence_number);
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
  if (opening.window == nullptr && context.rtp_sources().full())
    return refuse(DropReason::kSrtpTooManySsrcs);
  opening.index = guess_index(opening.window, opening.sequence_number());
  if (opening.window != nullptr && !opening.window->check(opening.index))
    return refuse(DropReason::kSrtpReplay);
  return opening;
}

void settle_rtp(RtpOpening& opening) {
  UnprotectJob& job = *opening.job;
  if (!opening.is_authentic) {
    job.result = DropReason::kSrtpAuthFailed;
    return;
  }
  SrtpReplayWindow* window = opening.window != nullptr
                                 ? opening.window
                                 : job.context->rtp_sources().find_or_add(opening.ssrc());
  if (window == nullptr) {
    job.result = DropReason::kSrtpTooManySsrcs;
  } else if (!window->check(opening.index)) {
    job.result = DropReason::kSrtpReplay;
  } else {
    window->commit(opening.index);
    job.packet_index = opening.index;
    job.plain_bytes = static_cast<std::uint16_t>(opening.plain_bytes());
    job.result = DropReason::kNone;
  }
}

std::optional<std::uint64_t> second_guess(const RtpOpening& opening) {
  const SrtpReplayWindow* window = opening.job->context->rtp_sources().find(opening.ssrc());
  const std::uint16_t sequence_number = opening.sequence_number();
  std::uint64_t index = guess_index(window, sequence_number);
  const bool may_have_wrapped = sequence_number < 32'768;
  if ((window == nullptr || window->is_empty()) && may_have_wrapped)
    index = packet_index(1, sequence_number);
  return index != opening.index ? std::optional(index) : std::nullopt;
}

}  // namespace penstock
