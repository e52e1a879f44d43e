// Messages that open data channels: whatever is accepted keeps to the limits and is written as it
// was read.
#include <cstdint>

#include "controlplane/datachannel/dcep.h"
#include "controlplane/datachannel/limits.h"
#include "controlplane/datachannel/utf8.h"
#include "dataplane/base/check.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace penstock;
  const std::span<const std::uint8_t> message(data, size);
  if (!is_dcep_open(message)) return 0;
  const auto read = read_dcep_open(message);
  if (!read) {
    PENSTOCK_CHECK(!to_string(read.error()).empty());
    return 0;
  }
  PENSTOCK_CHECK(read->label.size() <= kDataLabelBytesMax && is_utf8(read->label));
  PENSTOCK_CHECK(read->protocol.size() <= kDataLabelBytesMax && is_utf8(read->protocol));
  const auto written = write_dcep_open(*read);
  PENSTOCK_CHECK(written.size() <= size);
  PENSTOCK_CHECK(read_dcep_open(written) == read);
  return 0;
}
