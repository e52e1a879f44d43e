// The outside of DTLS records (RFC 6347 section 4.1): enough to tell, before OpenSSL sees it, a
// datagram that can matter from one that cannot. Pure functions.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace penstock {

inline constexpr std::size_t kDtlsRecordHeaderBytes = 13;

struct DtlsRecordSummary {
  bool is_well_formed = false;  // whole records of known types, and nothing else
  std::uint16_t epoch_max = 0;  // zero: nothing in it is protected
};

DtlsRecordSummary summarize_dtls_records(std::span<const std::uint8_t> datagram);

}  // namespace penstock
