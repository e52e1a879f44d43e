#include "controlplane/ice/candidate.h"

#include <algorithm>
#include <utility>

#include "dataplane/base/ascii.h"

namespace penstock {
namespace {

// Longer lines are nobody's candidate.
constexpr std::size_t kLineBytesMax = 512;

// Takes the next space-separated token; empty at the end.
std::string_view take_token(std::string_view& rest) {
  const std::size_t begin = std::min(rest.find_first_not_of(' '), rest.size());
  const std::size_t end = std::min(rest.find(' ', begin), rest.size());
  const std::string_view token = rest.substr(begin, end - begin);
  rest.remove_prefix(end);
  return token;
}

bool skip_prefix(std::string_view& text, std::string_view prefix) {
  if (!text.starts_with(prefix)) return false;
  text.remove_prefix(prefix.size());
  return true;
}

CandidateType parse_type(std::string_view text) {
  if (text == "host") return CandidateType::kHost;
  if (text == "srflx") return CandidateType::kServerReflexive;
  if (text == "prflx") return CandidateType::kPeerReflexive;
  if (text == "relay") return CandidateType::kRelayed;
  return CandidateType::kUnknown;
}

// FNV-1a: equal for equal addresses, and hardly ever for different ones, which is all a foundation
// has to be (RFC 8445 section 5.1.1.3).
std::uint32_t address_hash(const IpAddress& address) {
  std::uint32_t hash = 2'166'136'261U;
  for (const std::uint8_t byte : address.bytes) hash = (hash ^ byte) * 16'777'619U;
  return hash;
}

}  // namespace

std::optional<Candidate> parse_candidate(std::string_view line) {
  if (line.size() > kLineBytesMax) return std::nullopt;
  while (line.ends_with('\n') || line.ends_with('\r')) line.remove_suffix(1);
  skip_prefix(line, "a=");
  if (!skip_prefix(line, "candidate:")) return std::nullopt;

  Candidate candidate;
  candidate.foundation = take_token(line);
  const auto component = parse_number<std::uint16_t>(take_token(line));
  const std::string_view transport = take_token(line);
  const auto priority = parse_number<std::uint32_t>(take_token(line));
  const std::string_view host = take_token(line);
  const auto port = parse_number<std::uint16_t>(take_token(line));
  const std::string_view typ = take_token(line);
  const std::string_view type = take_token(line);
  if (candidate.foundation.empty() || !component || !priority || !port || host.empty() ||
      typ != "typ" || type.empty()) {
    return std::nullopt;
  }
  candidate.component = *component;
  candidate.priority = *priority;
  candidate.is_udp = equals_ignoring_case(transport, "udp");
  candidate.type = parse_type(type);
  if (const auto ip = parse_ip_address(host)) candidate.address = SocketAddress{*ip, *port};
  // Extensions are pairs of a name and a value.
  for (auto name = take_token(line); !name.empty(); name = take_token(line)) {
    const std::string_view value = take_token(line);
    if (name == "ufrag" && !value.empty()) candidate.ufrag = value;
  }
  return candidate;
}

RemoteCandidates::Added RemoteCandidates::add(std::string_view line) {
  // Before parsing, so that a flood of candidates costs nothing.
  if (candidates_.size() >= kRemoteCandidatesMax) return Added::kTooMany;
  auto candidate = parse_candidate(line);
  if (!candidate) return Added::kNotACandidate;
  candidates_.push_back(std::move(*candidate));
  return Added::kYes;
}

std::string format_host_candidate(const SocketAddress& address, std::uint16_t local_preference) {
  return "candidate:" + std::to_string(address_hash(address.ip)) + " 1 udp " +
         std::to_string(host_candidate_priority(local_preference)) + ' ' + to_string(address.ip) +
         ' ' + std::to_string(address.port) + " typ host";
}

}  // namespace penstock
