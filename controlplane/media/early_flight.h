// What the peer has sent of DTLS while our side could not take it in: its description had not come
// yet, HandshakeLimiter had us wait, or somebody works on the association (dtls_job.h). A client
// that gets no answer repeats its ClientHello after 50 ms at best (Chromium), after a second by RFC
// 6347 section 4.2.4.1; so what came is kept and taken late rather than never. Owned by one
// WebRtcTransport; control thread.
//
// Only datagrams of validated pairs get here, and only the newest few stay: a ClientHello is two
// datagrams of today's browsers, and whoever repeats it repeats all of it. Of a connected peer more
// stay, as its data comes in bursts.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "dataplane/api/dataplane.h"

namespace penstock {

struct EarlyDatagram {
  Path path;
  std::vector<std::uint8_t> bytes;
};

class EarlyFlight {
 public:
  static constexpr std::size_t kDatagramsMax = 8;
  static constexpr std::size_t kConnectedDatagramsMax = 128;

  void keep(const Path& path, std::span<const std::uint8_t> datagram,
            std::size_t datagrams_max = kDatagramsMax) {
    EarlyDatagram kept{.path = path, .bytes = {datagram.begin(), datagram.end()}};
    if (datagrams_.size() >= datagrams_max) datagrams_.erase(datagrams_.begin());
    datagrams_.push_back(std::move(kept));
  }
  bool empty() const { return datagrams_.empty(); }
  // All of it, in the order in which it came; nothing is kept any more.
  std::vector<EarlyDatagram> take() { return std::exchange(datagrams_, {}); }

 private:
  std::vector<EarlyDatagram> datagrams_;
};

}  // namespace penstock
