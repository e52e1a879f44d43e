// DPDK and its drivers log to a stream and return little: while one of these lives, what they log
// is kept, to be shown with the error if there is one and forgotten otherwise (net_tap logs
// "errors" when all is well). Control thread, at start. Does nothing when debugging.
#pragma once

#include <cstddef>
#include <cstdio>
#include <string>

namespace penstock {

class LogCapture {
 public:
  explicit LogCapture(bool is_debugging);
  ~LogCapture();
  LogCapture(const LogCapture&) = delete;
  LogCapture& operator=(const LogCapture&) = delete;

  // What was logged so far, each line with its end.
  std::string text();

 private:
  char* text_ = nullptr;
  std::size_t bytes_ = 0;
  std::FILE* stream_ = nullptr;
};

}  // namespace penstock
