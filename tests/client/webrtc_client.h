// A WebRTC client for tests: full ICE agent (controlling), DTLS, SRTP by libsrtp (so that it shares
// no cryptography with the server's fast path), RTP and RTCP of synthetic media. Sans-IO like the
// server: datagrams and time go in, datagrams come out, so that the same client runs in the
// simulator and over sockets. One peer connection each; not thread-safe.
//
// A well-behaved client by default. Tests that attack use the building blocks below it, or what
// `attack()` exposes.
#pragma once

#include <algorithm>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "dataplane/cc/bandwidth_estimator.h"
#include "dataplane/cc/transport_cc_recorder.h"
#include "dataplane/rtp/header.h"
#include "dataplane/rtp/reception_stats.h"
#include "dataplane/rtp/sequence.h"
#include "dataplane/srtp/batch.h"
#include "tests/client/data_client.h"
#include "tests/client/missing_packets.h"
#include "tests/client/sent_packets.h"
#include "tests/client/synthetic_media.h"
#include "tests/client/webrtc_connection.h"

namespace penstock::test {

// What a receiver says of what its way carries.
enum class BandwidthFeedback : std::uint8_t {
  kNone,
  kTransportCc,  // of each packet, every 62.5 ms (as Chromium)
  kRemb,         // a rate, five times a second
};

struct ClientConfig {
  std::uint64_t seed = 1;
  SocketAddress local{};
  // Empty: DTLS without SRTP, for data alone.
  std::vector<SrtpProfile> srtp_profiles = {
      SrtpProfile::kAeadAes128Gcm, SrtpProfile::kAeadAes256Gcm, SrtpProfile::kAes128CmSha1_80};
  bool is_dtls_client = true;                  // our a=setup in an answer
  bool nominates = true;                       // USE-CANDIDATE in checks
  Duration nominates_after = 0;                // after the first answer; DTLS does not wait for it
  Duration dtls_timeout = 100 * kMillisecond;  // after which a flight is sent again, first
  bool asks_again = true;                      // NACK for what is missing, where RTX is offered
  MissingPackets::Patience patience{};         // in doing so
  bool sends_again = true;         // what a NACK asks for: video as RTX, audio as it was
  bool names_rtx = true;           // a=ssrc-group:FID in offers
  std::size_t ssrcs_max = 64;      // that it receives
  bool checks_consent = true;      // after it is connected
  bool sends_reports = false;      // a receiver report each second
  bool reports_reception = false;  // with a block for each stream that it receives
  bool rejects_first = false;      // m-line of an offer to it
  bool has_data = false;           // offers data channels beside its media
  BandwidthFeedback feedback = BandwidthFeedback::kNone;
  std::string fingerprint_override{};  // for tests of what must be refused
};

// What a publisher sends, one m-line each.
struct PublishedMedia {
  std::string mid;
  SyntheticSource source;
};

class WebRtcClient {
 public:
  // The certificate may be shared by many clients: making one costs a millisecond.
  WebRtcClient(const ClientConfig& config, const Certificate& certificate);

  // Publishing: the offer with these sources (mids "0", "1", ...), then the answer to it.
  std::string make_publish_offer(const std::vector<SyntheticSourceConfig>& sources);
  // What is published changes, one m-line by its index at a time; the next offer says it, and with
  // its answer it is in force (what is switched off is so at once).
  void set_sent(std::size_t mindex, bool is_sent);
  void take_another_ssrc(std::size_t mindex) { line(mindex).is_ssrc_due = true; }
  void set_codec(std::size_t mindex, Codec codec) { line(mindex).next_codec = codec; }
  void stop_line(std::size_t mindex);
  // An m-line that was stopped, or one behind the last, with a new mid.
  void use_line(std::size_t mindex, const SyntheticSourceConfig& source);
  std::string make_next_offer();

  // The last offer again, with other ICE credentials (RFC 8445 section 9): in force at once.
  std::string restart_ice();
  // False if the answer rejects everything.
  bool accept_publish_answer(std::string_view answer_sdp, Timestamp now);

  // Subscribing: our answer to an offer, first or renegotiated.
  std::string answer_subscription(std::string_view offer_sdp, Timestamp now);

  // The same by an offer of ours (WHEP), with m-lines of these kinds and mids; then the answer to
  // it. False if the answer rejects everything.
  std::string make_play_offer(std::span<const PlayedLine> lines);
  bool accept_play_answer(std::string_view answer_sdp, Timestamp now);
  // Other ICE credentials, which the next fragment says (WHIP, WHEP); then those of the server.
  WebRtcConnection::Credentials renew_credentials();
  void accept_restart(const std::string& remote_ufrag, const std::string& remote_pwd,
                      Timestamp now);

  void handle_datagram(Timestamp now, const SocketAddress& from,
                       std::span<const std::uint8_t> bytes);
  void handle_timeout(Timestamp now);
  Timestamp next_timeout() const;
  bool poll_output(ClientDatagram& datagram) { return connection_->poll_output(datagram); }

  void start_media(Timestamp now);
  void stop_media() { is_sending_ = false; }
  // What packets of audio say from now on, -dBov.
  void set_audio_level(std::uint8_t level) { audio_level_ = level; }
  // One encoding of simulcast stops or goes on, as bandwidth makes browsers do.
  void pause_encoding(std::string_view rid, bool is_paused);
  // From now on the encodings of a model take what the way to the server carries: the smallest ones
  // first, each nothing if it cannot have its least.
  struct AdaptiveEncoding {
    std::string rid;
    double min_bps = 0;
    double max_bps = 0;
  };
  void adapt_to(std::vector<AdaptiveEncoding> encodings);
  double allowed_bps() const;
  // What an encoding of a model (SyntheticSourceConfig) may take from now on; 0: it is paused.
  void set_encoding_bitrate(std::string_view rid, std::uint64_t bitrate_bps);
  // Asks for a keyframe of every received video stream, or of one.
  void request_keyframes(Timestamp now);
  void request_keyframe(std::uint32_t ssrc);
  // Sees each packet of media once, as it is taken.
  struct TakenPacket {
    std::uint32_t ssrc = 0;
    std::uint64_t sequence = 0;  // extended
    std::uint32_t timestamp = 0;
    MediaKind kind{};
    bool marker = false;
    bool is_repair = false;
    std::span<const std::uint8_t> payload;
  };
  void watch_media(std::function<void(const TakenPacket&, Timestamp)> watch) {
    watch_ = std::move(watch);
  }
  void close(Timestamp now);

  // Its data channels; null until they are agreed on and DTLS is there. What is done with them goes
  // out with the next timeout.
  DataClient* data() { return data_ ? &*data_ : nullptr; }

  bool is_ice_connected() const { return connection_->is_ice_connected(); }
  bool is_connected() const { return keys_ready_; }
  DtlsState dtls_state() const { return connection_->dtls_state(); }
  std::optional<SrtpProfile> srtp_profile() const;
  const std::map<std::uint32_t, ReceivedStream>& received() const { return received_; }
  std::uint64_t pli_received() const { return pli_received_; }
  std::uint64_t feedback_received() const { return feedback_received_; }
  std::uint64_t feedback_packets_reported() const { return feedback_packets_reported_; }
  std::uint64_t receiver_reports() const { return receiver_reports_; }
  std::uint32_t ssrc_of(std::size_t mindex) const {
    return const_cast<WebRtcClient*>(this)->line(mindex).ssrc;
  }
  std::uint64_t video_sent() const {
    std::uint64_t packets = 0;
    for (const Outgoing& outgoing : outgoing_) {
      if (outgoing.source.config().kind == MediaKind::kVideo)
        packets += outgoing.source.packets_made();
    }
    return packets;
  }
  std::uint64_t media_sent() const { return media_sent_; }
  // What REMB says from now on; 0: nothing.
  void set_remb(std::uint64_t bitrate_bps) { remb_bps_ = bitrate_bps; }
  // Packets of nothing but padding that came.
  std::uint64_t padding_received() const { return padding_received_; }
  std::uint64_t media_sent_again() const { return media_sent_again_; }
  std::uint64_t srtp_failures() const { return srtp_failures_; }
  const SocketAddress& remote() const { return connection_->remote(); }

  // For tests of attacks: what an attacker who knows or does not know secrets needs.
  struct Secrets : WebRtcConnection::Credentials {
    std::vector<std::uint8_t> last_srtp_packet;  // as sent
    std::uint32_t first_ssrc = 0;
  };
  Secrets secrets() const;
  // Moves the client to another address, as a NAT rebinding does.
  void rebind(const SocketAddress& local) { connection_->rebind(local); }
  const SocketAddress& local() const { return connection_->local(); }

 private:
  struct Outgoing {
    std::string mid;
    std::size_t mline = 0;
    SyntheticSource source;
    std::uint32_t ssrc = 0;
    std::uint64_t sequence = 0;
    std::uint32_t timestamp = 0;
    std::uint32_t timestamp_at_0 = 0;  // of models, whose timestamps are of the clock
    std::uint8_t payload_type = 0;
    std::uint32_t rtx_ssrc = 0;
    std::uint64_t rtx_sequence = 0;
    std::uint8_t rtx_payload_type = 0;
    SentPackets sent{};
    Timestamp next_at = 0;
    Timestamp next_report_at = 0;
    std::uint32_t packets = 0;
    std::uint32_t octets = 0;
    bool is_accepted = false;
    bool is_paused = false;
    bool is_sent = true;
    bool is_stopped = false;
    bool is_ssrc_due = false;
    std::optional<Codec> next_codec{};
    std::uint32_t next_ssrc = 0;
    std::uint32_t next_rtx_ssrc = 0;
  };
  Outgoing make_outgoing(const SyntheticSourceConfig& source);
  std::size_t mline_count() const { return outgoing_.empty() ? 0 : outgoing_.back().mline + 1; }
  // What is sent on an m-line; of several encodings the first.
  Outgoing& line(std::size_t mindex) {
    return *std::ranges::find(outgoing_, mindex, &Outgoing::mline);
  }
  static void put_in_force(Outgoing& outgoing, Prng& prng);

  // Once DTLS is done.
  void take_keys();
  void begin_data(Timestamp now);
  void pump_data(Timestamp now);
  // An RTP packet in plaintext, or what an RTX packet says of one.
  struct ReceivedMedia {
    RtpHeader header;
    std::span<const std::uint8_t> packet;
    std::span<const std::uint8_t> payload;
    bool is_repair = false;
  };
  void handle_rtp(Timestamp now, std::span<const std::uint8_t> bytes);
  bool unwrap_rtx(ReceivedMedia& media) const;
  void take_media(Timestamp now, const ReceivedMedia& media);
  void ask_for_missing(Timestamp now);
  void send_receiver_report(Timestamp now);
  void send_bandwidth_feedback(Timestamp now);
  void take_rtx(const sdp::MediaDescription& media);
  void expect_media(const sdp::SessionDescription& description);
  void handle_rtcp(Timestamp now, std::span<const std::uint8_t> bytes);
  void send_frame(Timestamp now, Outgoing& outgoing);
  static std::uint32_t model_timestamp(const Outgoing& outgoing, Timestamp now) {
    return outgoing.timestamp_at_0 + static_cast<std::uint32_t>(now / kMicrosecond * 9 / 100);
  }
  struct RtpToSend {
    std::uint32_t ssrc = 0;
    std::uint64_t sequence = 0;  // extended
    std::uint8_t payload_type = 0;
    std::uint32_t timestamp = 0;
    bool marker = false;
    std::span<const std::uint8_t> payload;
    bool is_padding = false;
  };
  void send_media(Outgoing& outgoing, std::vector<std::uint8_t> payload, bool marker);
  void send_again(Outgoing& outgoing, std::uint16_t sequence_number);
  void send_rtp(const Outgoing& outgoing, const RtpToSend& rtp);
  template <typename Write>
  void send_rtcp(Write&& write);
  // webrtc_client_rate.cc
  struct Adaptation {
    explicit Adaptation(double start_bps) : estimator(start_bps) {}

    BandwidthEstimator estimator;
    double remb_bps = 1e12;
    std::vector<AdaptiveEncoding> encodings;
    Timestamp next_at = 0;
  };
  std::uint16_t number_of_sent(std::size_t rtp_bytes);
  void take_rate_feedback(const RtcpPacket& packet, Timestamp now);
  void adapt(Timestamp now);
  void probe(Timestamp now);

  bool is_dtls_client_;
  bool offers_data_;
  bool is_data_agreed_ = false;
  std::optional<DataClient> data_;
  std::optional<DtlsContext> dtls_context_;
  std::optional<WebRtcConnection> connection_;
  std::unique_ptr<SrtpEngine> srtp_;
  SrtpSendContext send_;
  SrtpReceiveContext receive_;
  bool keys_ready_ = false;
  bool is_closed_ = false;
  std::vector<std::uint8_t> last_srtp_packet_;

  ExtensionMap extensions_out_;  // ids in what we send
  ExtensionMap extensions_in_;
  std::vector<Outgoing> outgoing_;
  std::string publish_offer_;
  std::size_t mids_made_ = 0;
  std::uint64_t descriptions_made_ = 0;
  LocalTransport next_description();
  bool is_sending_ = false;
  std::uint8_t audio_level_ = 30;
  std::uint16_t transport_sequence_ = 0;
  std::optional<Adaptation> adaptation_;
  Timestamp now_ = 0;  // of the call that is under way
  std::map<std::uint32_t, ReceivedStream> received_;
  std::map<std::uint32_t, SequenceUnwrapper> unwrappers_;
  bool reports_reception_;
  std::map<std::uint32_t, ReceptionStats> reception_;  // by SSRC, where it is reported
  std::map<std::uint8_t, MediaKind> kinds_;            // of the payload types we accepted
  bool asks_again_;
  MissingPackets::Patience patience_;
  std::function<void(const TakenPacket&, Timestamp)> watch_;
  bool sends_again_;
  bool names_rtx_;
  bool rejects_first_;
  std::map<std::uint8_t, std::uint8_t> apt_;            // by payload type of RTX
  std::map<std::uint32_t, std::uint32_t> ssrc_of_rtx_;  // by SSRC of RTX
  std::map<std::uint32_t, MissingPackets> missing_;     // by SSRC, where there is RTX
  std::uint32_t rtcp_ssrc_ = 0;
  Timestamp next_receiver_report_at_ = kNever;
  BandwidthFeedback feedback_;
  TransportCcRecorder arrivals_;
  std::uint32_t last_ssrc_ = 0;  // received
  std::uint64_t remb_bps_ = 0;
  Timestamp next_bandwidth_feedback_at_ = 0;
  std::uint64_t padding_received_ = 0;
  std::uint64_t pli_received_ = 0;
  std::uint64_t feedback_received_ = 0;
  std::uint64_t feedback_packets_reported_ = 0;
  std::uint64_t receiver_reports_ = 0;
  std::uint64_t media_sent_ = 0;
  std::uint64_t media_sent_again_ = 0;
  std::uint64_t srtp_failures_ = 0;
};

}  // namespace penstock::test
