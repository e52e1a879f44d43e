#include "dataplane/rtp/rtcp/transport_feedback.h"

#include <algorithm>
#include <array>

#include "dataplane/base/byte_reader.h"
#include "dataplane/base/limits.h"
#include "dataplane/base/static_vector.h"

namespace penstock {

namespace {

enum Symbol : std::uint8_t { kLost = 0, kSmallDelta = 1, kLargeDelta = 2, kReserved = 3 };

constexpr std::size_t kFixedBytes = kRtcpHeaderBytes + 16;
constexpr std::size_t kChunkBytes = 2;
constexpr std::size_t kRunLengthMax = 0x1FFF;
constexpr std::size_t kOneBitSymbols = 14;
constexpr std::size_t kTwoBitSymbols = 7;
constexpr std::size_t kChunksMax = (kControlDatagramBytesMax - kFixedBytes) / kChunkBytes;

// Bytes of deltas of the first `count` symbols of a chunk, or nothing if one is reserved.
std::optional<std::size_t> delta_bytes(StatusChunk chunk, std::size_t count) {
  if (!chunk.is_vector()) {
    if (chunk.symbol(0) == kReserved) return std::nullopt;
    return chunk.symbol(0) * count;
  }
  std::size_t bytes = 0;
  for (std::size_t i = 0; i < count; ++i) {
    if (chunk.symbol(i) == kReserved) return std::nullopt;
    bytes += chunk.symbol(i);
  }
  return bytes;
}

// Reference time, rounded down for negative times too.
std::int64_t reference_units(std::int64_t ticks) { return ticks >> 8; }
static_assert(kTicksPerReferenceUnit == 1 << 8);

// What one message will say: as many statuses, in as few bytes, as the room allows.
struct Plan {
  std::size_t status_count = 0;
  std::size_t delta_bytes = 0;
  StaticVector<std::uint16_t, kChunksMax> chunks;

  std::size_t bytes() const { return kFixedBytes + chunks.size() * kChunkBytes + delta_bytes; }
};

using Symbols = std::array<std::uint8_t, kTransportFeedbackStatusesMax>;

// Fills `symbols` for the statuses up to the first whose delta does not fit 16 bits; returns how
// many those are.
std::size_t choose_symbols(std::span<const std::int64_t> arrival_ticks, std::int64_t reference,
                           Symbols& symbols) {
  std::int64_t previous = reference * kTicksPerReferenceUnit;
  const std::size_t count = std::min(arrival_ticks.size(), symbols.size());
  for (std::size_t i = 0; i < count; ++i) {
    if (arrival_ticks[i] == kNotReceived) {
      symbols[i] = kLost;
      continue;
    }
    const std::int64_t delta = arrival_ticks[i] - previous;
    if (delta < INT16_MIN || delta > INT16_MAX) return i;
    symbols[i] = delta >= 0 && delta <= UINT8_MAX ? kSmallDelta : kLargeDelta;
    previous = arrival_ticks[i];
  }
  return count;
}

std::uint16_t encode_vector(std::span<const std::uint8_t> symbols, bool two_bit) {
  unsigned bits = two_bit ? 0xC000U : 0x8000U;
  for (std::size_t i = 0; i < symbols.size(); ++i) {
    bits |= two_bit ? unsigned{symbols[i]} << (12 - 2 * i) : unsigned{symbols[i]} << (13 - i);
  }
  return static_cast<std::uint16_t>(bits);
}

struct ChosenChunk {
  std::uint16_t bits = 0;
  std::size_t count = 0;  // statuses it covers
};

// The densest chunk for the start of `symbols`.
ChosenChunk choose_chunk(std::span<const std::uint8_t> symbols) {
  std::size_t run = 1;
  while (run < symbols.size() && run < kRunLengthMax && symbols[run] == symbols[0]) ++run;

  const auto one_bit = symbols.first(std::min(symbols.size(), kOneBitSymbols));
  const bool fits_one_bit = std::ranges::find(one_bit, kLargeDelta) == one_bit.end();
  const auto vector =
      fits_one_bit ? one_bit : symbols.first(std::min(symbols.size(), kTwoBitSymbols));
  if (run >= vector.size()) {
    return {static_cast<std::uint16_t>((unsigned{symbols[0]} << 13) | run), run};
  }
  return {encode_vector(vector, !fits_one_bit), vector.size()};
}

// How many of the first `symbols` have deltas that fit `room_bytes`.
std::size_t fitting_count(std::span<const std::uint8_t> symbols, std::size_t room_bytes) {
  std::size_t count = 0;
  for (std::size_t bytes = 0; count < symbols.size(); ++count) {
    bytes += symbols[count];
    if (bytes > room_bytes) break;
  }
  return count;
}

void plan_chunks(std::span<const std::uint8_t> symbols, std::size_t room_bytes, Plan& plan) {
  while (plan.status_count < symbols.size() && plan.bytes() + kChunkBytes <= room_bytes) {
    const auto rest = symbols.subspan(plan.status_count);
    ChosenChunk chunk = choose_chunk(rest);
    const std::size_t room = room_bytes - plan.bytes() - kChunkBytes;
    const std::size_t count = fitting_count(rest.first(chunk.count), room);
    if (count == 0) return;
    if (count < chunk.count) chunk = choose_chunk(rest.first(count));
    if (!plan.chunks.push_back(chunk.bits)) return;
    for (std::size_t i = 0; i < chunk.count; ++i) plan.delta_bytes += rest[i];
    plan.status_count += chunk.count;
  }
}

void write_deltas(ByteWriter& writer, std::span<const std::int64_t> arrival_ticks,
                  std::span<const std::uint8_t> symbols, std::int64_t reference) {
  std::int64_t previous = reference * kTicksPerReferenceUnit;
  for (std::size_t i = 0; i < symbols.size(); ++i) {
    if (symbols[i] == kLost) continue;
    const std::int64_t delta = arrival_ticks[i] - previous;
    previous = arrival_ticks[i];
    if (symbols[i] == kSmallDelta) {
      writer.write_u8(static_cast<std::uint8_t>(delta));
    } else {
      writer.write_u16(static_cast<std::uint16_t>(delta));
    }
  }
}

}  // namespace

std::optional<TransportFeedback> parse_transport_feedback(const RtcpPacket& packet) {
  if (!packet.is(kRtcpTransportFeedback, kFmtTransportCc)) return std::nullopt;
  ByteReader reader(packet.body);
  TransportFeedback feedback;
  feedback.sender_ssrc = reader.read_u32();
  feedback.media_ssrc = reader.read_u32();
  feedback.base_sequence_number = reader.read_u16();
  feedback.status_count = reader.read_u16();
  const std::uint32_t reference = reader.read_u24();
  feedback.reference_time = static_cast<std::int32_t>(reference << 8) >> 8;  // extends the sign
  feedback.feedback_count = reader.read_u8();
  if (!reader.ok() || feedback.status_count == 0) return std::nullopt;

  const auto chunks_and_deltas = reader.rest();
  std::size_t covered = 0;
  std::size_t deltas = 0;
  while (covered < feedback.status_count) {
    const StatusChunk chunk{reader.read_u16()};
    if (!reader.ok()) return std::nullopt;
    const std::size_t count = std::min(chunk.count(), feedback.status_count - covered);
    const auto bytes = delta_bytes(chunk, count);
    if (!bytes) return std::nullopt;
    deltas += *bytes;
    covered += count;
  }
  const std::size_t chunk_bytes = chunks_and_deltas.size() - reader.remaining();
  if (deltas > reader.remaining()) return std::nullopt;
  feedback.chunks = chunks_and_deltas.first(chunk_bytes);
  feedback.deltas = chunks_and_deltas.subspan(chunk_bytes, deltas);
  return feedback;
}

std::size_t write_transport_feedback(ByteWriter& writer, const TransportFeedbackHeader& header,
                                     std::span<const std::int64_t> arrival_ticks) {
  const auto first_received =
      std::ranges::find_if(arrival_ticks, [](std::int64_t ticks) { return ticks != kNotReceived; });
  // A whole number of words, so that what fits before padding fits after it.
  const std::size_t room = std::min(writer.remaining(), kControlDatagramBytesMax) / 4 * 4;
  if (first_received == arrival_ticks.end() || room < kFixedBytes) return 0;
  const std::int64_t reference = reference_units(*first_received);

  Symbols symbols;
  const std::size_t count = choose_symbols(arrival_ticks, reference, symbols);
  Plan plan;
  plan_chunks(std::span(symbols).first(count), room, plan);
  if (plan.status_count <=
      static_cast<std::size_t>(std::distance(arrival_ticks.begin(), first_received))) {
    return 0;
  }

  const std::size_t padded = (plan.bytes() + 3) / 4 * 4;
  write_rtcp_header(writer, kFmtTransportCc, kRtcpTransportFeedback, padded - kRtcpHeaderBytes);
  writer.write_u32(header.sender_ssrc);
  writer.write_u32(header.media_ssrc);
  writer.write_u16(header.base_sequence_number);
  writer.write_u16(static_cast<std::uint16_t>(plan.status_count));
  writer.write_u24(static_cast<std::uint32_t>(reference & (kReferenceTimeModulus - 1)));
  writer.write_u8(header.feedback_count);
  for (const std::uint16_t chunk : plan.chunks) writer.write_u16(chunk);
  write_deltas(writer, arrival_ticks, std::span(symbols).first(plan.status_count), reference);
  writer.write_zeros(padded - plan.bytes());
  return plan.status_count;
}

}  // namespace penstock
