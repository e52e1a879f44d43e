// A server endpoint that is fed datagrams and time by somebody who has no certificate: it never
// connects, never has keys, and never sends a datagram that is too long.
//
// The input is a sequence of steps: two bytes of length (big endian; the top bit: let time pass
// instead), then the datagram. So that records get past the first check, a datagram that is
// not whole records becomes a single one, with a right version and length.
#include <algorithm>
#include <cstdint>
#include <span>
#include <vector>

#include "controlplane/dtls/dtls_endpoint.h"
#include "controlplane/dtls/dtls_record.h"
#include "dataplane/base/check.h"
#include "dataplane/base/endian.h"

namespace {

using namespace penstock;

const DtlsContext& shared_context() {
  static const Certificate certificate = Certificate::generate(1'800'000'000).value();
  static const DtlsContext context = DtlsContext::create(certificate).value();
  return context;
}

void drain(DtlsEndpoint& endpoint) {
  for (std::vector<std::uint8_t> datagram; endpoint.poll_output(datagram);) {
    PENSTOCK_CHECK(datagram.size() <= kControlDatagramBytesMax);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Fingerprints expected;
  PENSTOCK_CHECK(expected.push_back({}));
  DtlsEndpoint endpoint(shared_context(), DtlsRole::kServer, expected);
  Timestamp now = 0;
  endpoint.start(now);
  std::span<const std::uint8_t> rest(data, size);
  while (rest.size() >= 2) {
    const std::uint16_t head = load_be16(rest.data());
    rest = rest.subspan(2);
    if ((head & 0x8000) != 0) {
      now += (head & 0x7FFF) * kMillisecond;
      if (now >= endpoint.next_timeout()) endpoint.handle_timeout(now);
    } else {
      const std::size_t bytes = std::min<std::size_t>(head, rest.size());
      std::vector<std::uint8_t> datagram(rest.begin(),
                                         rest.begin() + static_cast<std::ptrdiff_t>(bytes));
      rest = rest.subspan(bytes);
      if (bytes >= 13 && !is_whole_dtls_records(datagram)) {
        datagram[1] = 0xFE;
        store_be16(&datagram[11], static_cast<std::uint16_t>(bytes - 13));
      }
      endpoint.handle_datagram(now, datagram);
    }
    drain(endpoint);
    PENSTOCK_CHECK(endpoint.state() != DtlsState::kConnected);
    PENSTOCK_CHECK(!endpoint.srtp_keys().has_value());
  }
  return 0;
}
