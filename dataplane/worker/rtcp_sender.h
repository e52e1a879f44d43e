// RTCP that a worker originates, as SRTCP, or in clear where media is. Owned by the worker; its own
// thread only.
#pragma once

#include <utility>

#include "dataplane/base/byte_writer.h"
#include "dataplane/rtp/rtcp/pli.h"
#include "dataplane/worker/reports.h"
#include "dataplane/worker/transmitter.h"

namespace penstock {

template <Platform P>
class RtcpSender {
 public:
  RtcpSender(Environment<P>& env, SrtpEngine& srtp, Transmitter<P>& transmitter)
      : env_(env), srtp_(srtp), transmitter_(transmitter) {}

  // Sends what `write(ByteWriter&)` writes as one SRTCP packet; nothing if it writes nothing.
  // Returns its bytes, with headers; 0: nothing was sent.
  template <typename Write>
  [[gnu::noinline]] std::uint32_t send(Transport& transport, Write&& write);

  // The same for feedback: where nothing else was negotiated, RTCP is compound, and a report and
  // our CNAME come first (RFC 3550 section 6.1).
  template <typename Write>
  std::uint32_t send_feedback(Transport& transport, Write&& write);

  // Asks the transport's peer for a keyframe (RFC 4585 section 6.3.1).
  void send_pli(Transport& transport, const Encoding& encoding);

 private:
  // A plain transport has another port for it, or none.
  static bool has_way(const Transport& transport) {
    return transport.kind != TransportKind::kPlain || transport.plain_rtcp_port != 0;
  }
  static UdpPathTemplate way(const Transport& transport) {
    return transport.kind == TransportKind::kPlain
               ? with_remote_port(transport.path_template, transport.plain_rtcp_port)
               : transport.path_template;
  }

  Environment<P>& env_;
  SrtpEngine& srtp_;
  Transmitter<P>& transmitter_;
};

template <Platform P>
template <typename Write>
std::uint32_t RtcpSender<P>::send(Transport& transport, Write&& write) {
  if (!transport.can_send() || !has_way(transport)) return 0;
  typename P::Packet* packet = env_.platform.allocate();
  if (packet == nullptr) {
    env_.count(DropReason::kPoolExhausted);
    return 0;
  }
  const UdpPathTemplate path = way(transport);
  std::uint8_t* rtcp = env_.platform.data(packet) + path.header_bytes;
  ByteWriter writer({rtcp, kControlDatagramBytesMax - kSrtcpOverheadBytesMax});
  write(writer);
  if (writer.size() == 0) {
    env_.platform.release(packet);
    return 0;
  }
  const auto result =
      srtp_.protect_rtcp(transport.send, {rtcp, kControlDatagramBytesMax}, writer.size());
  if (result.reason != DropReason::kNone) {
    env_.drop(packet, result.reason);
    return 0;
  }
  env_.platform.set_size(packet, path.header_bytes + result.bytes);
  env_.stats.rtcp_sent.add(1);
  transmitter_.finish_control(path, packet, result.bytes);
  return static_cast<std::uint32_t>(result.bytes + Transport::kNetworkHeaderBytes);
}

template <Platform P>
template <typename Write>
std::uint32_t RtcpSender<P>::send_feedback(Transport& transport, Write&& write) {
  return send(transport, [&](ByteWriter& writer) {
    if (transport.options.is_reduced_size) return write(writer);
    ByteWriter compound = writer;
    write_compound_start(compound, transport);
    const std::size_t start = compound.size();
    write(compound);
    if (compound.size() != start) writer = compound;
  });
}

template <Platform P>
void RtcpSender<P>::send_pli(Transport& transport, const Encoding& encoding) {
  if (encoding.reception.ssrc() == 0) return;  // not known yet
  env_.stats.keyframes_requested.add(1);
  send_feedback(transport, [&](ByteWriter& writer) {
    write_pli(writer,
              {.sender_ssrc = transport.sender_ssrc, .media_ssrc = encoding.reception.ssrc()});
  });
}

}  // namespace penstock
