// The outside of DTLS records (RFC 6347 section 4.1): what can be told of a datagram before OpenSSL
// sees it. Pure functions.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

namespace penstock {

inline constexpr std::size_t kDtlsRecordHeaderBytes = 13;

// RFC 5246 section 6.2.1.
enum class DtlsContentType : std::uint8_t {
  kChangeCipherSpec = 20,
  kAlert = 21,
  kHandshake = 22,
  kApplicationData = 23,
};

struct DtlsRecord {
  DtlsContentType content_type{};
  std::uint16_t epoch = 0;              // zero: not protected
  std::span<const std::uint8_t> bytes;  // with the header

  std::size_t fragment_bytes() const { return bytes.size() - kDtlsRecordHeaderBytes; }
};

// Takes the first record off `rest`; nothing, and `rest` as it was, if it does not begin with a
// whole record of a known type and version.
std::optional<DtlsRecord> take_dtls_record(std::span<const std::uint8_t>& rest);

// Whether a datagram is whole records and nothing else.
bool is_whole_dtls_records(std::span<const std::uint8_t> datagram);

}  // namespace penstock
