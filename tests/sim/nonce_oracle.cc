#include "tests/sim/nonce_oracle.h"

#include "dataplane/base/endian.h"
#include "dataplane/rtp/demux.h"
#include "tests/support/digest.h"

namespace penstock::sim {
namespace {

// Reordering by a receiver-side projection never reaches further back than this.
constexpr std::uint64_t kBackwardMax = 1'024;

std::uint64_t key_of(std::size_t client, std::uint32_t ssrc) {
  return (std::uint64_t{client} << 32) | ssrc;
}

// The SRTCP index word: last in AES-GCM (RFC 7714 section 9.2), before the tag otherwise.
std::uint32_t srtcp_index(std::span<const std::uint8_t> datagram, SrtpProfile profile) {
  const std::size_t behind = profile == SrtpProfile::kAes128CmSha1_80 ? 10 : 0;
  return load_be32(datagram.data() + datagram.size() - behind - 4) & 0x7FFFFFFF;
}

}  // namespace

void NonceOracle::watch(std::size_t client, std::span<const std::uint8_t> datagram,
                        SrtpProfile profile) {
  const DatagramKind kind = classify_datagram(datagram);
  if (kind == DatagramKind::kRtp && datagram.size() >= 12) {
    Stream& stream = rtp_[key_of(client, load_be32(&datagram[8]))];
    const std::uint64_t newest = stream.unwrapper.newest();
    const std::uint64_t index = stream.unwrapper.unwrap(load_be16(&datagram[2]));
    if (index + kBackwardMax < newest) ++restarts_;
    note(stream, index, datagram);
  } else if (kind == DatagramKind::kRtcp && datagram.size() >= 24) {
    note(rtcp_[key_of(client, load_be32(&datagram[4]))], srtcp_index(datagram, profile), datagram);
  }
}

void NonceOracle::note(Stream& stream, std::uint64_t index,
                       std::span<const std::uint8_t> datagram) {
  ++watched_;
  const std::uint64_t digest = test::digest_of(datagram);
  const auto [found, is_new] = stream.digests.try_emplace(index, digest);
  if (!is_new && found->second != digest) ++repeats_;
}

}  // namespace penstock::sim
