// Which header extensions stay with a packet for whoever gets it without a session description: a
// file, or a host that is forwarded to. The others are about the way on which it came to us (MID,
// RID, transport-cc, abs-send-time). Pure functions.
#pragma once

#include <array>

#include "dataplane/rtp/media_types.h"

namespace penstock {

inline constexpr std::array kPassedExtensions = {
    HeaderExtension::kAudioLevel, HeaderExtension::kVideoOrientation,
    HeaderExtension::kPlayoutDelay, HeaderExtension::kAbsCaptureTime,
    HeaderExtension::kDependencyDescriptor};

// With the publisher's ids.
inline ExtensionMap passed_extensions(const ExtensionMap& published) {
  ExtensionMap passed;
  for (const HeaderExtension extension : kPassedExtensions)
    passed.set(extension, published.id(extension));
  return passed;
}

}  // namespace penstock
