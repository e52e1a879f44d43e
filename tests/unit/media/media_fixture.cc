#include "tests/unit/media/media_fixture.h"

#include <sstream>

#include "dataplane/base/check.h"
#include "dataplane/rtp/demux.h"

namespace penstock {
namespace {

constexpr std::uint16_t kPortBase = 50'000;

Certificate make_certificate() {
  auto certificate = Certificate::generate(1'700'000'000);
  PENSTOCK_CHECK(certificate.has_value());
  return std::move(*certificate);
}

}  // namespace

MediaConfig MediaTest::default_config() {
  MediaConfig config;
  config.candidate_addresses = {IpAddress::from_v4({198, 18, 0, 1})};
  config.udp_port_base = kPortBase;
  return config;
}

MediaTest::MediaTest(MediaConfig config) : certificate(make_certificate()) {
  auto context = DtlsContext::create(certificate, {});
  PENSTOCK_CHECK(context.has_value());
  dtls = std::move(*context);
  media = std::make_unique<PeerConnections>(dataplane, *dtls, certificate, dtls_executor, random,
                                            config);
}

MediaTest::~MediaTest() {
  media->close_all(now);
  dtls_executor.is_holding = false;
  dtls_executor.is_returning = true;
  while (media->counts().dtls_jobs > 0) media->poll(now, *this);
  EXPECT_EQ(dataplane.live(), 0U) << "something of a closed peer is still there";
  EXPECT_EQ(media->counts(), MediaCounts{});
  EXPECT_EQ(media->next_timeout(), kNever);
}

PublishPolicy MediaTest::policy() {
  PublishPolicy policy;
  policy.audio_codecs = {Codec::kOpus};
  policy.video_codecs = {Codec::kVp8, Codec::kH264};
  return policy;
}

std::string MediaTest::offer_text(const OfferText& offer) const {
  std::ostringstream sdp;
  sdp << "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\na=group:BUNDLE";
  if (offer.has_data) sdp << " data";
  for (const OfferLine& line : offer.lines) {
    if (!line.is_stopped) sdp << ' ' << line.mid;
  }
  const std::string fingerprint =
      offer.fingerprint.empty() ? "sha-256 " + certificate.fingerprint_sha256() : offer.fingerprint;
  sdp << "\r\na=ice-ufrag:" << offer.ufrag << "\r\na=ice-pwd:" << offer.pwd
      << "\r\na=fingerprint:" << fingerprint << "\r\na=setup:actpass\r\n";
  if (offer.has_data) sdp << kDataMline << (offer.has_sctp_port ? kSctpPort : "");
  for (const OfferLine& line : offer.lines) {
    const bool is_video = line.kind == MediaKind::kVideo;
    sdp << "m=" << (is_video ? "video " : "audio ") << (line.is_stopped ? 0 : 9)
        << " UDP/TLS/RTP/SAVPF " << (is_video ? 120 : 109)
        << "\r\nc=IN IP4 0.0.0.0\r\na=mid:" << line.mid
        << "\r\na=" << (line.is_active ? "sendonly" : "inactive") << "\r\na=rtcp-mux\r\n"
        << (!is_video                    ? "a=rtpmap:109 opus/48000/2\r\n"
            : line.codec == Codec::kH264 ? "a=rtpmap:120 H264/90000\r\na=fmtp:120 "
                                           "profile-level-id=42e01f;packetization-mode=1\r\n"
                                         : "a=rtpmap:120 VP8/90000\r\n");
    if (line.ssrc != 0) sdp << "a=ssrc:" << line.ssrc << " cname:c\r\n";
  }
  return sdp.str();
}

std::vector<SubscriberMline> MediaTest::mlines_of(const PublishResult& published) {
  std::vector<SubscriberMline> mlines;
  for (const PublishedStream& stream : published.streams) {
    SubscriberMline mline;
    mline.kind = stream.kind;
    mline.is_active = stream.is_active;
    mline.source = stream.handle;
    mline.codec = stream.codec;
    mline.fmtp = stream.fmtp;
    mline.msid_stream = "s";
    mline.msid_track = stream.mid;
    mlines.push_back(mline);
  }
  return mlines;
}

test::WebRtcClient& MediaTest::client_of(PeerId peer, bool is_dtls_client) {
  if (const auto found = clients_.find(peer); found != clients_.end()) return *found->second;
  test::ClientConfig config;
  config.is_dtls_client = is_dtls_client;
  return make_client(peer, config);
}

test::WebRtcClient& MediaTest::make_client(PeerId peer, test::ClientConfig config) {
  config.seed = peer;
  config.local = {IpAddress::from_v4({198, 18, 1, static_cast<std::uint8_t>(peer)}), 40'000};
  clients_[peer] = std::make_unique<test::WebRtcClient>(config, certificate);
  return *clients_[peer];
}

void MediaTest::exchange() {
  for (int turn = 0; turn < 50; ++turn) {
    bool worked = false;
    for (const auto& [peer, client] : clients_) {
      if (now >= client->next_timeout()) client->handle_timeout(now);
      worked = deliver_to_server(*client) || worked;
    }
    worked = media->poll(now, *this) || worked;
    worked = deliver_to_clients() || worked;
    if (!worked) break;
  }
}

// As workers do it: STUN without, everything else only with a transport.
bool MediaTest::deliver_to_server(test::WebRtcClient& client) {
  test::ClientDatagram datagram;
  bool any = false;
  while (client.poll_output(datagram)) {
    any = true;
    const Path path{.remote_mac = {}, .remote = client.local(), .local = datagram.to};
    const auto worker = static_cast<WorkerIndex>(datagram.to.port - kPortBase);
    TransportHandle transport;
    if (classify_datagram(datagram.bytes) != DatagramKind::kStun) {
      for (const auto& [handle, fake] : dataplane.transports) {
        if (fake.flows.contains(path.remote)) transport = handle;
      }
      if (transport.is_null()) continue;
    }
    dataplane.deliver([worker, path, transport, bytes = datagram.bytes](DataplaneEvents& events) {
      events.on_datagram(worker, path, transport, bytes);
    });
  }
  return any;
}

bool MediaTest::deliver_to_clients() {
  const std::vector<FakeDataplane::Sent> all = std::exchange(dataplane.sent, {});
  for (const FakeDataplane::Sent& sent : all) {
    for (const auto& [peer, client] : clients_) {
      if (client->local() == sent.path.remote)
        client->handle_datagram(now, sent.path.local, sent.bytes);
    }
  }
  return !all.empty();
}

void MediaTest::run_for(Duration duration) {
  for (const Timestamp end = now + duration; now < end;) {
    now += 50 * kMillisecond;
    exchange();
  }
}

TransportHandle MediaTest::transport_of(PeerId) const {
  PENSTOCK_CHECK(!dataplane.transports.empty());
  return dataplane.transports.rbegin()->first;  // the newest
}

}  // namespace penstock
