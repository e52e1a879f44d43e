#include "bench/load/subscriber.h"

#include "bench/load/clocks.h"
#include "bench/load/rtcp_reports.h"
#include "controlplane/sdp/parser.h"
#include "dataplane/rtp/rtcp/sender_report.h"
#include "tests/client/client_sdp.h"

namespace penstock::load {

Subscriber::Subscriber(PeerContext& context, std::size_t index, std::vector<WantedStream> wanted)
    : Peer(context, PeerRole::kSubscriber, index), wanted_(std::move(wanted)) {
  received_.reserve(wanted_.size());
}

void Subscriber::join() {
  json::array streams;
  for (const WantedStream& stream : wanted_) {
    streams.push_back(json::object{{"feed", stream.feed}, {"mid", std::string(1, stream.mid)}});
  }
  context_.signalling.message(
      handle_,
      {{"request", "join"},
       {"ptype", "subscriber"},
       {"room", context_.room},
       {"streams", std::move(streams)}},
      std::nullopt,
      on_answer("subscribe", [this](const json::object& event) { take_offer(event); }));
}

void Subscriber::take_offer(const json::object& event) {
  const auto offer = sdp::parse_session_description(text_at(event, "/jsep/sdp"));
  if (!offer) return fail("subscribe: no session description in the answer");
  connection_->take_offer(*offer);
  const std::string answer =
      test::write_subscription_answer(connection_->local_transport(), *offer, true);
  context_.signalling.message(handle_, {{"request", "start"}}, Jsep{"answer", answer},
                              on_answer("start", [](const json::object&) {}));
  connect_media();
}

void Subscriber::take_rtcp(const RtcpPacket& packet, Timestamp arrival) {
  const auto report = parse_sender_report(packet);
  if (!report) return;
  for (ReceivedStream& stream : received_) {
    if (stream.ssrc != report->sender_ssrc || !stream.reception) continue;
    stream.reception->on_sender_report(report->ntp, arrival);
  }
}

void Subscriber::send_reports() {
  std::vector<ReportBlock> blocks;
  for (ReceivedStream& stream : received_) {
    if (stream.reception)
      blocks.push_back(stream.reception->make_report_block(stream.ssrc, wall_now()));
  }
  send_receiver_reports(context_.srtp, srtp_->send, socket(), blocks);
}

std::optional<std::size_t> Subscriber::find_or_add(std::uint32_t ssrc) {
  for (std::size_t i = 0; i < received_.size(); ++i) {
    if (received_[i].ssrc == ssrc) return i;
  }
  if (received_.size() == kSubscriptionsPerTransportMax) return std::nullopt;
  received_.push_back(
      {.ssrc = ssrc, .source = std::nullopt, .stats = {}, .reception = std::nullopt});
  return received_.size() - 1;
}

}  // namespace penstock::load
