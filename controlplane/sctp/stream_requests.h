// What a packet asks about streams (RE-CONFIG chunks, RFC 6525 section 4): whether the peer is to
// be let have more of them. Pure functions; any thread.
#pragma once

#include <cstdint>
#include <span>

namespace penstock {

// Whether the sender of this packet wants to send on more streams than so far (Add Outgoing Streams
// Request, section 4.5) and does not ask us to (Add Incoming Streams Request, section 4.6): we
// would set aside as many as it likes. Whatever is malformed asks for nothing.
bool asks_to_send_on_more_streams(std::span<const std::uint8_t> packet);

}  // namespace penstock
