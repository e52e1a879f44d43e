#include "dataplane/base/check.h"
#include "dataplane/rtp/video_layers_allocation.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto read = penstock::parse_video_layers_allocation({data, size});
  if (!read) return 0;
  PENSTOCK_CHECK(size != 0 && read->stream_index < read->stream_count);
  PENSTOCK_CHECK(read->stream_count <= read->active.size());
  for (std::size_t i = 0; i < read->active.size(); ++i) {
    PENSTOCK_CHECK(read->active[i] <= 0xF);
    PENSTOCK_CHECK(read->active[i] != 0 || read->pixels[i] == 0);
  }
  return 0;
}
