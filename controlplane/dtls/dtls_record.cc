#include "controlplane/dtls/dtls_record.h"

#include <algorithm>

#include "dataplane/base/endian.h"

namespace penstock {
namespace {

constexpr std::uint8_t kChangeCipherSpec = 20;
constexpr std::uint8_t kApplicationData = 23;
constexpr std::uint8_t kMajorVersion = 0xFE;  // both DTLS 1.0 (in a ClientHello) and 1.2

}  // namespace

DtlsRecordSummary summarize_dtls_records(std::span<const std::uint8_t> datagram) {
  DtlsRecordSummary summary;
  auto rest = datagram;
  while (!rest.empty()) {
    if (rest.size() < kDtlsRecordHeaderBytes) return {};
    const std::uint8_t content_type = rest[0];
    const std::size_t record_bytes = kDtlsRecordHeaderBytes + load_be16(&rest[11]);
    if (content_type < kChangeCipherSpec || content_type > kApplicationData) return {};
    if (rest[1] != kMajorVersion || record_bytes > rest.size()) return {};
    summary.epoch_max = std::max(summary.epoch_max, load_be16(&rest[3]));
    rest = rest.subspan(record_bytes);
  }
  summary.is_well_formed = !datagram.empty();
  return summary;
}

}  // namespace penstock
