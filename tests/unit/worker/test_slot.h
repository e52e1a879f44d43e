// A slot with room for a packet, for tests of what reads one.
#pragma once

#include <array>
#include <cstddef>

#include "dataplane/worker/slot.h"

namespace penstock {

struct TestSlot {
  Slot slot;
  std::array<std::uint8_t, 2'048> bytes{};
};
static_assert(offsetof(TestSlot, bytes) == sizeof(Slot));

// As its readers have it.
inline MediaPacket packet_in(const TestSlot& test) { return {test.slot, test.bytes.data(), {}}; }

}  // namespace penstock
