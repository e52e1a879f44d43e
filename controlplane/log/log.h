// The control plane's log: spdlog behind macros that limit each site to a rate, so that no client
// can fill a disk. The data plane never logs. Lines go to standard error or a
// file. Usable from any thread.
//
//   PENSTOCK_LOG_WARNING("refused {}: {}", address, reason);
#pragma once

#include <spdlog/spdlog.h>

#include <atomic>
#include <cstdint>
#include <expected>
#include <string>

#include "controlplane/config/config.h"
#include "dataplane/base/time.h"

namespace penstock {

inline constexpr std::uint32_t kLogLinesPerSecondPerSite = 10;

// Sets up the process's log. The error says why the file cannot be written.
std::expected<void, std::string> start_log(const LogConfig& config);

// The budget of one place in the code that logs: kLogLinesPerSecondPerSite in each second.
class LogSite {
 public:
  struct Admission {
    bool admitted = false;
    std::uint64_t suppressed = 0;  // lines lost since the last admitted one
  };

  Admission admit(Timestamp now);

 private:
  std::atomic<std::int64_t> second_{-1};
  std::atomic<std::uint32_t> lines_{0};
  std::atomic<std::uint64_t> suppressed_{0};
};

// Asks the site with the time of now.
LogSite::Admission admit_log_line(LogSite& site);

}  // namespace penstock

#define PENSTOCK_LOG(level, ...)                                                         \
  do {                                                                                   \
    if (spdlog::should_log(level)) {                                                     \
      static ::penstock::LogSite penstock_log_site;                                      \
      const auto penstock_log_admission = ::penstock::admit_log_line(penstock_log_site); \
      if (penstock_log_admission.suppressed > 0) {                                       \
        spdlog::log(level, "{} lines like the next one were suppressed",                 \
                    penstock_log_admission.suppressed);                                  \
      }                                                                                  \
      if (penstock_log_admission.admitted) spdlog::log(level, __VA_ARGS__);              \
    }                                                                                    \
  } while (false)

#define PENSTOCK_LOG_DEBUG(...) PENSTOCK_LOG(spdlog::level::debug, __VA_ARGS__)
#define PENSTOCK_LOG_INFO(...) PENSTOCK_LOG(spdlog::level::info, __VA_ARGS__)
#define PENSTOCK_LOG_WARNING(...) PENSTOCK_LOG(spdlog::level::warn, __VA_ARGS__)
#define PENSTOCK_LOG_ERROR(...) PENSTOCK_LOG(spdlog::level::err, __VA_ARGS__)
