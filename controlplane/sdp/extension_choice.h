// Which header extensions of a publisher's offer we take, and with which ids. Internal to
// negotiation; one object per offer.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "controlplane/sdp/publisher_negotiation.h"
#include "controlplane/sdp/session_description.h"
#include "dataplane/base/limits.h"
#include "dataplane/rtp/media_types.h"

namespace penstock::sdp {

// Gives each extension one id over the whole BUNDLE group, as offered (RFC 8285 section 5,
// RFC 9143 section 9.1). An m-line that offers it with another id, or an id that already means
// something else, goes without the extension.
class ExtensionChoice {
 public:
  // No extension has this id: it means something else in the one-byte form (RFC 8285 section 4.2).
  static constexpr std::uint16_t kReservedId = 15;

  // The extmap lines to answer for one m-line: what it offers to send, we know and the room wants.
  // Without MID if its mid is longer than the data plane keeps: SSRC and payload type have to do.
  std::vector<Extmap> choose(const MediaDescription& offered, MediaKind kind,
                             const PublisherPolicy& policy);
  // The ids of those that were wanted too but cannot be taken; of the last choose().
  const std::vector<std::uint16_t>& left_out() const { return left_out_; }
  // The ids of all that was chosen so far.
  const ExtensionMap& map() const { return map_; }

 private:
  // Whether the extension has, or can now have, this id in the group.
  bool claim(HeaderExtension extension, std::uint16_t id);

  ExtensionMap map_;
  std::vector<std::uint16_t> left_out_;
  std::array<bool, kHeaderExtensionIdMax + 1> id_taken_{};
};

}  // namespace penstock::sdp
