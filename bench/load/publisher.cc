#include "bench/load/publisher.h"

#include "bench/load/clocks.h"
#include "bench/load/recorded_schedule.h"
#include "bench/load/rtcp_reports.h"
#include "bench/load/synthetic_schedule.h"
#include "controlplane/sdp/parser.h"
#include "dataplane/rtp/rtcp/fir.h"
#include "dataplane/rtp/rtcp/pli.h"
#include "tests/client/client_sdp.h"

namespace penstock::load {
namespace {

constexpr std::uint64_t kCycle = 65'536;  // sequence numbers begin in it, so that none is negative

}  // namespace

Publisher::Publisher(PeerContext& context, std::size_t index)
    : Peer(context, PeerRole::kPublisher, index) {
  const LoadOptions& options = context.options;
  const std::size_t count = options.streams_per_publisher();
  for (std::size_t i = 0; i < count; ++i) {
    const bool is_video = options.has_video && i + 1 == count;
    const MediaKind kind = is_video ? MediaKind::kVideo : MediaKind::kAudio;
    streams_.push_back(
        {.source = static_cast<std::uint32_t>(index * count + i),
         .kind = kind,
         .mid = static_cast<char>('0' + i),
         .payload_bytes = is_video ? options.video_payload_bytes : options.audio_payload_bytes});
  }
}

void Publisher::join() {
  std::vector<test::OfferedStream> offered;
  for (SentStream& stream : streams_) {
    Prng& prng = connection_->prng();
    stream.ssrc = prng.next_u32();
    stream.sequence = kCycle + prng.below(kCycle / 2);
    stream.first_timestamp = prng.next_u32();
    offered.push_back({.kind = stream.kind, .ssrc = stream.ssrc});
  }
  context_.signalling.message(
      handle_, {{"request", "joinandconfigure"}, {"ptype", "publisher"}, {"room", context_.room}},
      Jsep{"offer", test::write_publish_offer(connection_->local_transport(), offered)},
      on_answer("publish", [this](const json::object& answer) { take_answer(answer); }));
}

void Publisher::take_answer(const json::object& answer) {
  feed_ = number_at(answer, "/plugindata/data/id");
  const auto description = sdp::parse_session_description(text_at(answer, "/jsep/sdp"));
  if (feed_ == 0 || !description) return fail("publish: no session description in the answer");
  const auto answered = test::read_publish_answer(*description);
  for (std::size_t i = 0; i < streams_.size(); ++i) {
    if (i >= answered.size() || !answered[i].is_accepted) {
      return fail(std::string("the room takes no ") +
                  (streams_[i].kind == MediaKind::kVideo ? "VP8 video" : "Opus audio"));
    }
    streams_[i].payload_type = answered[i].payload_type;
  }
  test::merge_extensions(*description, extensions_);
  connection_->take_answer(*description);
  connect_media();
}

void Publisher::begin_media(SentStream& stream, Timestamp start) {
  const LoadOptions& options = context_.options;
  const bool is_video = stream.kind == MediaKind::kVideo;
  const auto& recording = is_video ? options.video_recording : options.audio_recording;
  if (recording) {
    stream.schedule = std::make_unique<RecordedSchedule>(*recording, index(), start);
  } else {
    stream.schedule =
        std::make_unique<SyntheticSchedule>(stream.kind, options.video_packets_per_second, start);
  }
}

void Publisher::request_keyframe(std::uint32_t ssrc) {
  for (SentStream& stream : streams_) {
    if (stream.ssrc == ssrc && stream.schedule) stream.schedule->request_keyframe();
  }
}

void Publisher::send_reports() {
  for (const SentStream& stream : streams_) {
    if (stream.packets == 0) continue;
    SenderReport report;
    report.sender_ssrc = stream.ssrc;
    report.ntp = ntp_from_unix_ns(static_cast<std::uint64_t>(stream.timestamp_at));
    report.rtp_timestamp = stream.timestamp;
    report.packet_count = stream.packets;
    report.octet_count = stream.octets;
    send_sender_report(context_.srtp, srtp_->send, socket(), report);
  }
}

void Publisher::take_rtcp(const RtcpPacket& packet, Timestamp) {
  if (const auto pli = parse_pli(packet)) request_keyframe(pli->media_ssrc);
  if (const auto fir = parse_fir(packet)) {
    for (const FirEntry& entry : fir->entries) request_keyframe(entry.ssrc);
  }
}

}  // namespace penstock::load
