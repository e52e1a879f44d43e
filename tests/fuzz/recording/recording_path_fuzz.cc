// Any text as a folder or a name that a client asks for: what is taken is below the root.
#include <string_view>

#include "controlplane/recording/recording_path.h"
#include "dataplane/base/check.h"

namespace {

void check_below(const std::string& path) {
  PENSTOCK_CHECK(!path.starts_with('/') && !path.ends_with('/'));
  const std::string framed = "/" + path + "/";
  for (const char* never : {"/../", "/./"}) PENSTOCK_CHECK(!framed.contains(never));
  PENSTOCK_CHECK(path.empty() || !framed.contains("//"));
  PENSTOCK_CHECK(!path.contains('\0'));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace penstock::recording;
  const std::string_view wanted(reinterpret_cast<const char*>(data), size);
  for (const char* root : {"/var/rec", "recordings", "/"}) {
    if (const auto folder = recording_folder(root, wanted)) check_below(*folder);
  }
  const auto stem = recording_stem(wanted);
  if (!stem) return 0;
  PENSTOCK_CHECK(!stem->empty());
  check_below(*stem);
  return 0;
}
