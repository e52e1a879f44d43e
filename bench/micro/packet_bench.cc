// The steps of a packet's journey that are not cryptography.
#include <benchmark/benchmark.h>

#include <string>
#include <vector>

#include "dataplane/forward/flow_table.h"
#include "dataplane/forward/stream_table.h"
#include "dataplane/forward/subscription.h"
#include "dataplane/net/udp_parser.h"
#include "dataplane/net/udp_writer.h"
#include "dataplane/rtp/demux.h"
#include "dataplane/rtp/header.h"
#include "dataplane/worker/projected_header.h"
#include "dataplane/worker/transport.h"

namespace penstock::bench {
namespace {

constexpr MacAddress kMac{{0x02, 0, 0, 0, 0, 0x01}};
constexpr MacAddress kPeerMac{{0x02, 0, 0, 0, 0, 0x02}};
const SocketAddress kServer{IpAddress::from_v4({198, 18, 0, 2}), 50'000};
const SocketAddress kClient{IpAddress::from_v4({198, 18, 0, 1}), 9'000};

std::vector<std::uint8_t> rtp_frame(std::size_t payload_bytes) {
  std::vector<std::uint8_t> frame(kUdpOverIpv4HeaderBytes + kRtpFixedHeaderBytes + payload_bytes);
  std::uint8_t* rtp = &frame[kUdpOverIpv4HeaderBytes];
  rtp[0] = 0x80;
  rtp[1] = 96;
  const auto path =
      make_udp_path_template({.remote_mac = kMac, .remote = kServer, .local = kClient}, kPeerMac);
  write_udp_headers(path, frame.data(), kRtpFixedHeaderBytes + payload_bytes);
  return frame;
}

// Ethernet, IP and UDP.
void parse(benchmark::State& state) {
  InterfaceAddresses addresses;
  addresses.mac = kMac;
  addresses.ipv4 = {.address = kServer.ip, .gateway = {}, .prefix_bits = 15};
  const auto frame = rtp_frame(1'100);
  for ([[maybe_unused]] auto _ : state) {
    const FrameVerdict verdict = parse_frame(frame, addresses);
    if (verdict.kind != FrameKind::kUdp || verdict.payload_bytes != 1'112) {
      state.SkipWithError("not taken for UDP");
    }
  }
}
BENCHMARK(parse);

// The first bytes of a datagram, and RTP's header.
void classify(benchmark::State& state) {
  const auto frame = rtp_frame(1'100);
  auto datagram = std::span(frame).subspan(kUdpOverIpv4HeaderBytes);
  for ([[maybe_unused]] auto _ : state) {
    benchmark::DoNotOptimize(datagram);
    if (classify_datagram(datagram) != DatagramKind::kRtp || !parse_rtp_header(datagram)) {
      state.SkipWithError("not taken for RTP");
    }
  }
}
BENCHMARK(classify);

void find_flow(benchmark::State& state) {
  const auto count = static_cast<std::size_t>(state.range(0));
  FlowTable flows(count, 1);
  std::vector<SocketAddress> addresses;
  for (std::uint32_t i = 0; i < count; ++i) {
    addresses.push_back({IpAddress::from_v4({198, 19, static_cast<std::uint8_t>(i >> 8),
                                             static_cast<std::uint8_t>(i)}),
                         9'000});
    flows.insert(addresses.back(), TransportHandle(i, 1));
  }
  std::size_t i = 0;
  for ([[maybe_unused]] auto _ : state) {
    if (flows.find(addresses[i]).index() != i) state.SkipWithError("another flow");
    i = i + 1 == count ? 0 : i + 1;
  }
}
BENCHMARK(find_flow)->Arg(64)->Arg(4'096);

// Of a transport with so many streams, by SSRCs that were learned.
void find_stream(benchmark::State& state) {
  const auto count = static_cast<std::uint32_t>(state.range(0));
  StreamTable streams(count);
  for (std::uint32_t i = 0; i < count; ++i) {
    StreamConfig config;
    config.mid = Mid::from(std::to_string(i));
    if (!streams.add(StreamHandle(i, 1), config)) state.SkipWithError("no room");
    streams.learn({.ssrc = 0x1000 + i,
                   .payload_type = 96,
                   .mid = config.mid.view(),
                   .rid = {},
                   .repaired_rid = {}});
  }
  std::uint32_t i = 0;
  for ([[maybe_unused]] auto _ : state) {
    if (streams.find(0x1000 + i)->stream.index() != i) state.SkipWithError("another stream");
    i = i + 1 == count ? 0 : i + 1;
  }
}
BENCHMARK(find_stream)->Arg(2)->Arg(16);

ExtensionMap usual_ids() {
  ExtensionMap ids;
  ids.set(HeaderExtension::kMid, 4);
  ids.set(HeaderExtension::kAudioLevel, 1);
  return ids;
}

// Projection and header for one receiver, with an audio level passed on.
void project(benchmark::State& state, bool uses_template) {
  Prng prng(1);
  TransportConfig transport_config;
  transport_config.extensions_out = usual_ids();
  BlockPool tables(Transport::table_bytes(kStreamsPerTransport, kSubscriptionsPerTransport), 1,
                   PoolMemory::heap());
  const Transport transport(transport_config, 1, MemoryBlock(tables));
  SubscriptionConfig config;
  config.mid = Mid::from("0");
  config.ssrc = 7;
  Subscription subscription(config, prng);
  subscription.header = make_header_template(subscription, transport);
  const std::vector<std::uint8_t> bytes_of_source(1'500);
  MediaPacket source{{}, bytes_of_source.data(), {}};
  source.slot.audio_level = {60, 1};
  source.slot.element_bytes_max = 1;
  std::array<std::uint8_t, kProjectedHeaderBytesMax> header{};
  std::uint64_t sequence = 100'000;
  for ([[maybe_unused]] auto _ : state) {
    const auto projected = subscription.projection.project({.sequence = ++sequence}, 0);
    const std::size_t bytes =
        uses_template
            ? write_templated_header(*projected, source, subscription.header, header.data())
            : write_projected_header(*projected, source, subscription, transport, header);
    if (bytes != 20) state.SkipWithError("another header");
    benchmark::DoNotOptimize(header);
  }
}
BENCHMARK_CAPTURE(project, with_template, true);
BENCHMARK_CAPTURE(project, without_template, false);

void write_headers(benchmark::State& state, bool is_ipv6, UdpChecksum checksum) {
  const auto address = [&](const SocketAddress& v4, std::string_view v6) {
    return is_ipv6 ? SocketAddress{parse_ip_address(v6).value(), v4.port} : v4;
  };
  const auto path = make_udp_path_template({.remote_mac = kMac,
                                            .remote = address(kClient, "fd00:198:18::2"),
                                            .local = address(kServer, "fd00:198:18::1")},
                                           kMac, {.checksum = checksum});
  std::vector<std::uint8_t> frame(1'500);
  for ([[maybe_unused]] auto _ : state) {
    write_udp_headers(path, frame.data(), 1'136);
    benchmark::DoNotOptimize(frame.data());
  }
  if (path.is_ipv4() == is_ipv6) state.SkipWithError("another family");
}
// Over IPv6 the checksum covers the payload, unless the port adds it.
BENCHMARK_CAPTURE(write_headers, ipv4, false, UdpChecksum::kWritten);
BENCHMARK_CAPTURE(write_headers, ipv6, true, UdpChecksum::kWritten);
BENCHMARK_CAPTURE(write_headers, ipv6_left_to_port, true, UdpChecksum::kLeftToPort);

}  // namespace
}  // namespace penstock::bench
