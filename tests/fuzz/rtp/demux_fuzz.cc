#include "dataplane/base/check.h"
#include "dataplane/rtp/demux.h"
#include "dataplane/rtp/header.h"
#include "dataplane/rtp/rtcp/compound.h"

// What the RTP and RTCP parsers accept is classified as one of the two.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using penstock::DatagramKind;
  const std::span<const std::uint8_t> datagram(data, size);
  const DatagramKind kind = penstock::classify_datagram(datagram);
  const bool media = kind == DatagramKind::kRtp || kind == DatagramKind::kRtcp;
  PENSTOCK_CHECK(media || !penstock::parse_rtp_header(datagram));
  PENSTOCK_CHECK(media || !penstock::CompoundReader(datagram).next());
  return 0;
}
