// a=candidate lines (RFC 8839 section 5.1): lenient parsing of the peer's, which a lite agent may
// ignore altogether, and formatting of our own host candidates. Pure values and functions.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "dataplane/base/ip_address.h"

namespace penstock {

inline constexpr std::size_t kRemoteCandidatesMax = 64;  // of one session

enum class CandidateType : std::uint8_t {
  kHost,
  kServerReflexive,
  kPeerReflexive,
  kRelayed,
  kUnknown,
};

struct Candidate {
  std::string foundation;
  std::uint16_t component = 1;
  bool is_udp = true;
  std::uint32_t priority = 0;
  // Absent if the line has a name instead of an address, as mDNS candidates do
  // (draft-ietf-mmusic-mdns-ice-candidates): names are never resolved.
  std::optional<SocketAddress> address;
  CandidateType type = CandidateType::kUnknown;
  std::optional<std::string> ufrag;  // the generation a trickled candidate belongs to
};

// Parses "candidate:..." with or without "a=" in front; unknown extensions are skipped. Nothing if
// the line is not a candidate.
std::optional<Candidate> parse_candidate(std::string_view line);

// The peer's candidates, at most kRemoteCandidatesMax of them, for the API's listings only: the
// lite agent sends where checks come from, never where candidates point.
class RemoteCandidates {
 public:
  enum class Added : std::uint8_t { kYes, kNotACandidate, kTooMany };
  Added add(std::string_view line);
  const std::vector<Candidate>& list() const { return candidates_; }

 private:
  std::vector<Candidate> candidates_;
};

// RFC 8445 section 5.1.2.1 for a host candidate: type preference 126.
constexpr std::uint32_t host_candidate_priority(std::uint16_t local_preference,
                                                std::uint16_t component = 1) {
  return (126U << 24) | (static_cast<std::uint32_t>(local_preference) << 8) | (256U - component);
}

// "candidate:1 1 udp 2130706431 198.18.0.2 40000 typ host" without "a=". Candidates of different
// addresses need different `local_preference`s; the foundation is made from the address, so it is
// the same for every port of it and differs between addresses.
std::string format_host_candidate(const SocketAddress& address, std::uint16_t local_preference);

}  // namespace penstock
