#include "bench/inprocess/traffic_source.h"

#include <algorithm>

#include "dataplane/base/byte_writer.h"
#include "dataplane/base/check.h"
#include "dataplane/dpdk/packet_order.h"
#include "dataplane/rtp/header.h"

namespace penstock::bench {
namespace {

constexpr MacAddress kPublisherMac{{0x02, 0, 0, 0, 0, 0x77}};
// A paced source that was not asked for a while does not make up for all of it.
constexpr Duration kCatchUpMax = 5 * kMillisecond;

}  // namespace

TrafficSource::TrafficSource(rte_mempool* pool)
    : pool_(pool), engine_(SrtpEngine::create(SrtpBackend::kIpsecMb)) {
  PENSTOCK_CHECK(engine_ != nullptr);
  payload_[0] = 0x10;  // VP8 (RFC 7741): every packet is the start of a keyframe
}

void TrafficSource::add_publisher(const SyntheticPublisher& publisher) {
  PENSTOCK_CHECK(rate_.load(std::memory_order_acquire) == kNoTraffic);
  auto made = std::make_unique<Publisher>();
  PENSTOCK_CHECK(made->srtp.init(publisher.profile, publisher.key, SrtpBackend::kIpsecMb));
  const Path to_server{
      .remote_mac = publisher.server_mac, .remote = publisher.server, .local = publisher.address};
  made->path = make_udp_path_template(to_server, kPublisherMac);
  made->ssrc = publisher.ssrc;
  made->payload_type = publisher.payload_type;
  made->payload_bytes = publisher.payload_bytes;
  made->timestamp_step = codec_clock_hz(publisher.codec) / 50;
  made->address = publisher.address;
  made->kind = codec_kind(publisher.codec);
  made->interval = publisher.interval;
  made->burst = publisher.burst;
  publishers_.push_back(std::move(made));
}

void TrafficSource::remove_publisher(const SocketAddress& address) {
  PENSTOCK_CHECK(rate_.load(std::memory_order_acquire) == kNoTraffic);
  std::erase_if(publishers_, [&](const auto& publisher) { return publisher->address == address; });
  next_publisher_ = 0;
}

std::size_t TrafficSource::due(std::size_t packets_max) {
  const std::uint64_t rate = rate_.load(std::memory_order_acquire);
  if (rate == kNoTraffic || publishers_.empty()) return 0;
  if (rate == kSaturated) return packets_max;
  paid_until_ = std::max(paid_until_, now_ - kCatchUpMax);
  const auto interval = static_cast<Duration>(kSecond / rate);
  const auto packets = static_cast<std::size_t>((now_ - paid_until_) / interval);
  const std::size_t count = std::min(packets, packets_max);
  paid_until_ += static_cast<Duration>(count) * interval;
  return count;
}

void TrafficSource::write_header(Publisher& publisher, std::uint8_t* rtp) const {
  RtpHeader header;
  header.marker = true;
  header.payload_type = publisher.payload_type;
  header.sequence_number = static_cast<std::uint16_t>(publisher.sequence);
  header.timestamp = static_cast<std::uint32_t>(publisher.sequence * publisher.timestamp_step);
  header.ssrc = publisher.ssrc;
  ByteWriter writer(std::span(rtp, kRtpFixedHeaderBytes));
  write_rtp_header(writer, header);
}

// Everybody's turn, one packet each.
std::size_t TrafficSource::choose_in_turn(std::size_t packets_max) {
  const std::size_t count = due(packets_max);
  for (std::size_t i = 0; i < count; ++i) {
    turns_[i] = {publishers_[next_publisher_].get(), now_};
    next_publisher_ = next_publisher_ + 1 == publishers_.size() ? 0 : next_publisher_ + 1;
  }
  return count;
}

// Those whose time has come, each with what is left of its burst.
std::size_t TrafficSource::choose_scheduled(std::size_t packets_max) {
  std::size_t count = 0;
  for (const auto& publisher : publishers_) {
    if (publisher->next_at < now_ - kCatchUpMax) publisher->next_at = now_;
    while (count < packets_max && publisher->next_at <= now_) {
      turns_[count++] = {publisher.get(), publisher->next_at};
      if (++publisher->sent_of_burst < publisher->burst) continue;
      publisher->sent_of_burst = 0;
      publisher->next_at += publisher->interval;
    }
  }
  return count;
}

std::size_t TrafficSource::fill(std::span<rte_mbuf*> burst, LatencyProbe& probe) noexcept {
  const std::size_t packets_max = std::min(burst.size(), kBurstMax);
  const bool is_scheduled = rate_.load(std::memory_order_acquire) == kScheduled;
  const std::size_t count =
      is_scheduled ? choose_scheduled(packets_max) : choose_in_turn(packets_max);
  if (count == 0 ||
      rte_pktmbuf_alloc_bulk(pool_, burst.data(), static_cast<unsigned>(count)) != 0) {
    return 0;
  }
  packets_taken(burst.first(count));
  for (std::size_t i = 0; i < count; ++i) {
    Publisher& publisher = *turns_[i].publisher;
    std::uint8_t* rtp = rte_pktmbuf_mtod(burst[i], std::uint8_t*) + publisher.path.header_bytes;
    write_header(publisher, rtp);
    probe.arrived(burst[i], turns_[i].due, publisher.kind);
    jobs_[i] = {.context = &publisher.srtp,
                .payload = payload_.data(),
                .packet = rtp,
                .header_bytes = kRtpFixedHeaderBytes,
                .payload_bytes = publisher.payload_bytes,
                .roc = static_cast<std::uint32_t>(publisher.sequence >> 16)};
    ++publisher.sequence;
  }
  engine_->protect_rtp(std::span(jobs_).first(count));
  for (std::size_t i = 0; i < count; ++i) {
    const Publisher& publisher = *turns_[i].publisher;
    const std::size_t datagram_bytes =
        jobs_[i].header_bytes + jobs_[i].payload_bytes + srtp_tag_bytes(publisher.srtp.profile());
    write_udp_headers(publisher.path, rte_pktmbuf_mtod(burst[i], std::uint8_t*), datagram_bytes);
    burst[i]->data_len = static_cast<std::uint16_t>(publisher.path.header_bytes + datagram_bytes);
    burst[i]->pkt_len = burst[i]->data_len;
  }
  return count;
}

}  // namespace penstock::bench
