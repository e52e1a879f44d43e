#include "bench/inprocess/traffic_source.h"

#include <algorithm>

#include "dataplane/base/byte_writer.h"
#include "dataplane/base/check.h"
#include "dataplane/dpdk/packet_order.h"
#include "dataplane/rtp/header.h"
#include "dataplane/rtp/header_extension_writer.h"

namespace penstock::bench {
namespace {

constexpr MacAddress kPublisherMac{{0x02, 0, 0, 0, 0, 0x77}};
// A paced source that was not asked for a while does not make up for all of it.
constexpr Duration kCatchUpMax = 5 * kMillisecond;
constexpr std::uint64_t kMillion = 1'000'000;
constexpr std::size_t kExtensionBytesMax = 16;

}  // namespace

TrafficSource::TrafficSource(rte_mempool* pool, const TrafficConfig& config)
    : pool_(pool),
      config_(config),
      prng_(config.seed),
      engine_(SrtpEngine::create(SrtpBackend::kIpsecMb)) {
  PENSTOCK_CHECK(engine_ != nullptr);
  // VP8 (RFC 7741): the descriptor, and whether the frame is one that needs others.
  payloads_[static_cast<std::size_t>(Encoder::Start::kKeyframe)] = {0x10, 0x00};
  payloads_[static_cast<std::size_t>(Encoder::Start::kFrame)] = {0x10, 0x01};
  payloads_[static_cast<std::size_t>(Encoder::Start::kContinuation)] = {0x00, 0x00};
}

// A heap's comparison: its front is the earliest.
bool TrafficSource::is_later(const Sending* a, const Sending* b) {
  if (a->encoder.due() != b->encoder.due()) return a->encoder.due() > b->encoder.due();
  return a->number > b->number;
}

void TrafficSource::add_publisher(const SyntheticPublisher& publisher) {
  PENSTOCK_CHECK(rate_.load(std::memory_order_acquire) == kNoTraffic);
  auto made = std::make_unique<Publisher>();
  PENSTOCK_CHECK(made->srtp.init(publisher.profile, publisher.key, SrtpBackend::kIpsecMb));
  const Path to_server{
      .remote_mac = publisher.server_mac, .remote = publisher.server, .local = publisher.address};
  made->path = make_udp_path_template(to_server, kPublisherMac);
  made->payload_type = publisher.payload_type;
  made->extensions = publisher.extensions;
  made->address = publisher.address;
  for (const auto& [media, ssrc] : publisher.encodings) {
    const auto interval = static_cast<std::uint64_t>(media.frame_interval);
    const auto phase =
        publisher.is_in_step ? Duration{0} : static_cast<Duration>(prng_.below(interval));
    const Encoder encoder(media, media_time_ + phase, prng_.below(media.frames_per_keyframe));
    sendings_.push_back(std::make_unique<Sending>(
        Sending{.publisher = made.get(),
                .encoder = encoder,
                .kind = codec_kind(media.codec),
                .ssrc = ssrc,
                .timestamp_step = rtp_timestamp_step(media.codec, media.frame_interval),
                .number = ++sendings_made_}));
    schedule_.push_back(sendings_.back().get());
    std::ranges::push_heap(schedule_, is_later);
  }
  publishers_.push_back(std::move(made));
}

void TrafficSource::remove_publisher(const SocketAddress& address) {
  PENSTOCK_CHECK(rate_.load(std::memory_order_acquire) == kNoTraffic);
  const auto is_of_it = [&](const auto& sending) { return sending->publisher->address == address; };
  std::erase_if(schedule_, is_of_it);
  std::ranges::make_heap(schedule_, is_later);
  std::erase_if(sendings_, is_of_it);
  std::erase_if(publishers_, [&](const auto& publisher) { return publisher->address == address; });
}

// The next packet of all; false if it was lost on its way.
bool TrafficSource::take_turn(Timestamp due, Turn& turn) {
  std::ranges::pop_heap(schedule_, is_later);
  Sending& sending = *schedule_.back();
  turn = {&sending, sending.encoder.next(), due, sending.sequence++};
  std::ranges::push_heap(schedule_, is_later);
  ++sending.publisher->transport_sequence;
  if (config_.lost_per_million == 0 || !prng_.chance(config_.lost_per_million, kMillion)) {
    return true;
  }
  lost_packets_.add(1);
  return false;
}

std::size_t TrafficSource::due(std::uint64_t rate, std::size_t packets_max) {
  if (rate == kNoTraffic || schedule_.empty()) return 0;
  if (rate == kSaturated) return packets_max;
  paid_until_ = std::max(paid_until_, now_ - kCatchUpMax);
  const Duration interval = std::max<Duration>(kSecond / static_cast<Duration>(rate), 1);
  const auto packets = static_cast<std::size_t>((now_ - paid_until_) / interval);
  const std::size_t count = std::min(packets, packets_max);
  paid_until_ += static_cast<Duration>(count) * interval;
  return count;
}

// So many packets, in the order of their times, whatever the time is.
std::size_t TrafficSource::choose(std::uint64_t rate, std::size_t packets_max) {
  const std::size_t wanted = due(rate, packets_max);
  std::size_t count = 0;
  while (count < wanted) {
    media_time_ = std::max(media_time_, schedule_.front()->encoder.due());
    if (take_turn(now_, turns_[count])) ++count;
  }
  return count;
}

// Those whose time has come.
std::size_t TrafficSource::choose_scheduled(std::size_t packets_max) {
  const double speed = speed_.load(std::memory_order_relaxed);
  const auto media_of = [&](Duration real) {
    return static_cast<Duration>(static_cast<double>(real) * speed);
  };
  media_time_ += media_of(std::min(now_ - media_seen_, kCatchUpMax));
  media_seen_ = now_;
  std::size_t count = 0;
  while (count < packets_max && !schedule_.empty()) {
    const Timestamp due = schedule_.front()->encoder.due();
    if (due > media_time_) break;
    if (due < media_time_ - media_of(kCatchUpMax)) {
      std::ranges::pop_heap(schedule_, is_later);
      schedule_.back()->encoder.skip_to(media_time_);
      std::ranges::push_heap(schedule_, is_later);
      continue;
    }
    const auto late = static_cast<Duration>(static_cast<double>(media_time_ - due) / speed);
    if (take_turn(now_ - late, turns_[count])) ++count;
  }
  return count;
}

// What is due by now comes to the receive ring.
void TrafficSource::let_arrive() {
  media_time_ = now_;
  while (!schedule_.empty() && schedule_.front()->encoder.due() <= now_) {
    Turn turn;
    if (!take_turn(schedule_.front()->encoder.due(), turn)) continue;
    arrived_packets_.add(1);
    if (waiting_.size() < receive_ring_) {
      waiting_.push_back(turn);
      has_waiting_.store(true, std::memory_order_relaxed);
    } else {
      overrun_packets_.add(1);
    }
  }
}

// From the receive ring's front.
std::size_t TrafficSource::choose_waiting(std::size_t packets_max) {
  has_waiting_.store(!waiting_.empty(), std::memory_order_release);
  const std::size_t count = std::min(waiting_.size(), packets_max);
  std::copy_n(waiting_.begin(), count, turns_.begin());
  waiting_.erase(waiting_.begin(), waiting_.begin() + static_cast<std::ptrdiff_t>(count));
  return count;
}

std::size_t TrafficSource::choose_at(std::uint64_t rate, std::size_t packets_max) {
  if (rate == kScheduled) return choose_scheduled(packets_max);
  if (receive_ring_ == 0) return choose(rate, packets_max);
  if (rate == kArriving) let_arrive();
  return choose_waiting(packets_max);
}

// With what a browser sends in its header extension: an audio level, or the time; and the
// transport-wide sequence number.
std::uint16_t TrafficSource::write_header(const Turn& turn, std::uint8_t* rtp) const {
  const Sending& sending = *turn.sending;
  const Publisher& publisher = *sending.publisher;
  RtpHeader header;
  header.marker = turn.packet.is_frame_end;
  header.payload_type = publisher.payload_type;
  header.sequence_number = static_cast<std::uint16_t>(turn.sequence);
  header.timestamp = static_cast<std::uint32_t>(turn.packet.frame * sending.timestamp_step);
  header.ssrc = sending.ssrc;
  ExtensionWriter extensions({rtp + kRtpFixedHeaderBytes, kExtensionBytesMax});
  if (sending.kind == MediaKind::kAudio) {
    extensions.add_u8(publisher.extensions.id(HeaderExtension::kAudioLevel), 0x30);
  } else {
    extensions.add_u24(publisher.extensions.id(HeaderExtension::kAbsSendTime), header.timestamp);
  }
  extensions.add_u16(publisher.extensions.id(HeaderExtension::kTransportCc),
                     publisher.transport_sequence);
  const std::size_t extension_bytes = extensions.finish();
  header.has_extension = extension_bytes != 0;
  ByteWriter writer(std::span(rtp, kRtpFixedHeaderBytes));
  write_rtp_header(writer, header);
  return static_cast<std::uint16_t>(kRtpFixedHeaderBytes + extension_bytes);
}

std::size_t TrafficSource::fill(std::span<rte_mbuf*> burst, LatencyProbe& probe) noexcept {
  const std::size_t packets_max = std::min(burst.size(), kBurstMax);
  // Once: another thread may set another one at any moment.
  const std::uint64_t rate = rate_.load(std::memory_order_acquire);
  const std::size_t count = choose_at(rate, packets_max);
  probe.looked_through(count < packets_max, now_);
  if (count == 0 ||
      rte_pktmbuf_alloc_bulk(pool_, burst.data(), static_cast<unsigned>(count)) != 0) {
    if (receive_ring_ != 0) overrun_packets_.add(count);
    return 0;
  }
  packets_taken(burst.first(count));
  for (std::size_t i = 0; i < count; ++i) {
    const Turn& turn = turns_[i];
    const Publisher& publisher = *turn.sending->publisher;
    std::uint8_t* rtp = rte_pktmbuf_mtod(burst[i], std::uint8_t*) + publisher.path.header_bytes;
    const std::uint16_t header_bytes = write_header(turn, rtp);
    probe.arrived(burst[i], turn.due, turn.sending->kind);
    jobs_[i] = {.context = &turn.sending->publisher->srtp,
                .payload = payloads_[static_cast<std::size_t>(turn.packet.start)].data(),
                .packet = rtp,
                .header_bytes = header_bytes,
                .payload_bytes = turn.packet.payload_bytes,
                .roc = static_cast<std::uint32_t>(turn.sequence >> 16)};
  }
  engine_->protect_rtp(std::span(jobs_).first(count));
  for (std::size_t i = 0; i < count; ++i) {
    const Publisher& publisher = *turns_[i].sending->publisher;
    const std::size_t datagram_bytes =
        jobs_[i].header_bytes + jobs_[i].payload_bytes + srtp_tag_bytes(publisher.srtp.profile());
    write_udp_headers(publisher.path, rte_pktmbuf_mtod(burst[i], std::uint8_t*), datagram_bytes);
    burst[i]->data_len = static_cast<std::uint16_t>(publisher.path.header_bytes + datagram_bytes);
    burst[i]->pkt_len = burst[i]->data_len;
  }
  return count;
}

}  // namespace penstock::bench
