// A peer that sends: its streams with their schedules, and what is needed to protect them.
#pragma once

#include <memory>
#include <vector>

#include "bench/load/peer.h"
#include "bench/load/schedule.h"
#include "dataplane/rtp/header_extension.h"

namespace penstock::load {

struct SentStream {
  std::uint32_t source = 0;  // in the table
  MediaKind kind = MediaKind::kAudio;
  char mid = '0';
  std::uint8_t payload_type = 0;
  std::uint32_t ssrc = 0;
  std::uint64_t sequence = 0;         // extended
  std::uint32_t first_timestamp = 0;  // of the clock's zero
  std::uint32_t timestamp = 0;        // of the frame
  Timestamp timestamp_at = 0;         // wall clock
  std::uint32_t packets = 0;          // since the beginning
  std::uint32_t octets = 0;
  std::uint16_t payload_bytes = 0;               // of packets that are made up
  std::unique_ptr<Schedule> schedule = nullptr;  // since its media began
};

class Publisher final : public Peer {
 public:
  Publisher(PeerContext& context, std::size_t index);

  // The media of one of its streams begins.
  void begin_media(SentStream& stream, Timestamp start);

  std::uint64_t feed() const { return feed_; }  // the server's id of it
  std::vector<SentStream>& streams() { return streams_; }
  SrtpSendContext& send_context() { return srtp_->send; }
  const ExtensionMap& extensions() const { return extensions_; }
  std::uint16_t take_transport_sequence() { return transport_sequence_++; }

 private:
  void join() override;
  // Requests for keyframes are what matters of it.
  void take_rtcp(const RtcpPacket& packet, Timestamp arrival) override;
  // A sender report for each of its streams.
  void send_reports() override;
  void take_answer(const json::object& answer);
  void request_keyframe(std::uint32_t ssrc);

  std::uint64_t feed_ = 0;
  std::vector<SentStream> streams_;
  ExtensionMap extensions_;
  std::uint16_t transport_sequence_ = 0;
};

}  // namespace penstock::load
