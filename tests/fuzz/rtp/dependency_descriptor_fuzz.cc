#include "dataplane/base/check.h"
#include "dataplane/rtp/payload/dependency_descriptor.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto descriptor = penstock::parse_dependency_descriptor({data, size});
  PENSTOCK_CHECK(descriptor.has_value() == (size >= 3));
  PENSTOCK_CHECK(!descriptor || descriptor->template_id < 64);
  return 0;
}
