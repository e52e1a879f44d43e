// One worker or several on the simulated platform, without clients: tests make frames by hand and
// read what comes out. Transports get ICE credentials, paths and SRTP keys as the control plane
// would give them, through the real registry.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "dataplane/registry/registry.h"
#include "dataplane/rtp/header.h"
#include "tests/sim/sim_worker.h"

namespace penstock {

inline constexpr std::uint16_t kPortBase = 50'000;
inline constexpr std::uint8_t kRtxPayloadType = 101;           // of subscriptions with RTX
inline constexpr std::uint8_t kPublishersRtxPayloadType = 97;  // of streams with RTX

// An RTP packet as a test describes it.
struct TestRtp {
  std::uint32_t ssrc = 0x1111;
  std::uint8_t payload_type = 96;
  std::uint64_t sequence = 65'536 + 100;  // extended
  std::uint32_t timestamp = 1'000;
  bool marker = true;
  bool has_padding = false;  // the payload ends in padding
  std::string mid{};
  std::uint16_t transport_sequence = 0;
  std::optional<std::uint8_t> audio_level{};  // -dBov
  // Further elements of the header extension.
  std::vector<std::pair<HeaderExtension, std::vector<std::uint8_t>>> elements{};
  std::vector<std::uint8_t> payload{0x10, 0x00, 0xAA, 0xBB};  // VP8, start of a keyframe
};

// A peer on the other side of a transport: its address, its keys, its SRTP contexts.
struct TestPeer {
  TransportHandle transport;
  WorkerIndex worker = 0;
  SocketAddress address;
  SrtpSendContext send;
  SrtpReceiveContext receive;
};

// The peers' MAC, as long as a test says no other.
inline constexpr MacAddress kPeerMac{{0x02, 0, 0, 0, 0, 0x77}};

// What a worker sent, taken apart.
struct SentDatagram {
  MacAddress next_hop;
  SocketAddress to;
  SocketAddress from;
  std::vector<std::uint8_t> bytes;
};

struct WorkerTestConfig {
  WorkerIndex workers = 1;
  sim::SimLimits limits{};
  PoolSizes pools{.transports = 8, .streams = 80, .subscriptions = 160};
  std::size_t slot_bytes = SlotRing::kBytesMin;  // of each worker
  bool keeps_packets = true;
  Duration consent_timeout = kConsentTimeout;
  std::size_t mtu = kMtuMax;
  IpAddress gateway{};  // with one, all peers are behind it
  bool has_ipv6 = false;
  std::uint16_t vlan_id = 0;
  Ipv4UdpChecksum media_checksum = Ipv4UdpChecksum::kNone;
  bool marks_dscp = false;
  std::uint32_t pacing_percent = 250;
};

// Of a packet that was taken in or sent, as it is on the wire.
inline std::uint16_t number_of(const std::vector<std::uint8_t>& rtp) { return load_be16(&rtp[2]); }

class WorkerTest : public testing::Test, protected DataplaneEvents {
 protected:
  explicit WorkerTest(const WorkerTestConfig& config = {});
  // Everything is destroyed; pools and packets must be back at their baseline.
  ~WorkerTest() override;

  // --- Peers
  // --------------------------------------------------------------------------------------
  TestPeer& add_peer(WorkerIndex worker = 0);  // adopted, no path, no keys
  void add_flow(TestPeer& peer, bool select = true);
  void set_keys(TestPeer& peer);
  TestPeer& add_connected_peer(WorkerIndex worker = 0);
  StreamHandle add_stream(const TestPeer& publisher, Codec codec = Codec::kVp8,
                          std::string_view mid = "v", std::uint8_t payload_type = 96);
  StreamHandle add_stream(const StreamConfig& config);
  // Video whose publisher sends again what it is asked for, as RTX.
  StreamHandle add_repaired_stream(const TestPeer& publisher, std::string_view mid = "v");
  SubscriptionHandle subscribe(const TestPeer& receiver, StreamHandle source,
                               std::uint32_t ssrc = 0x9999, bool is_paused = false,
                               std::uint32_t rtx_ssrc = 0);

  SubscriptionHandle subscribe(const SubscriptionConfig& config);

  // --- In
  // -----------------------------------------------------------------------------------------
  void receive_frame(std::vector<std::uint8_t> frame);
  void receive(const SocketAddress& from, std::uint16_t to_port,
               std::span<const std::uint8_t> datagram);
  void receive(const TestPeer& peer, std::span<const std::uint8_t> datagram) {
    receive(peer.address, static_cast<std::uint16_t>(kPortBase + peer.worker), datagram);
  }
  std::vector<std::uint8_t> srtp(TestPeer& peer, const TestRtp& rtp);
  std::vector<std::uint8_t> srtcp(TestPeer& peer, std::span<const std::uint8_t> plain);
  void receive_rtp(TestPeer& peer, const TestRtp& rtp) { receive(peer, srtp(peer, rtp)); }
  // A connectivity check with the right credentials unless said otherwise.
  std::vector<std::uint8_t> check(std::string_view password = "server-password-0123456789",
                                  bool nominates = true, std::uint32_t priority = 1,
                                  std::uint32_t nomination = 0) const;

  // Everybody runs until idle, at this time or after some has passed.
  void run();
  void run_for(Duration duration);

  // --- Out
  // ----------------------------------------------------------------------------------------
  std::vector<SentDatagram> take_sent();
  // The media that was sent to the peer, decrypted; other datagrams are dropped.
  std::vector<std::vector<std::uint8_t>> take_media(TestPeer& peer);
  std::vector<std::vector<std::uint8_t>> take_rtcp(TestPeer& peer);
  std::uint64_t drops(DropReason reason) const;
  std::uint64_t all_drops() const;

  struct Punted {
    WorkerIndex worker;
    Path path;
    TransportHandle transport;
    std::vector<std::uint8_t> bytes;
  };

  Timestamp now = kSecond;
  MacAddress from_mac = kPeerMac;  // of the frames that are received
  sim::SimHost host;
  InterfaceAddresses addresses;
  GatewayMacs gateway_macs;
  FlowSources flow_sources;
  std::vector<WorkerStats> stats;
  std::unique_ptr<Registry> registry;
  std::vector<std::unique_ptr<sim::SimWorker>> workers;
  std::vector<bool> is_stopped;
  bool is_control_stopped = false;
  std::vector<Punted> punted;
  std::vector<std::pair<TransportHandle, Path>> selected;
  std::vector<TransportHandle> expired;
  std::vector<std::pair<StreamHandle, bool>> media_changes;
  struct Talk {
    StreamHandle stream;
    bool is_talking = false;
    float level = 0;
    bool operator==(const Talk&) const = default;
  };
  std::vector<Talk> talk_changes;

 private:
  void on_datagram(WorkerIndex worker, const Path& path, TransportHandle transport,
                   std::span<const std::uint8_t> datagram) override;
  void on_path_selected(TransportHandle transport, const Path& path) override;
  void on_consent_expired(TransportHandle transport) override;
  void on_media(StreamHandle stream, bool is_receiving) override;
  void on_talking(StreamHandle stream, bool is_talking, float level) override;
  std::vector<std::vector<std::uint8_t>> take_decrypted(TestPeer& peer, bool is_rtcp);

  std::unique_ptr<SrtpEngine> engine_;
  std::vector<std::unique_ptr<TestPeer>> peers_;
  std::vector<StreamHandle> streams_;
  std::vector<SubscriptionHandle> subscriptions_;
};

// The extension ids of all transports here.
ExtensionMap test_extensions();

}  // namespace penstock
