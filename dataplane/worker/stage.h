// The stages of a packet's journey, as a worker passes through them, for platforms that measure how
// long each takes: those that have `enter(Stage)`. The server's has not, and pays nothing.
#pragma once

#include <cstddef>
#include <cstdint>

namespace penstock {

enum class Stage : std::uint8_t {
  kReceive,    // parse, hand over, classify, find the flow
  kUnprotect,  // a burst's SRTP
  kAttribute,  // stream, reception statistics, payload descriptor; once per packet
  kProject,    // per receiver: sequence, header, buffer
  kProtect,    // per receiver: SRTP
  kTransmit,   // per receiver: UDP headers, counters, the queue
  kControl,    // commands, timers, RTCP, events, quiescent state
  kOutside,    // between two iterations
};
inline constexpr std::size_t kStageCount = 8;

}  // namespace penstock
