#include <array>
#include <span>

#include "dataplane/base/byte_reader.h"
#include "dataplane/base/check.h"
#include "dataplane/base/limits.h"
#include "dataplane/cc/transport_cc_recorder.h"

namespace {

// One message must parse, fit, and follow the one before unless a late packet reached back.
void build(penstock::TransportCcRecorder& recorder, std::size_t room) {
  std::array<std::uint8_t, penstock::kControlDatagramBytesMax> bytes;
  penstock::ByteWriter writer{std::span(bytes).first(room)};
  const bool pending = recorder.has_pending();
  const std::size_t size = recorder.build_feedback(writer, 1, 2);
  PENSTOCK_CHECK(size == writer.size());
  PENSTOCK_CHECK((size != 0) == (pending && room >= 28));
  if (size == 0) return;
  const auto packet = penstock::CompoundReader(writer.written()).next();
  const auto feedback = packet ? penstock::parse_transport_feedback(*packet) : std::nullopt;
  PENSTOCK_CHECK(feedback.has_value());
  bool received = false;
  feedback->for_each_received([&](std::size_t, std::int64_t) { received = true; });
  PENSTOCK_CHECK(received);
}

}  // namespace

// Input: operations of 4 bytes: {step of the sequence number, milliseconds}, or, if the step is
// 0xFFFF, building a message into a room of that many bytes.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  penstock::ByteReader input({data, size});
  penstock::TransportCcRecorder recorder;
  std::uint16_t sequence = 0;
  penstock::Timestamp now = 0;
  while (input.remaining() >= 4) {
    const std::uint16_t step = input.read_u16();
    const std::uint16_t value = input.read_u16();
    if (step == 0xFFFF) {
      const std::size_t room = value % (penstock::kControlDatagramBytesMax + 1);
      build(recorder, room < 24 || room >= 28 ? room : 28);
      continue;
    }
    sequence = static_cast<std::uint16_t>(sequence + step);
    now += value * penstock::kMillisecond;
    recorder.record(sequence, now);
  }
  for (int i = 0; recorder.has_pending(); ++i) {
    PENSTOCK_CHECK(i < 4'096);
    build(recorder, penstock::kControlDatagramBytesMax);
  }
  return 0;
}
