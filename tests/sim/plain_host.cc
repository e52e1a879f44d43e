#include "tests/sim/plain_host.h"

#include "dataplane/net/udp_parser.h"

namespace penstock::sim {

std::optional<std::vector<std::uint8_t>> PlainHost::take(std::span<const std::uint8_t> frame,
                                                         Timestamp now) {
  const FrameVerdict verdict = parse_frame(frame, addresses_);
  if (verdict.kind == FrameKind::kUdp) {
    const auto payload = frame.subspan(verdict.payload_offset, verdict.payload_bytes);
    received.push_back({.from = verdict.path.remote,
                        .port = verdict.path.local.port,
                        .bytes = {payload.begin(), payload.end()},
                        .at = now});
    return std::nullopt;
  }
  std::vector<std::uint8_t> reply(256);
  if (is_silent) return std::nullopt;
  const LinkReply answer = responder_.respond(frame, verdict, now, reply);
  if (answer.bytes == 0) return std::nullopt;
  reply.resize(answer.bytes);
  return reply;
}

}  // namespace penstock::sim
