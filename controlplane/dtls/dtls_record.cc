#include "controlplane/dtls/dtls_record.h"

#include "dataplane/base/endian.h"

namespace penstock {
namespace {

constexpr std::uint8_t kMajorVersion = 0xFE;  // both DTLS 1.0 (in a ClientHello) and 1.2

bool is_known(std::uint8_t content_type) {
  return content_type >= static_cast<std::uint8_t>(DtlsContentType::kChangeCipherSpec) &&
         content_type <= static_cast<std::uint8_t>(DtlsContentType::kApplicationData);
}

}  // namespace

std::optional<DtlsRecord> take_dtls_record(std::span<const std::uint8_t>& rest) {
  if (rest.size() < kDtlsRecordHeaderBytes) return std::nullopt;
  const std::size_t bytes = kDtlsRecordHeaderBytes + load_be16(&rest[11]);
  if (!is_known(rest[0]) || rest[1] != kMajorVersion || bytes > rest.size()) return std::nullopt;
  const DtlsRecord record{.content_type = static_cast<DtlsContentType>(rest[0]),
                          .epoch = load_be16(&rest[3]),
                          .bytes = rest.first(bytes)};
  rest = rest.subspan(bytes);
  return record;
}

bool is_whole_dtls_records(std::span<const std::uint8_t> datagram) {
  auto rest = datagram;
  while (take_dtls_record(rest)) {
  }
  return rest.empty() && !datagram.empty();
}

}  // namespace penstock
