#include "controlplane/dtls/dtls_record_filter.h"

namespace penstock {

std::vector<std::uint8_t> DtlsRecordFilter::admit(std::span<const std::uint8_t> datagram) {
  std::vector<std::uint8_t> admitted;
  if (!is_whole_dtls_records(datagram)) return admitted;
  admitted.reserve(datagram.size());
  auto rest = datagram;
  while (const auto record = take_dtls_record(rest)) {
    if (may_matter(*record)) {
      admitted.insert(admitted.end(), record->bytes.begin(), record->bytes.end());
    } else {
      ++records_discarded_;
    }
  }
  return admitted;
}

bool DtlsRecordFilter::may_matter(const DtlsRecord& record) {
  // RFC 5764 section 4: keys come before data.
  if (record.epoch == 0)
    return !is_established_ && record.content_type != DtlsContentType::kApplicationData;
  if (record.epoch != 1 || record.content_type == DtlsContentType::kChangeCipherSpec) return false;
  if (cipher_overhead_bytes_ == 0 || record.fragment_bytes() < cipher_overhead_bytes_) return false;
  if (is_established_) return true;
  return ++early_protected_records_ <= kEarlyProtectedRecordsMax;
}

}  // namespace penstock
