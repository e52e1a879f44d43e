#include "bench/load/packet_receiver.h"

#include <unistd.h>

#include <algorithm>

#include "bench/load/payload_mark.h"
#include "dataplane/rtp/demux.h"
#include "dataplane/rtp/header.h"

namespace penstock::load {

PacketReceiver::PacketReceiver(SrtpEngine& srtp, SourceTable& sources, double decrypt_share)
    : srtp_(srtp),
      sources_(sources),
      decrypt_below_(static_cast<std::uint64_t>(decrypt_share * 4'294'967'296.0)),
      epoll_(::epoll_create1(EPOLL_CLOEXEC)),
      events_(kReady),
      bytes_(kBatch * kDatagramBytes) {
  ready_.reserve(kReady);
  for (std::size_t i = 0; i < kBatch; ++i) {
    vectors_[i] = {bytes_.data() + i * kDatagramBytes, kDatagramBytes};
    messages_[i].msg_hdr.msg_iov = &vectors_[i];
    messages_[i].msg_hdr.msg_iovlen = 1;
    messages_[i].msg_hdr.msg_control = control_[i].data();
  }
}

PacketReceiver::~PacketReceiver() { ::close(epoll_); }

void PacketReceiver::add(Peer& peer) {
  epoll_event event{.events = EPOLLIN, .data = {.ptr = &peer}};
  ::epoll_ctl(epoll_, EPOLL_CTL_ADD, peer.socket().descriptor(), &event);
}

void PacketReceiver::add_other(int descriptor) {
  epoll_event event{.events = EPOLLIN, .data = {.ptr = nullptr}};
  ::epoll_ctl(epoll_, EPOLL_CTL_ADD, descriptor, &event);
}

void PacketReceiver::wait(Duration limit) {
  const timespec timeout{.tv_sec = limit / kSecond, .tv_nsec = limit % kSecond};
  const int count =
      ::epoll_pwait2(epoll_, events_.data(), static_cast<int>(events_.size()), &timeout, nullptr);
  ready_.clear();
  for (int i = count; i-- > 0;) {
    void* const peer = events_[static_cast<std::size_t>(i)].data.ptr;
    if (peer != nullptr) ready_.push_back(peer);
  }
}

bool PacketReceiver::read_some(Timestamp now) {
  for (std::size_t i = 0; i < kSocketsAtOnce && !ready_.empty(); ++i) {
    Peer& peer = *static_cast<Peer*>(ready_.back());
    ready_.pop_back();
    // It may have left since.
    if (peer.is_live()) read(peer, now);
  }
  return !ready_.empty();
}

void PacketReceiver::read(Peer& peer, Timestamp now) {
  for (std::size_t i = 0; i < kBatch; ++i) {
    messages_[i].msg_hdr.msg_controllen = control_[i].size();
  }
  const int count =
      ::recvmmsg(peer.socket().descriptor(), messages_.data(), kBatch, MSG_DONTWAIT, nullptr);
  if (count <= 0) return;
  totals_.datagrams += static_cast<std::uint64_t>(count);
  arrivals_.clear();
  jobs_.clear();
  for (std::size_t i = 0; i < static_cast<std::size_t>(count) && peer.is_live(); ++i) {
    const std::span bytes(bytes_.data() + i * kDatagramBytes, messages_[i].msg_len);
    const DatagramKind kind = classify_datagram(bytes);
    if (kind == DatagramKind::kStun || kind == DatagramKind::kDtls) {
      peer.handle_setup(now, kind, bytes);
    } else if (kind == DatagramKind::kRtcp) {
      peer.handle_rtcp(bytes, receive_time(messages_[i].msg_hdr));
    } else if (kind == DatagramKind::kRtp && peer.role() == PeerRole::kSubscriber) {
      note_arrival(static_cast<Subscriber&>(peer), bytes, receive_time(messages_[i].msg_hdr));
    }
  }
  if (!arrivals_.empty()) settle(static_cast<Subscriber&>(peer));
}

void PacketReceiver::note_arrival(Subscriber& subscriber, std::span<std::uint8_t> packet,
                                  Timestamp at) {
  const auto header = parse_rtp_header(packet);
  if (!header) return;
  const auto place = subscriber.find_or_add(header->ssrc);
  if (!place) return;
  ++totals_.media_datagrams;
  Arrival arrival{.stream = *place,
                  .sequence_number = header->sequence_number,
                  .timestamp = header->timestamp,
                  .at = at};
  const bool is_numbered = subscriber.stream(*place).stats.is_numbered();
  const bool is_chosen = !is_numbered || prng_.next_u32() < decrypt_below_;
  if (is_chosen && subscriber.receive_context() != nullptr) {
    arrival.job = static_cast<int>(jobs_.size());
    jobs_.push_back({.context = subscriber.receive_context(),
                     .packet = packet.data(),
                     .packet_bytes = static_cast<std::uint16_t>(packet.size()),
                     .header_bytes = header->header_bytes});
  }
  arrivals_.push_back(arrival);
}

Timestamp PacketReceiver::read_job(ReceivedStream& stream, const Arrival& arrival) {
  const UnprotectJob& job = jobs_[static_cast<std::size_t>(arrival.job)];
  if (job.result != DropReason::kNone) {
    ++totals_.srtp_failures;
    return 0;
  }
  const std::span<const std::uint8_t> plain(job.packet, job.plain_bytes);
  const auto mark = read_mark(plain.subspan(job.header_bytes));
  if (!mark || mark->source >= sources_.size()) {
    ++totals_.unmarked;
    return 0;
  }
  stream.source = mark->source;
  stream.stats.learn(arrival.sequence_number, mark->number);
  return mark->sent_at;
}

void PacketReceiver::settle(Subscriber& subscriber) {
  if (!jobs_.empty()) srtp_.unprotect_rtp(jobs_);
  for (const Arrival& arrival : arrivals_) {
    ReceivedStream& stream = subscriber.stream(arrival.stream);
    const Timestamp sent_at = arrival.job >= 0 ? read_job(stream, arrival) : 0;
    if (!stream.source || !stream.stats.is_numbered()) continue;
    const Source& source = sources_[*stream.source];
    if (!stream.reception) stream.reception.emplace(source.clock_hz());
    stream.reception->on_packet(arrival.sequence_number, arrival.timestamp, arrival.at);
    const bool is_counted = stream.stats.on_packet(arrival.sequence_number, source.window);
    stream.stats.update_jitter(arrival.timestamp, arrival.at, source.clock_hz());
    if (!is_counted) continue;
    ++totals_.received;
    if (sent_at == 0) continue;
    ++totals_.decrypted;
    totals_.delays.record(arrival.at - sent_at);
    recent_delays_.record(arrival.at - sent_at);
  }
}

}  // namespace penstock::load
