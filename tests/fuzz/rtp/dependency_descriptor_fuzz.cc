#include "dataplane/base/check.h"
#include "dataplane/rtp/payload/dependency_structure.h"

// What it says, twice: the second time the structure may be there.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  penstock::DependencyStructure structure;
  for (int i = 0; i < 2; ++i) {
    const auto frame = structure.read({data, size});
    PENSTOCK_CHECK(!frame || size >= 3);
    PENSTOCK_CHECK(!frame || frame->temporal_layer < penstock::DependencyStructure::kTemplatesMax);
  }
  return 0;
}
