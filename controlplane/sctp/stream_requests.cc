#include "controlplane/sctp/stream_requests.h"

#include <cstddef>

#include "controlplane/sctp/limits.h"
#include "dataplane/base/endian.h"

namespace penstock {
namespace {

constexpr std::size_t kHeaderBytes = 4;  // of chunks and parameters: type and length
constexpr std::uint8_t kReconfigChunk = 130;
constexpr std::uint16_t kAddOutgoing = 17;
constexpr std::uint16_t kAddIncoming = 18;

using Bytes = std::span<const std::uint8_t>;

// Calls `visit(header, value)` for each chunk or parameter, which are padded to four bytes.
template <typename Visit>
void for_each_part(Bytes parts, Visit&& visit) {
  while (parts.size() >= kHeaderBytes) {
    const std::size_t bytes = load_be16(parts.data() + 2);
    if (bytes < kHeaderBytes || bytes > parts.size()) return;
    visit(parts.first(kHeaderBytes), parts.subspan(kHeaderBytes, bytes - kHeaderBytes));
    const std::size_t padded = (bytes + 3) & ~std::size_t{3};
    if (padded >= parts.size()) return;
    parts = parts.subspan(padded);
  }
}

}  // namespace

bool asks_to_send_on_more_streams(Bytes packet) {
  if (packet.size() < kSctpHeaderBytes) return false;
  bool has_outgoing = false;
  bool has_incoming = false;
  for_each_part(packet.subspan(kSctpHeaderBytes), [&](Bytes chunk, Bytes parameters) {
    if (chunk[0] != kReconfigChunk) return;
    for_each_part(parameters, [&](Bytes parameter, Bytes) {
      const std::uint16_t type = load_be16(parameter.data());
      has_outgoing = has_outgoing || type == kAddOutgoing;
      has_incoming = has_incoming || type == kAddIncoming;
    });
  });
  return has_outgoing && !has_incoming;
}

}  // namespace penstock
