// Puts the fragments of UDP datagrams together (RFC 791 section 3.2, RFC 8200 section 4.5, RFC
// 5722) within fixed bounds of count, bytes and time. Nobody but a DTLS peer has a reason to send
// them: a flight with a certificate of 4,096-bit RSA is larger than a frame. Who may send them at
// all, the caller decides. Owned and used by one worker; time is an argument.
//
// Fragments that overlap make the whole datagram void, and what comes of it later, too; a fragment
// that comes twice as it was is left out. Of one source and of all together only so many are in
// work, so that one peer cannot keep the others' out.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

#include "dataplane/base/drop_reason.h"
#include "dataplane/base/limits.h"
#include "dataplane/base/static_vector.h"
#include "dataplane/base/time.h"
#include "dataplane/net/ip_fragment.h"

namespace penstock {

class Reassembler {
 public:
  Reassembler() : slots_(std::make_unique<std::array<Slot, kReassembliesMax>>()) {}

  struct Result {
    // Why the fragment, or all of the datagram, went no further; kNone if it was kept.
    DropReason drop = DropReason::kNone;
    // The payload of the IP packet, if it is whole now: UDP header and all. Until the next call.
    std::span<const std::uint8_t> packet;
  };

  // Takes a fragment, which is copied. kFragmentOverlap, kFragmentTooMany or kFragmentTooLarge.
  Result take(const IpFragment& fragment, Timestamp now);

  // Gives up what is too old. Returns how many datagrams those were.
  std::size_t expire(Timestamp now);

 private:
  struct Range {
    std::uint32_t begin = 0;
    std::uint32_t end = 0;
  };
  struct Slot {
    bool is_used = false;
    bool is_void = false;  // what comes of it is dropped until it expires
    IpAddress source;
    IpAddress destination;
    std::uint32_t identification = 0;
    Timestamp expires_at = 0;
    std::uint32_t bytes = 0;  // of the whole; 0: the last fragment has not come
    StaticVector<Range, kFragmentsPerDatagramMax> ranges;
    std::array<std::uint8_t, kReassembledBytesMax> data;
  };

  Slot* find(const IpFragment& fragment);
  Slot* make(const IpFragment& fragment, Timestamp now);
  static DropReason add(Slot& slot, const IpFragment& fragment);
  static bool is_whole(const Slot& slot);

  std::unique_ptr<std::array<Slot, kReassembliesMax>> slots_;
  std::size_t used_count_ = 0;
};

}  // namespace penstock
