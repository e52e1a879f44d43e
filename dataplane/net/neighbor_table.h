// MACs of hosts on our link that have sent us nothing: addresses that media goes to because a
// request says so. Each is asked for until it answers, and again from time to time; an answer that
// nobody waits for is not believed, so that no flood fills or changes anything. Part of the
// LinkResponder, which writes and reads the messages; one thread.
// RFC 826, RFC 4861 section 7.2.2.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "dataplane/base/ip_address.h"
#include "dataplane/base/static_vector.h"
#include "dataplane/base/time.h"
#include "dataplane/net/mac_address.h"

namespace penstock {

inline constexpr std::size_t kNeighborsMax = 256;
inline constexpr Duration kNeighborRetryInterval = kSecond;          // RFC 4861 RETRANS_TIMER
inline constexpr Duration kNeighborConfirmInterval = 30 * kSecond;   // REACHABLE_TIME
inline constexpr Duration kNeighborRetryIntervalMax = 10 * kSecond;  // of one that does not answer

class NeighborTable {
 public:
  // Somebody wants to know this one. False: there is no room.
  [[nodiscard]] bool want(const IpAddress& ip);
  // And does not any more.
  void forget(const IpAddress& ip);

  std::optional<MacAddress> find(const IpAddress& ip) const;

  // Who is to be asked now: it counts as asked. Nothing: nobody.
  std::optional<IpAddress> poll(Timestamp now);
  Timestamp next_poll() const;
  // It says that this is its MAC. False: nobody has asked.
  bool take_answer(const IpAddress& ip, const MacAddress& mac, Timestamp now);

  std::size_t size() const { return neighbors_.size(); }

 private:
  struct Neighbor {
    IpAddress ip;
    std::uint32_t wanted = 0;      // by so many
    std::uint32_t unanswered = 0;  // requests since the last answer
    Timestamp due = 0;
    std::optional<MacAddress> mac;
  };

  Neighbor* entry_of(const IpAddress& ip);

  StaticVector<Neighbor, kNeighborsMax> neighbors_;
};

}  // namespace penstock
