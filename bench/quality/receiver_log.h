// What one receiver of a call was sent, what of it arrived, and what it could see: everything that
// the figures are made of. Fed by the simulation; one receiver each.
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <vector>

#include "bench/bridge/link_model.h"
#include "dataplane/base/time.h"
#include "dataplane/net/interface_address.h"
#include "dataplane/rtp/sequence.h"
#include "tests/client/video_watcher.h"
#include "tests/client/webrtc_client.h"

namespace penstock::quality {

class ReceiverLog {
 public:
  // A frame on its link, with what became of it.
  struct Sent {
    Timestamp at = 0;
    Timestamp arrives_at = kNever;  // kNever: lost
    std::uint32_t bytes = 0;
    Duration queued_ns = 0;  // at the bottleneck
  };
  // An original packet of video, and which frame it was of, if it ever arrived.
  struct SentPacket {
    Timestamp at = 0;
    bool is_lost = false;  // on the link, the first time
    bool has_arrived = false;
    bool marker = false;
    std::uint16_t width = 0;
  };
  struct VideoStream {
    SequenceUnwrapper unwrapper;
    std::map<std::uint64_t, SentPacket> packets;  // by extended sequence number
    test::VideoWatcher watcher;
    std::uint64_t lowest_taken = 0;
  };

  // `frame` with Ethernet header; `delay`: of the link, without its queue.
  void on_sent(std::span<const std::uint8_t> frame, const bridge::LinkVerdict& verdict,
               Duration delay, Timestamp now, const InterfaceAddresses& addresses);
  void on_taken(const test::WebRtcClient::TakenPacket& packet, Timestamp now);

  const std::vector<Sent>& sent() const { return sent_; }
  std::map<std::uint32_t, VideoStream>& videos() { return videos_; }
  const std::map<std::uint32_t, VideoStream>& videos() const { return videos_; }

 private:
  // Original packets by SSRC and number, before it is known that they are video.
  struct Numbered {
    std::uint16_t number = 0;
    SentPacket packet;
  };
  void note_rtp(std::span<const std::uint8_t> datagram, bool is_lost, Timestamp now);
  VideoStream& video(std::uint32_t ssrc);

  std::vector<Sent> sent_;
  std::map<std::uint32_t, std::vector<Numbered>> unknown_;
  std::map<std::uint32_t, VideoStream> videos_;
};

}  // namespace penstock::quality
