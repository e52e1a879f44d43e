#include "dataplane/srtp/batch.h"

#include <algorithm>
#include <cstring>

#include "dataplane/base/check.h"
#include "dataplane/base/static_vector.h"
#include "dataplane/srtp/backend_ipsec_mb.h"
#include "dataplane/srtp/backend_libsrtp.h"
#include "dataplane/srtp/rtp_opening.h"
#include "dataplane/srtp/srtcp_layout.h"

namespace penstock {
namespace {

using Openings = StaticVector<RtpOpening, kSrtpJobsMax>;

void admit(ProtectJob& job) {
  if (!job.context->is_ready()) {
    job.result = DropReason::kSrtpNoKeys;
  } else if (!job.context->take_rtp_packet()) {
    job.result = DropReason::kSrtpIndexExhausted;
  } else {
    job.result = DropReason::kNone;
  }
}

// One pass over packets for which an index was chosen: tags first, then state, then decryption.
void open_pass(IpsecMbBackend& backend, std::span<RtpOpening> openings) {
  backend.authenticate_rtp(openings);
  for (RtpOpening& opening : openings) settle_rtp(opening);
  backend.decrypt_rtp(openings);
}

void try_again(IpsecMbBackend& backend, std::span<const RtpOpening> openings) {
  Openings again;
  for (const RtpOpening& opening : openings) {
    if (opening.is_authentic) continue;
    if (const auto index = second_guess(opening)) {
      backend.restore_rtp(opening);
      PENSTOCK_CHECK(again.push_back({.job = opening.job, .index = *index}));
    }
  }
  open_pass(backend, again.span());
}

void unprotect(IpsecMbBackend& backend, std::span<UnprotectJob> jobs) {
  Openings openings;
  for (UnprotectJob& job : jobs) {
    if (const auto opening = admit_rtp(job)) PENSTOCK_CHECK(openings.push_back(*opening));
  }
  open_pass(backend, openings.span());
  if (!std::ranges::all_of(openings, &RtpOpening::is_authentic))
    try_again(backend, openings.span());
}

void unprotect(LibsrtpBackend& backend, UnprotectJob& job) {
  auto opening = admit_rtp(job);
  if (!opening) return;
  if (job.context->profile() == SrtpProfile::kNone) {
    accept_plain(*opening);
  } else {
    backend.open_rtp(*opening);
  }
  if (!opening->is_authentic) {
    if (const auto index = second_guess(*opening)) {
      opening->index = *index;
      backend.open_rtp(*opening);
    }
  }
  settle_rtp(*opening);
}

}  // namespace

std::uint8_t* ProtectJob::write_text() const {
  std::uint8_t* text = packet + header_bytes;
  if (prefix_bytes != 0) std::memcpy(text, prefix, prefix_bytes);
  if (payload_bytes != 0) std::memcpy(text + prefix_bytes, payload, payload_bytes);
  return text;
}

std::unique_ptr<SrtpEngine> SrtpEngine::create(SrtpBackend backend) {
  std::unique_ptr<SrtpEngine> engine(new SrtpEngine(backend));
  switch (backend) {
    case SrtpBackend::kIpsecMb:
    case SrtpBackend::kVaes:
      engine->ipsec_mb_ = IpsecMbBackend::create(backend == SrtpBackend::kVaes);
      return engine->ipsec_mb_ != nullptr ? std::move(engine) : nullptr;
    case SrtpBackend::kLibsrtp:
      engine->libsrtp_ = LibsrtpBackend::create();
      return engine->libsrtp_ != nullptr ? std::move(engine) : nullptr;
  }
  return nullptr;
}

SrtpEngine::SrtpEngine(SrtpBackend backend) : backend_(backend) {}
SrtpEngine::~SrtpEngine() = default;

void SrtpEngine::protect_rtp(std::span<ProtectJob> jobs) {
  for (ProtectJob& job : jobs) {
    PENSTOCK_DCHECK(!job.context->is_ready() || job.context->backend() == backend_);
    admit(job);
  }
  switch (backend_) {
    case SrtpBackend::kIpsecMb:
    case SrtpBackend::kVaes:
      for (; !jobs.empty(); jobs = jobs.subspan(std::min(jobs.size(), kSrtpJobsMax)))
        ipsec_mb_->seal_rtp(jobs.first(std::min(jobs.size(), kSrtpJobsMax)));
      return;
    case SrtpBackend::kLibsrtp:
      for (ProtectJob& job : jobs) {
        if (job.result != DropReason::kNone) continue;
        if (job.context->profile() == SrtpProfile::kNone) {
          job.write_text();
        } else {
          libsrtp_->seal_rtp(job);
        }
      }
      return;
  }
}

void SrtpEngine::unprotect_rtp(std::span<UnprotectJob> jobs) {
  switch (backend_) {
    case SrtpBackend::kIpsecMb:
    case SrtpBackend::kVaes:
      for (; !jobs.empty(); jobs = jobs.subspan(std::min(jobs.size(), kSrtpJobsMax)))
        unprotect(*ipsec_mb_, jobs.first(std::min(jobs.size(), kSrtpJobsMax)));
      return;
    case SrtpBackend::kLibsrtp:
      for (UnprotectJob& job : jobs) unprotect(*libsrtp_, job);
      return;
  }
}

SrtpEngine::RtcpResult SrtpEngine::protect_rtcp(SrtpSendContext& context,
                                                std::span<std::uint8_t> buffer,
                                                std::size_t plain_bytes) {
  if (!context.is_ready()) return {DropReason::kSrtpNoKeys};
  if (context.profile() == SrtpProfile::kNone) return {DropReason::kNone, plain_bytes};
  if (plain_bytes < kRtcpHeaderBytes || buffer.size() < kSrtcpOverheadBytesMax ||
      plain_bytes > buffer.size() - kSrtcpOverheadBytesMax)
    return {DropReason::kRtcpInvalid};
  RtcpOperation operation{.packet = buffer.data(),
                          .layout = SrtcpLayout::from_plain(context.profile(), plain_bytes)};
  if (!context.take_rtcp_index(operation.index)) return {DropReason::kSrtpIndexExhausted};

  DropReason reason = DropReason::kNone;
  switch (backend_) {
    case SrtpBackend::kIpsecMb:
    case SrtpBackend::kVaes:
      ipsec_mb_->seal_rtcp(context, operation);
      break;
    case SrtpBackend::kLibsrtp:
      reason = libsrtp_->seal_rtcp(context, operation);
      break;
  }
  return {reason, reason == DropReason::kNone ? operation.layout.total_bytes : 0};
}

SrtpEngine::RtcpResult SrtpEngine::unprotect_rtcp(SrtpReceiveContext& context,
                                                  std::span<std::uint8_t> packet) {
  if (!context.is_ready()) return {DropReason::kSrtpNoKeys};
  if (context.profile() == SrtpProfile::kNone) {
    if (packet.size() < kRtcpHeaderBytes) return {DropReason::kSrtpTooShort};
    return {DropReason::kNone, packet.size()};
  }
  const std::size_t overhead_bytes = kSrtcpWordBytes + srtcp_tag_bytes(context.profile());
  if (packet.size() < kRtcpHeaderBytes + overhead_bytes) return {DropReason::kSrtpTooShort};
  RtcpOperation operation{
      .packet = packet.data(),
      .layout = SrtcpLayout::from_plain(context.profile(), packet.size() - overhead_bytes)};
  const std::uint32_t word = load_be32(packet.data() + operation.layout.word_at);
  if ((word & kSrtcpEncryptedFlag) == 0) return {DropReason::kSrtcpUnencrypted};
  operation.index = word & ~kSrtcpEncryptedFlag;

  SourceWindows<SrtcpReplayWindow>& sources = context.rtcp_sources();
  SrtcpReplayWindow* window = sources.find(operation.ssrc());
  const auto past_highest =
      window == nullptr ? sources.past_highest(operation.ssrc()) : std::nullopt;
  if (window != nullptr && !window->check(operation.index)) return {DropReason::kSrtpReplay};
  if (past_highest && operation.index <= *past_highest) return {DropReason::kSrtpReplay};

  const bool is_authentic = backend_ == SrtpBackend::kLibsrtp
                                ? libsrtp_->open_rtcp(context, operation)
                                : ipsec_mb_->open_rtcp(context, operation);
  if (!is_authentic) return {DropReason::kSrtpAuthFailed};
  if (window == nullptr) window = sources.add(operation.ssrc()).window;
  if (window == nullptr) return {DropReason::kSrtpTooManySsrcs};
  sources.commit(window, operation.index);
  return {DropReason::kNone, operation.layout.plain_bytes};
}

}  // namespace penstock
