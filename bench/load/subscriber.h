// A peer that receives: which streams it asked for, and what came of each.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "bench/load/peer.h"
#include "bench/load/stream_stats.h"
#include "dataplane/rtp/reception_stats.h"

namespace penstock::load {

// One stream of one publisher.
struct WantedStream {
  std::uint32_t source = 0;
  std::uint64_t feed = 0;
  char mid = '0';
};

struct ReceivedStream {
  std::uint32_t ssrc = 0;
  std::optional<std::uint32_t> source;  // known from the first decrypted packet
  StreamStats stats;
  std::optional<ReceptionStats> reception;  // for reports; likewise
};

class Subscriber final : public Peer {
 public:
  Subscriber(PeerContext& context, std::size_t index, std::vector<WantedStream> wanted);

  SrtpReceiveContext* receive_context() { return srtp_ ? &srtp_->receive : nullptr; }
  // The place of a stream in received(); nothing if there are more than a peer can have.
  std::optional<std::size_t> find_or_add(std::uint32_t ssrc);
  ReceivedStream& stream(std::size_t place) { return received_[place]; }

  // The measurement begins.
  void note_begin() { membership_.was_there_at_begin = state() == PeerState::kConnected; }
  // It leaves before the measurement ends.
  void note_leaving() { membership_.has_left = true; }

  const std::vector<WantedStream>& wanted() const { return wanted_; }
  const std::vector<ReceivedStream>& received() const { return received_; }
  const Membership& membership() const { return membership_; }

 private:
  void join() override;
  // Sender reports are what matters of it, for the reports that answer them.
  void take_rtcp(const RtcpPacket& packet, Timestamp arrival) override;
  // A receiver report of all streams.
  void send_reports() override;
  void take_offer(const json::object& event);

  std::vector<WantedStream> wanted_;
  std::vector<ReceivedStream> received_;
  Membership membership_;
};

}  // namespace penstock::load
