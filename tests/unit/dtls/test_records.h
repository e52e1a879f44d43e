// DTLS records with a header that says what a test wants, and nothing that means anything in them
// (RFC 6347 section 4.1).
#pragma once

#include <cstdint>
#include <vector>

#include "controlplane/dtls/dtls_record.h"

namespace penstock {

using Records = std::vector<std::uint8_t>;

inline Records record(DtlsContentType type, std::uint16_t epoch, std::uint16_t bytes) {
  const auto high = [](std::uint16_t number) { return static_cast<std::uint8_t>(number >> 8); };
  const auto low = [](std::uint16_t number) { return static_cast<std::uint8_t>(number); };
  Records out = {static_cast<std::uint8_t>(type), 0xFE, 0xFD, high(epoch), low(epoch)};
  out.insert(out.end(), {0, 0, 0, 0, 0, 7, high(bytes), low(bytes)});
  out.resize(out.size() + bytes, 0x55);
  return out;
}

inline Records operator+(Records a, const Records& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

}  // namespace penstock
