#include "tests/unit/worker/worker_fixture.h"

#include "dataplane/net/udp_writer.h"
#include "dataplane/rtp/demux.h"
#include "dataplane/rtp/header_extension_writer.h"
#include "dataplane/stun/writer.h"

namespace penstock {
namespace {

IceCredentials credentials() {
  IceCredentials ice;
  static_cast<void>(ice.local_ufrag.assign("server"));
  static_cast<void>(ice.local_pwd.assign("server-password-0123456789"));
  static_cast<void>(ice.remote_ufrag.assign("client"));
  return ice;
}

InterfaceAddresses server_addresses(const WorkerTestConfig& config) {
  InterfaceAddresses addresses;
  addresses.mac = {{0x02, 0, 0, 0, 0, 0x01}};
  addresses.vlan_id = config.vlan_id;
  addresses.ipv4 = {
      .address = IpAddress::from_v4({198, 18, 0, 1}), .gateway = config.gateway, .prefix_bits = 16};
  if (addresses.ipv4.has_gateway()) addresses.ipv4.prefix_bits = 24;
  if (config.has_ipv6) addresses.ipv6 = {parse_ip_address("fd00:198:18::1").value(), {}, 64};
  return addresses;
}

PoolSizes pool_sizes(const WorkerTestConfig& config) {
  PoolSizes sizes = config.pools;
  sizes.slot_bytes = config.slot_bytes;
  sizes.keeps_packets = config.keeps_packets;
  return sizes;
}

}  // namespace

ExtensionMap test_extensions() {
  ExtensionMap map;
  map.set(HeaderExtension::kMid, 1);
  map.set(HeaderExtension::kTransportCc, 2);
  map.set(HeaderExtension::kAudioLevel, 3);
  map.set(HeaderExtension::kDependencyDescriptor, 4);
  map.set(HeaderExtension::kAbsCaptureTime, 6);
  map.set(HeaderExtension::kVideoLayersAllocation, 7);
  return map;
}

WorkerTest::WorkerTest(const WorkerTestConfig& config)
    : host(config.workers, config.limits),
      addresses(server_addresses(config)),
      stats(config.workers),
      registry(std::make_unique<Registry>(host, pool_sizes(config), 1)),
      is_stopped(config.workers, false),
      engine_(SrtpEngine::create(SrtpBackend::kLibsrtp)) {
  for (WorkerIndex i = 0; i < config.workers; ++i) {
    WorkerContext context;
    context.index = i;
    context.worker_count = config.workers;
    context.udp_port_base = kPortBase;
    context.addresses = addresses;
    context.consent_timeout = config.consent_timeout;
    context.mtu = config.mtu;
    context.media_checksum = config.media_checksum;
    context.marks_dscp = config.marks_dscp;
    context.pacing_percent = config.pacing_percent;
    context.transports_max = config.pools.transports;
    context.near_transports_max = 0;  // memory is asked for in advance, of few too
    context.seed = i;
    context.pools = &registry->pools();
    context.gateway_macs = &gateway_macs;
    context.flow_sources = &flow_sources;
    context.stats = &stats[i];
    workers.push_back(std::make_unique<sim::SimWorker>(host.platform(i), context));
  }
  run();  // announcements
  static_cast<void>(take_sent());
}

WorkerTest::~WorkerTest() {
  is_stopped.assign(is_stopped.size(), false);
  is_control_stopped = false;
  host.set_limits({});
  for (const auto handle : subscriptions_) registry->destroy_subscription(handle, now);
  for (const auto handle : streams_) registry->destroy_stream(handle, now);
  for (const auto& peer : peers_) registry->destroy_transport(peer->transport, now);
  run_for(2 * kTimerIntervalMax);
  static_cast<void>(take_sent());
  const auto counts = registry->pool_counts();
  for (const PoolCounts& pool :
       {counts.transports, counts.streams, counts.subscriptions, counts.fan_out_chunks}) {
    EXPECT_EQ(pool.free, pool.capacity);
  }
  EXPECT_EQ(host.packets().live(), 0U) << "packet buffers leaked";
  for (const auto& worker : workers) EXPECT_FALSE(worker->has_transports());
}

TestPeer& WorkerTest::add_peer(WorkerIndex worker) {
  TransportConfig config;
  config.worker = worker;
  config.ice = credentials();
  config.extensions_in = config.extensions_out = test_extensions();
  auto peer = std::make_unique<TestPeer>();
  peer->worker = worker;
  peer->transport = registry->create_transport(config).value();
  peer->address = {IpAddress::from_v4({198, 18, 1, static_cast<std::uint8_t>(peers_.size() + 1)}),
                   9'000};
  peers_.push_back(std::move(peer));
  run();
  return *peers_.back();
}

void WorkerTest::add_flow(TestPeer& peer, bool select) {
  const auto port = static_cast<std::uint16_t>(kPortBase + peer.worker);
  registry->add_flow(
      peer.transport,
      {.remote_mac = kPeerMac, .remote = peer.address, .local = {addresses.ipv4.address, port}},
      select ? std::optional(stun::Nomination{.priority = 1, .number = 0, .at = now})
             : std::nullopt);
  run();
}

void WorkerTest::set_keys(TestPeer& peer) {
  SrtpKeys keys;
  keys.send.key.fill(static_cast<std::uint8_t>(peers_.size()));
  keys.receive.key.fill(static_cast<std::uint8_t>(100 + peers_.size()));
  ASSERT_TRUE(peer.send.init(keys.profile, keys.receive, SrtpBackend::kLibsrtp));
  ASSERT_TRUE(peer.receive.init(keys.profile, keys.send, SrtpBackend::kLibsrtp));
  ASSERT_TRUE(registry->set_srtp_keys(peer.transport, keys));
  run();
}

TestPeer& WorkerTest::add_connected_peer(WorkerIndex worker) {
  TestPeer& peer = add_peer(worker);
  add_flow(peer);
  set_keys(peer);
  return peer;
}

StreamHandle WorkerTest::add_stream(const TestPeer& publisher, Codec codec, std::string_view mid,
                                    std::uint8_t payload_type) {
  StreamConfig config;
  config.transport = publisher.transport;
  config.mid = Mid::from(mid);
  config.codec = codec;
  config.payload_type = payload_type;
  return add_stream(config);
}

StreamHandle WorkerTest::add_repaired_stream(const TestPeer& publisher, std::string_view mid) {
  StreamConfig config;
  config.transport = publisher.transport;
  config.mid = Mid::from(mid);
  config.codec = Codec::kVp8;
  config.payload_type = 96;
  config.rtx_payload_type = kPublishersRtxPayloadType;
  config.has_nack = true;
  return add_stream(config);
}

StreamHandle WorkerTest::add_stream(const StreamConfig& config) {
  streams_.push_back(registry->create_stream(config).value());
  run();
  return streams_.back();
}

SubscriptionHandle WorkerTest::subscribe(const TestPeer& receiver, StreamHandle source,
                                         std::uint32_t ssrc, bool is_paused,
                                         std::uint32_t rtx_ssrc) {
  SubscriptionConfig config;
  config.transport = receiver.transport;
  config.target.stream = source;
  config.target.codec = registry->pools().streams.resolve(source)->config.codec;
  config.mid = Mid::from("0");
  config.ssrc = ssrc;
  config.target.payload_type = 100;
  config.is_paused = is_paused;
  config.target.rtx_ssrc = rtx_ssrc;
  config.target.rtx_payload_type = rtx_ssrc == 0 ? 0 : kRtxPayloadType;
  return subscribe(config);
}

SubscriptionHandle WorkerTest::subscribe(const SubscriptionConfig& config) {
  subscriptions_.push_back(registry->create_subscription(config).value());
  run();
  return subscriptions_.back();
}

void WorkerTest::receive_frame(std::vector<std::uint8_t> frame) { host.deliver(0, frame); }

void WorkerTest::receive(const SocketAddress& from, std::uint16_t to_port,
                         std::span<const std::uint8_t> datagram) {
  const Path path{
      .remote_mac = addresses.mac, .remote = {addresses.ipv4.address, to_port}, .local = from};
  const UdpPathTemplate headers = make_udp_path_template(path, from_mac);
  std::vector<std::uint8_t> frame(headers.header_bytes + datagram.size());
  std::copy(datagram.begin(), datagram.end(), frame.begin() + headers.header_bytes);
  write_udp_headers(headers, frame.data(), datagram.size());
  receive_frame(std::move(frame));
}

std::vector<std::uint8_t> WorkerTest::srtp(TestPeer& peer, const TestRtp& rtp) {
  std::vector<std::uint8_t> packet(2'000);
  const ExtensionMap ids = test_extensions();
  ExtensionWriter extension(std::span<std::uint8_t>(packet).subspan(kRtpFixedHeaderBytes));
  if (!rtp.mid.empty()) {
    extension.add(ids.id(HeaderExtension::kMid),
                  {reinterpret_cast<const std::uint8_t*>(rtp.mid.data()), rtp.mid.size()});
  }
  if (rtp.transport_sequence != 0)
    extension.add_u16(ids.id(HeaderExtension::kTransportCc), rtp.transport_sequence);
  if (rtp.audio_level) extension.add_u8(ids.id(HeaderExtension::kAudioLevel), *rtp.audio_level);
  for (const auto& [kind, value] : rtp.elements) extension.add(ids.id(kind), value);
  const std::size_t extension_bytes = extension.finish();
  RtpHeader header;
  header.marker = rtp.marker;
  header.has_padding = rtp.has_padding;
  header.payload_type = rtp.payload_type;
  header.sequence_number = static_cast<std::uint16_t>(rtp.sequence);
  header.timestamp = rtp.timestamp;
  header.ssrc = rtp.ssrc;
  header.has_extension = extension_bytes != 0;
  ByteWriter writer(std::span<std::uint8_t>(packet).first(kRtpFixedHeaderBytes));
  write_rtp_header(writer, header);
  ProtectJob job{.context = &peer.send,
                 .payload = rtp.payload.data(),
                 .packet = packet.data(),
                 .header_bytes = static_cast<std::uint16_t>(kRtpFixedHeaderBytes + extension_bytes),
                 .payload_bytes = static_cast<std::uint16_t>(rtp.payload.size()),
                 .roc = static_cast<std::uint32_t>((rtp.sequence >> 16) - 1)};
  engine_->protect_rtp({&job, 1});
  EXPECT_EQ(job.result, DropReason::kNone);
  packet.resize(job.header_bytes + rtp.payload.size() + srtp_tag_bytes(peer.send.profile()));
  return packet;
}

std::vector<std::uint8_t> WorkerTest::srtcp(TestPeer& peer, std::span<const std::uint8_t> plain) {
  std::vector<std::uint8_t> packet(plain.begin(), plain.end());
  packet.resize(plain.size() + kSrtcpOverheadBytesMax);
  const auto result = engine_->protect_rtcp(peer.send, packet, plain.size());
  EXPECT_EQ(result.reason, DropReason::kNone);
  packet.resize(result.bytes);
  return packet;
}

std::vector<std::uint8_t> WorkerTest::check(std::string_view password, bool nominates,
                                            std::uint32_t priority,
                                            std::uint32_t nomination) const {
  std::vector<std::uint8_t> bytes(256);
  bytes.resize(stun::write_binding_request(
      {.transaction_id = {1, 2, 3},
       .username = "server:client",
       .password = password,
       .priority = priority,
       .use_candidate = nominates,
       .ice_controlling = 1,
       .ice_controlled = std::nullopt,
       .nomination = nomination == 0 ? std::nullopt : std::optional(nomination)},
      bytes));
  return bytes;
}

void WorkerTest::run() {
  for (int turn = 0; turn < 32; ++turn) {
    std::size_t work = 0;
    for (std::size_t i = 0; i < workers.size(); ++i) {
      if (!is_stopped[i]) work += workers[i]->run_once(now);
    }
    if (!is_control_stopped && registry->poll(now, *this)) ++work;
    if (work == 0) break;
  }
}

void WorkerTest::run_for(Duration duration) {
  for (const Timestamp end = now + duration; now < end;) {
    now = std::min(end, now + 5 * kMillisecond);
    run();
  }
}

std::vector<SentDatagram> WorkerTest::take_sent() {
  std::vector<SentDatagram> sent;
  std::vector<std::uint8_t> frame;
  while (host.take_sent(frame)) {
    // As the receiver's stack would see it.
    InterfaceAddresses receiver;
    receiver.mac = MacAddress::from_bytes(frame.data());
    if (frame.size() < 34) continue;
    receiver.ipv4 = {.address = IpAddress::from_v4({frame[30], frame[31], frame[32], frame[33]}),
                     .gateway = {},
                     .prefix_bits = 16};
    const FrameVerdict verdict = parse_frame(frame, receiver);
    if (verdict.kind != FrameKind::kUdp) continue;
    const auto first = frame.begin() + verdict.payload_offset;
    sent.push_back({receiver.mac,
                    verdict.path.local,
                    verdict.path.remote,
                    {first, first + static_cast<std::ptrdiff_t>(verdict.payload_bytes)}});
  }
  return sent;
}

std::vector<std::vector<std::uint8_t>> WorkerTest::take_media(TestPeer& peer) {
  return take_decrypted(peer, false);
}
std::vector<std::vector<std::uint8_t>> WorkerTest::take_rtcp(TestPeer& peer) {
  return take_decrypted(peer, true);
}

std::vector<std::vector<std::uint8_t>> WorkerTest::take_decrypted(TestPeer& peer, bool is_rtcp) {
  std::vector<std::vector<std::uint8_t>> packets;
  for (SentDatagram& datagram : take_sent()) {
    if (datagram.to != peer.address) continue;
    std::vector<std::uint8_t>& bytes = datagram.bytes;
    const DatagramKind kind = classify_datagram(bytes);
    if (is_rtcp && kind == DatagramKind::kRtcp) {
      EXPECT_LE(bytes.size(), kControlDatagramBytesMax);
      const auto result = engine_->unprotect_rtcp(peer.receive, bytes);
      EXPECT_EQ(result.reason, DropReason::kNone);
      bytes.resize(result.bytes);
      packets.push_back(std::move(bytes));
    } else if (!is_rtcp && kind == DatagramKind::kRtp) {
      const auto header = parse_rtp_header(bytes);
      UnprotectJob job{.context = &peer.receive,
                       .packet = bytes.data(),
                       .packet_bytes = static_cast<std::uint16_t>(bytes.size()),
                       .header_bytes = header->header_bytes};
      engine_->unprotect_rtp({&job, 1});
      EXPECT_EQ(job.result, DropReason::kNone);
      bytes.resize(job.plain_bytes);
      packets.push_back(std::move(bytes));
    }
  }
  return packets;
}

std::uint64_t WorkerTest::drops(DropReason reason) const {
  std::uint64_t total = 0;
  for (const WorkerStats& worker : stats)
    total += worker.drops[static_cast<std::size_t>(reason)].get();
  return total;
}

std::uint64_t WorkerTest::all_drops() const {
  std::uint64_t total = 0;
  for (std::size_t i = 0; i < kDropReasonCount; ++i) total += drops(static_cast<DropReason>(i));
  return total;
}

void WorkerTest::on_datagram(WorkerIndex worker, const Path& path, TransportHandle transport,
                             std::span<const std::uint8_t> datagram) {
  punted.push_back({worker, path, transport, {datagram.begin(), datagram.end()}});
}
void WorkerTest::on_path_selected(TransportHandle transport, const Path& path) {
  selected.emplace_back(transport, path);
}
void WorkerTest::on_consent_expired(TransportHandle transport) { expired.push_back(transport); }
void WorkerTest::on_talking(StreamHandle stream, bool is_talking, float level) {
  talk_changes.push_back({stream, is_talking, level});
}

void WorkerTest::on_media(StreamHandle stream, bool is_receiving) {
  media_changes.emplace_back(stream, is_receiving);
}

}  // namespace penstock
