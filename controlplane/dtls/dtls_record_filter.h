// Which records of a datagram OpenSSL gets to see. Anybody who can send from the peer's address can
// send records. RFC 6347 section 4.1.2.7 has invalid ones discarded; what cannot be part of this
// association is discarded here, so that this does not rest on the version of OpenSSL alone
// (CVE-2026-54874, CVE-2026-75806). Owned by one association and used as that is.
//
// Renegotiation is refused, so there are two epochs. Once the association is established, nothing
// of epoch 0 can matter: a peer that repeats its last flight because ours was lost sends a
// Finished of epoch 1 with it, and that alone makes OpenSSL repeat ours (section 4.2.4).
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "controlplane/dtls/dtls_record.h"

namespace penstock {

// Protected records that are let through before the handshake has ended. A peer has one, its
// Finished; it sends it again with each repetition of its flight.
inline constexpr std::size_t kEarlyProtectedRecordsMax = 16;

class DtlsRecordFilter {
 public:
  // The cipher suite is agreed on: it makes this many bytes of an empty plaintext. Before that no
  // protected record can be read, and none is let through.
  void set_cipher_overhead(std::size_t bytes) { cipher_overhead_bytes_ = bytes; }
  void set_established() { is_established_ = true; }

  // A datagram of the records that may matter, in their order; empty if there are none, or if
  // `datagram` is anything but whole records.
  std::vector<std::uint8_t> admit(std::span<const std::uint8_t> datagram);

  std::uint64_t records_discarded() const { return records_discarded_; }

 private:
  bool may_matter(const DtlsRecord& record);

  std::size_t cipher_overhead_bytes_ = 0;  // 0: not agreed on
  bool is_established_ = false;
  std::size_t early_protected_records_ = 0;
  std::uint64_t records_discarded_ = 0;
};

}  // namespace penstock
