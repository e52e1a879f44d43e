// The HTTP connection, with what the kernel would deliver in one or two pieces. The first byte
// says where the cut is.
#include "tests/fuzz/http/connection_fuzz.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 1 || size > 65'536) return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  const std::size_t cut = bytes.size() * data[0] / 256;
  penstock::FuzzConnection<penstock::HttpConnection> connection;
  connection.send(bytes.substr(0, cut));
  connection.send(bytes.substr(cut));
  connection.finish();
  return 0;
}
