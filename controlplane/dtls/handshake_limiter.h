// Admission of DTLS handshakes: how many may be in flight and how often one source may start one
// (reliability.md B5). Asked before an endpoint is made. Pure logic; owned by the server, used on
// one control thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <unordered_map>

#include "controlplane/random/sip_hash.h"
#include "dataplane/base/ip_address.h"
#include "dataplane/base/time.h"

namespace penstock {

struct HandshakeLimits {
  std::size_t in_flight_max = 2'048;
  std::uint32_t per_source_per_second = 5;
  std::uint32_t per_source_burst = 20;
  std::size_t sources_max = 65'536;  // remembered at once
};

enum class HandshakeAdmission : std::uint8_t { kAdmitted, kTooManyInFlight, kSourceTooFast };

class HandshakeLimiter {
 public:
  HandshakeLimiter(const HandshakeLimits& limits, const SipHashKey& key);

  // Asks for one handshake from `source`; IPv6 sources count by /64, which is what one subscriber
  // has. When admitted, the caller owes one finish().
  [[nodiscard]] HandshakeAdmission admit(Timestamp now, const IpAddress& source);
  // An admitted handshake ended: connected, failed or abandoned.
  void finish();

  std::size_t in_flight() const { return in_flight_; }

 private:
  struct KeyedHash {
    SipHashKey key;
    std::size_t operator()(const IpAddress& address) const {
      return static_cast<std::size_t>(sip_hash(key, address.bytes));
    }
  };
  // A token bucket (as GCRA keeps it): the time at which it is full again. Every token taken moves
  // it by one interval. Once that time has passed the bucket equals one that is not there.
  using FullAt = Timestamp;

  bool take_token(Timestamp now, const IpAddress& source);
  void forget_full_buckets(Timestamp now);

  HandshakeLimits limits_;
  Duration token_interval_;
  std::size_t in_flight_ = 0;
  std::optional<Timestamp> swept_at_;  // when full buckets were last forgotten
  std::unordered_map<IpAddress, FullAt, KeyedHash> buckets_;
};

}  // namespace penstock
