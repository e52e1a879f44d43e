// Step 10 of a packet's journey: what is finished goes to the port, and waits here while that has
// no room. Part of worker.h.
#pragma once

#include <algorithm>

#include "dataplane/worker/worker.h"

namespace penstock {

template <Platform P>
void Worker<P>::transmit(Packet* packet) {
  transmit_[transmit_count_++] = packet;
  if (transmit_count_ % kTransmitBurst == 0) flush_transmit();
}

template <Platform P>
void Worker<P>::write_media_headers(const UdpPathTemplate& path, std::uint8_t* frame,
                                    std::size_t datagram_bytes, Codec codec) {
  write_udp_headers(path, frame, datagram_bytes);
  if (context_.marks_dscp && codec_kind(codec) == MediaKind::kAudio) [[unlikely]]
    set_dscp(path, frame, kDscpAudio);
}

// One that the LinkResponder has written, which knows of no VLAN.
template <Platform P>
void Worker<P>::transmit_link_frame(Packet* packet, std::size_t bytes) {
  const std::uint16_t vlan_id = context_.addresses.vlan_id;
  platform_.set_size(packet, insert_vlan_tag(platform_.data(packet), bytes, vlan_id));
  transmit(packet);
}

// What the port does not take stays, in its order: it was encrypted, and its number is used. No
// media is encrypted meanwhile (forward_in_turn), so that this is little, and what the worker has
// to say itself finds room behind it. Returns how many frames the port took.
template <Platform P>
std::size_t Worker<P>::flush_transmit() {
  const std::span waiting(transmit_.data(), transmit_count_);
  std::size_t sent = 0;
  std::size_t bytes = 0;
  bool is_taken = true;
  while (is_taken && sent < waiting.size()) {
    const auto burst = waiting.subspan(sent, std::min(kTransmitBurst, waiting.size() - sent));
    for (Packet* packet : burst) bytes += platform_.size(packet);
    const std::size_t taken = platform_.transmit_burst(burst);
    for (Packet* packet : burst.subspan(taken)) bytes -= platform_.size(packet);
    sent += taken;
    is_taken = taken == burst.size();
  }
  stats_.frames_sent.add(sent);
  stats_.bytes_sent.add(bytes);
  if (is_taken) [[likely]] {
    transmit_count_ = 0;
    is_port_full_ = false;
  } else {
    keep_for_port(sent);
  }
  return sent;
}

// All but the first `sent` frames.
template <Platform P>
void Worker<P>::keep_for_port(std::size_t sent) {
  const auto end = transmit_.begin() + static_cast<std::ptrdiff_t>(transmit_count_);
  std::move(transmit_.begin() + static_cast<std::ptrdiff_t>(sent), end, transmit_.begin());
  transmit_count_ -= sent;
  if (sent != 0 || !is_port_full_) port_full_since_ = now_;
  is_port_full_ = true;
  while (transmit_count_ >= transmit_.size()) {  // there is room for another
    drop(transmit_[--transmit_count_], DropReason::kTransmitQueueFull);
  }
}

// What the port had no room for before. Returns how many frames it took now.
template <Platform P>
std::size_t Worker<P>::transmit_waiting() {
  const std::size_t sent = flush_transmit();
  if (is_port_full_ && now_ - port_full_since_ >= kTransmitStallMax) drop_waiting();
  return sent;
}

// The link is down, or the device does not want the first frame for a reason of its own.
template <Platform P>
void Worker<P>::drop_waiting() {
  for (FanOutQueue* queue : {&audio_, &video_}) {
    count(DropReason::kTransmitQueueFull, queue->clear());
  }
  while (transmit_count_ > 0) {
    drop(transmit_[--transmit_count_], DropReason::kTransmitQueueFull);
  }
  is_port_full_ = false;
}

// Sends what `write(ByteWriter&)` writes as one SRTCP packet; nothing if it writes nothing.
template <Platform P>
template <typename Write>
void Worker<P>::send_rtcp(Transport& transport, Write&& write) {
  if (!transport.can_send()) return;
  Packet* packet = platform_.allocate();
  if (packet == nullptr) return count(DropReason::kPoolExhausted);
  const UdpPathTemplate& path = transport.path_template;
  std::uint8_t* rtcp = platform_.data(packet) + path.header_bytes;
  ByteWriter writer({rtcp, kControlDatagramBytesMax - kSrtcpOverheadBytesMax});
  write(writer);
  if (writer.size() == 0) return platform_.release(packet);
  const auto result =
      srtp_->protect_rtcp(transport.send, {rtcp, kControlDatagramBytesMax}, writer.size());
  if (result.reason != DropReason::kNone) return drop(packet, result.reason);
  platform_.set_size(packet, path.header_bytes + result.bytes);
  stats_.rtcp_sent.add(1);
  finish_control(path, packet, result.bytes);
}

// The same for feedback: where nothing else was negotiated, RTCP is compound, and a report and our
// CNAME come first (RFC 3550 section 6.1).
template <Platform P>
template <typename Write>
void Worker<P>::send_feedback_message(Transport& transport, Write&& write) {
  send_rtcp(transport, [&](ByteWriter& writer) {
    if (transport.has_reduced_size_rtcp) return write(writer);
    ByteWriter compound = writer;
    write_compound_start(compound, transport);
    const std::size_t start = compound.size();
    write(compound);
    if (compound.size() != start) writer = compound;
  });
}

template <Platform P>
void Worker<P>::send_payload(const UdpPathTemplate& path, std::span<const std::uint8_t> payload) {
  Packet* packet = platform_.allocate();
  if (packet == nullptr) return count(DropReason::kPoolExhausted);
  std::memcpy(platform_.data(packet) + path.header_bytes, payload.data(), payload.size());
  platform_.set_size(packet, path.header_bytes + payload.size());
  finish_control(path, packet, payload.size());
}

}  // namespace penstock
