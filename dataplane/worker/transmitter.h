// Step 10 of a packet's journey: what is finished goes to the port, and waits here while that has
// no room. Owned by the worker; its own thread only.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>

#include "dataplane/net/ethernet.h"
#include "dataplane/net/udp_writer.h"
#include "dataplane/srtp/batch.h"
#include "dataplane/worker/environment.h"

namespace penstock {

inline constexpr std::size_t kTransmitBurst = kSrtpJobsMax;
// Frames that are finished while the port has no room. Media is at most a batch and a burst of
// them, a chunk, and the RTX of an iteration: the rest is for what the worker says itself.
inline constexpr std::size_t kTransmitWaitingMax = 576;
// Nothing that waits is of use any more when the port has taken no frame for so long.
inline constexpr Duration kTransmitStallMax = 100 * kMillisecond;

template <Platform P>
class Transmitter {
 public:
  using Packet = typename P::Packet;

  explicit Transmitter(Environment<P>& env)
      : env_(env),
        tag_bytes_(env.context.addresses.vlan_id == 0 ? 0 : kVlanTagBytes),
        frame_bytes_max_(kEthernetHeaderBytes + tag_bytes_ + env.context.mtu),
        next_identification_(static_cast<std::uint16_t>(env.context.seed >> 48)) {}
  // Gives back the packets it holds.
  ~Transmitter() {
    for (std::size_t i = 0; i < count_; ++i) env_.platform.release(waiting_[i]);
  }
  Transmitter(const Transmitter&) = delete;
  Transmitter& operator=(const Transmitter&) = delete;

  // True if the port has not taken all when it was last asked to: then no media is encrypted.
  bool is_port_full() const { return is_port_full_; }
  // And has taken nothing for long: the link is down, or the device does not want the first frame
  // for a reason of its own.
  bool has_stalled() const {
    return is_port_full_ && env_.now - port_full_since_ >= kTransmitStallMax;
  }

  // Frames that are finished and were not taken yet.
  std::size_t waiting() const { return count_; }

  // What a frame without a VLAN's tag may have.
  std::size_t untagged_bytes_max() const { return frame_bytes_max_ - tag_bytes_; }
  DropReason too_large_for(const UdpPathTemplate& path) const;

  // A frame that is finished.
  void transmit(Packet* packet);
  // One that the LinkResponder has written, which knows of no VLAN.
  void transmit_link_frame(Packet* packet, std::size_t bytes);
  // A datagram of the worker's own or the control plane's; headers are written here.
  void send_payload(const UdpPathTemplate& path, std::span<const std::uint8_t> payload);
  // The same of one whose payload of so many bytes stands in the packet.
  void finish_control(const UdpPathTemplate& path, Packet* packet, std::size_t payload_bytes);
  void write_media_headers(const UdpPathTemplate& path, Packet* packet, std::size_t datagram_bytes,
                           Codec codec);

  // Returns how many frames the port took.
  std::size_t flush();
  // Of no use any more.
  void drop_waiting();

 private:
  void leave_to_port(UdpChecksum checksum, const UdpPathTemplate& path, Packet* packet);
  [[gnu::noinline]] void keep_for_port(std::size_t sent);

  Environment<P>& env_;
  const std::size_t tag_bytes_;        // of the port's VLAN
  const std::size_t frame_bytes_max_;  // of what we send
  std::uint16_t next_identification_;  // of a packet that routers may cut into fragments

  std::size_t count_ = 0;
  std::array<Packet*, kTransmitWaitingMax> waiting_{};
  bool is_port_full_ = false;
  Timestamp port_full_since_ = 0;
};

template <Platform P>
void Transmitter<P>::transmit(Packet* packet) {
  waiting_[count_++] = packet;
  if (count_ % kTransmitBurst == 0) flush();
}

template <Platform P>
void Transmitter<P>::write_media_headers(const UdpPathTemplate& path, Packet* packet,
                                         std::size_t datagram_bytes, Codec codec) {
  std::uint8_t* frame = env_.platform.data(packet);
  write_udp_headers(path, frame, datagram_bytes);
  leave_to_port(path.media_checksum, path, packet);
  if (env_.context.marks_dscp && codec_kind(codec) == MediaKind::kAudio) [[unlikely]]
    set_dscp(path, frame, kDscpAudio);
}

// Headers of a datagram that is no media, and to the port with it.
template <Platform P>
void Transmitter<P>::finish_control(const UdpPathTemplate& path, Packet* packet,
                                    std::size_t payload_bytes) {
  write_checksummed_udp_headers(path, env_.platform.data(packet), payload_bytes);
  leave_to_port(path.control_checksum, path, packet);
  if (env_.platform.size(packet) > path.frame_bytes_max) [[unlikely]]
    allow_fragmentation(path, env_.platform.data(packet), next_identification_++);
  transmit(packet);
}

template <Platform P>
void Transmitter<P>::leave_to_port(UdpChecksum checksum, const UdpPathTemplate& path,
                                   Packet* packet) {
  if constexpr (requires { env_.platform.finish_checksum(packet, path); }) {
    if (checksum == UdpChecksum::kLeftToPort) [[unlikely]]
      env_.platform.finish_checksum(packet, path);
  }
}

template <Platform P>
void Transmitter<P>::send_payload(const UdpPathTemplate& path,
                                  std::span<const std::uint8_t> payload) {
  Packet* packet = env_.platform.allocate();
  if (packet == nullptr) return env_.count(DropReason::kPoolExhausted);
  std::memcpy(env_.platform.data(packet) + path.header_bytes, payload.data(), payload.size());
  env_.platform.set_size(packet, path.header_bytes + payload.size());
  finish_control(path, packet, payload.size());
}

template <Platform P>
void Transmitter<P>::transmit_link_frame(Packet* packet, std::size_t bytes) {
  const std::uint16_t vlan_id = env_.context.addresses.vlan_id;
  env_.platform.set_size(packet, insert_vlan_tag(env_.platform.data(packet), bytes, vlan_id));
  transmit(packet);
}

template <Platform P>
DropReason Transmitter<P>::too_large_for(const UdpPathTemplate& path) const {
  return path.frame_bytes_max < frame_bytes_max_ ? DropReason::kPathMtuExceeded
                                                 : DropReason::kPacketTooLarge;
}

// What the port does not take stays, in its order: it was encrypted, and its number is used. No
// media is encrypted meanwhile (forward_in_turn), so that this is little, and what the worker has
// to say itself finds room behind it. Returns how many frames the port took.
template <Platform P>
std::size_t Transmitter<P>::flush() {
  const std::span waiting(waiting_.data(), count_);
  std::size_t sent = 0;
  std::size_t bytes = 0;
  bool is_taken = true;
  while (is_taken && sent < waiting.size()) {
    const auto burst = waiting.subspan(sent, std::min(kTransmitBurst, waiting.size() - sent));
    for (Packet* packet : burst) bytes += env_.platform.size(packet);
    const std::size_t taken = env_.platform.transmit_burst(burst);
    for (Packet* packet : burst.subspan(taken)) bytes -= env_.platform.size(packet);
    sent += taken;
    is_taken = taken == burst.size();
  }
  env_.stats.frames_sent.add(sent);
  env_.stats.bytes_sent.add(bytes);
  if (is_taken) [[likely]] {
    count_ = 0;
    is_port_full_ = false;
  } else {
    keep_for_port(sent);
  }
  return sent;
}

// All but the first `sent` frames.
template <Platform P>
void Transmitter<P>::keep_for_port(std::size_t sent) {
  const auto end = waiting_.begin() + static_cast<std::ptrdiff_t>(count_);
  std::move(waiting_.begin() + static_cast<std::ptrdiff_t>(sent), end, waiting_.begin());
  count_ -= sent;
  if (sent != 0 || !is_port_full_) port_full_since_ = env_.now;
  is_port_full_ = true;
  while (count_ >= waiting_.size()) {  // there is room for another
    env_.drop(waiting_[--count_], DropReason::kTransmitQueueFull);
  }
}

template <Platform P>
void Transmitter<P>::drop_waiting() {
  while (count_ > 0) env_.drop(waiting_[--count_], DropReason::kTransmitQueueFull);
  is_port_full_ = false;
}

}  // namespace penstock
