// Peer connections over the fake data plane, and clients that connect to them: what the tests of
// controlplane/media share. Every test ends with nothing left.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "controlplane/media/peer_connections.h"
#include "tests/client/webrtc_client.h"
#include "tests/unit/media/fake_dataplane.h"

namespace penstock {

inline constexpr PeerPlacement kTestRoom{.room_key = 7};

// A publisher's offer in the words of a test.
struct OfferLine {
  MediaKind kind = MediaKind::kVideo;
  std::string mid;
  bool is_active = true;
  std::uint32_t ssrc = 0;
  Codec codec = Codec::kVp8;  // of video
  bool is_stopped = false;    // port 0
};
// An m-line for data channels, in front of the others: taken with an SCTP port, refused without.
inline constexpr std::string_view kDataMline =
    "m=application 9 UDP/DTLS/SCTP webrtc-datachannel\r\nc=IN IP4 0.0.0.0\r\na=mid:data\r\n";
inline constexpr std::string_view kSctpPort = "a=sctp-port:5000\r\n";
struct OfferText {
  std::string ufrag = "clientufrag";
  std::string pwd = "clientpassword0123456789";
  std::string fingerprint{};  // empty: the test certificate's
  bool has_data = false;
  bool has_sctp_port = true;
  std::vector<OfferLine> lines = {{MediaKind::kAudio, "0", true, 10},
                                  {MediaKind::kVideo, "1", true, 11}};
};

// Runs a job when it is taken back, or, while it is holding them, when a test says so.
class TestDtlsExecutor final : public DtlsExecutor {
 public:
  void submit(std::unique_ptr<DtlsJob> job) override { waiting_.push(std::move(job)); }
  std::unique_ptr<DtlsJob> take_done(Timestamp now) override {
    if (!is_holding) run_waiting(now, 1);
    return is_returning ? done_.pop() : nullptr;
  }
  void run_waiting(Timestamp now, std::size_t count = SIZE_MAX) {
    for (; count > 0 && waiting_.size() > 0; --count) {
      std::unique_ptr<DtlsJob> job = waiting_.pop();
      job->run(now);
      done_.push(std::move(job));
    }
  }
  std::size_t waiting() const { return waiting_.size(); }

  bool is_holding = false;
  bool is_returning = true;

 private:
  DtlsJobQueue waiting_;
  DtlsJobQueue done_;
};

class MediaTest : public testing::Test, protected MediaEvents {
 protected:
  explicit MediaTest(MediaConfig config = default_config());
  ~MediaTest() override;

  static MediaConfig default_config();
  static PublishPolicy policy();
  std::string offer_text(const OfferText& offer) const;
  std::expected<PublishResult, MediaError> publish(PeerId peer, const OfferText& offer = {}) {
    return media->publish(peer, kTestRoom, offer_text(offer), policy(), now);
  }
  // The streams of a publisher, as m-lines of a subscriber.
  static std::vector<SubscriberMline> mlines_of(const PublishResult& published);
  std::expected<std::string, MediaError> offer_to(PeerId peer,
                                                  const std::vector<SubscriberMline>& mlines,
                                                  bool restart_ice = false) {
    return media->offer(peer, kTestRoom, mlines, restart_ice, now);
  }
  // Made at the first call.
  test::WebRtcClient& client_of(PeerId peer, bool is_dtls_client = true);
  test::WebRtcClient& make_client(PeerId peer, test::ClientConfig config);
  // The subscriber's client answers.
  std::expected<std::vector<std::string>, MediaError> answer(PeerId peer,
                                                             const std::string& offer) {
    return media->accept_answer(peer, client_of(peer).answer_subscription(offer, now), now);
  }

  // Datagrams travel between the clients and the server, without loss, until nobody has one.
  void exchange();
  void run_for(Duration duration);
  // One turn of that: what this client has, what all clients are to get. True if there was any.
  bool deliver_to_server(test::WebRtcClient& client);
  bool deliver_to_clients();
  TransportHandle transport_of(PeerId peer) const;
  FakeDataplane::FakeTransport& fake_transport(PeerId peer) {
    return dataplane.transports.at(transport_of(peer));
  }

  Timestamp now = kSecond;
  FakeDataplane dataplane;
  Certificate certificate;
  std::optional<DtlsContext> dtls;
  SeededRandom random{1};
  TestDtlsExecutor dtls_executor;
  std::unique_ptr<PeerConnections> media;
  std::vector<PeerId> connected;
  std::vector<std::pair<PeerId, std::string>> closed;
  std::vector<std::string> media_changes;                      // "mid+" or "mid-"
  std::vector<std::pair<std::uint32_t, Layer>> layer_changes;  // by m-line

 private:
  void on_connected(PeerId peer, Timestamp) override { connected.push_back(peer); }
  void on_closed(PeerId peer, std::string_view reason, Timestamp) override {
    closed.emplace_back(peer, reason);
  }
  void on_media(PeerId, std::string_view mid, MediaKind, bool is_receiving, Timestamp) override {
    media_changes.push_back(std::string(mid) + (is_receiving ? "+" : "-"));
  }
  void on_layer(PeerId, std::uint32_t mindex, Layer layer, Timestamp) override {
    layer_changes.emplace_back(mindex, layer);
  }
  void on_starved(PeerId, std::uint32_t mindex, bool is_starved, Timestamp) override {
    media_changes.push_back(std::to_string(mindex) + (is_starved ? " starves" : " is fed"));
  }
  void on_talking(PeerId, std::string_view mid, bool is_talking, float, Timestamp) override {
    media_changes.push_back(std::string(mid) + (is_talking ? " talks" : " is silent"));
  }
  void on_slow_link(PeerId peer, const SlowLink& link, Timestamp) override {
    media_changes.push_back(std::to_string(peer) + " " + std::string(link.mid) + " lost " +
                            std::to_string(link.lost) + (link.is_uplink ? " up" : " down"));
  }

  std::map<PeerId, std::unique_ptr<test::WebRtcClient>> clients_;
};

}  // namespace penstock
