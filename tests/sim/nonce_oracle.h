// Watches what the server encrypts: under one key no (SSRC, packet index) may ever protect two
// different packets, in SRTP and in SRTCP (RFC 3711 section 9.1; with AES-GCM a repeat gives the
// key away, RFC 7714 section 8.4). It looks at the frames that the server sends, so it needs no
// knowledge of how the server numbers them. One client has one key in its life.
#pragma once

#include <cstdint>
#include <span>
#include <unordered_map>

#include "dataplane/rtp/sequence.h"
#include "dataplane/srtp/contexts.h"

namespace penstock::sim {

class NonceOracle {
 public:
  // One SRTP or SRTCP packet that the server has sent to the client; anything else is passed over.
  void watch(std::size_t client, std::span<const std::uint8_t> datagram, SrtpProfile profile);

  // How often an index came again with other bytes.
  std::uint64_t repeats() const { return repeats_; }
  // How often a sequence number fell far behind the newest of its SSRC: somebody numbers anew.
  std::uint64_t restarts() const { return restarts_; }
  std::uint64_t watched() const { return watched_; }

 private:
  struct Stream {
    SequenceUnwrapper unwrapper;
    std::unordered_map<std::uint64_t, std::uint64_t> digests;  // by packet index
  };

  void note(Stream& stream, std::uint64_t index, std::span<const std::uint8_t> datagram);

  std::unordered_map<std::uint64_t, Stream> rtp_;  // by client and SSRC
  std::unordered_map<std::uint64_t, Stream> rtcp_;
  std::uint64_t repeats_ = 0;
  std::uint64_t restarts_ = 0;
  std::uint64_t watched_ = 0;
};

}  // namespace penstock::sim
