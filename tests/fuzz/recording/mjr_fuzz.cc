// Any bytes as a file of a recording, as a crash may have left it: what is good of it is good.
#include <algorithm>

#include "controlplane/recording/mjr_format.h"
#include "dataplane/base/check.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace penstock;
  const std::span file(data, size);
  const std::size_t whole = recording::whole_mjr_bytes(file);
  PENSTOCK_CHECK(whole <= size);
  PENSTOCK_CHECK(recording::whole_mjr_bytes(file.first(whole)) == whole);
  auto reader = recording::MjrReader::open(file.first(whole));
  if (!reader) return 0;
  recording::Bytes again;
  std::size_t begin = reader->position();
  while (const auto frame = reader->next()) {
    again.clear();
    recording::append_mjr_frame(again, frame->at_ms, frame->packet);
    PENSTOCK_CHECK(std::ranges::equal(again, file.subspan(begin, reader->position() - begin)));
    begin = reader->position();
  }
  PENSTOCK_CHECK(begin == whole);
  return 0;
}
