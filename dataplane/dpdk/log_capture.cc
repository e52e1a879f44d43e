#include "dataplane/dpdk/log_capture.h"

#include <rte_log.h>

#include <cstdlib>

namespace penstock {

LogCapture::LogCapture(bool is_debugging) {
  if (!is_debugging) {
    stream_ = ::open_memstream(&text_, &bytes_);
    rte_openlog_stream(stream_);
  }
}

LogCapture::~LogCapture() {
  if (stream_ != nullptr) {
    rte_openlog_stream(nullptr);
    std::fclose(stream_);
  }
  std::free(text_);
}

std::string LogCapture::text() {
  if (stream_ == nullptr) {
    return "";
  }
  std::fflush(stream_);
  return {text_, bytes_};
}

}  // namespace penstock
