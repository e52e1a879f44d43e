#include "controlplane/log/log.h"

#include <spdlog/sinks/basic_file_sink.h>
#include <spdlog/sinks/stdout_color_sinks.h>

#include <array>
#include <chrono>
#include <memory>

namespace penstock {
namespace {

spdlog::level::level_enum to_spdlog(LogConfig::Level level) {
  static constexpr std::array kLevels = {spdlog::level::trace, spdlog::level::debug,
                                         spdlog::level::info,  spdlog::level::warn,
                                         spdlog::level::err,   spdlog::level::off};
  return kLevels[static_cast<std::size_t>(level)];
}

}  // namespace

std::expected<void, std::string> start_log(const LogConfig& config) {
  try {
    std::shared_ptr<spdlog::sinks::sink> sink;
    if (config.file.empty()) {
      sink = std::make_shared<spdlog::sinks::stderr_color_sink_mt>();
    } else {
      sink = std::make_shared<spdlog::sinks::basic_file_sink_mt>(config.file);
    }
    auto logger = std::make_shared<spdlog::logger>("penstock", std::move(sink));
    logger->set_pattern("%Y-%m-%dT%H:%M:%S.%e%z %^%l%$ %v");
    logger->set_level(to_spdlog(config.level));
    logger->flush_on(spdlog::level::info);
    spdlog::set_default_logger(std::move(logger));
  } catch (const spdlog::spdlog_ex& error) {
    return std::unexpected(std::string(error.what()));
  }
  return {};
}

LogSite::Admission LogSite::admit(Timestamp now) {
  const std::int64_t second = now / kSecond;
  // Two threads may both reset the count: the limit is then a few lines looser in that second.
  if (second_.exchange(second, std::memory_order_relaxed) != second) {
    lines_.store(0, std::memory_order_relaxed);
  }
  if (lines_.fetch_add(1, std::memory_order_relaxed) < kLogLinesPerSecondPerSite) {
    return {true, suppressed_.exchange(0, std::memory_order_relaxed)};
  }
  suppressed_.fetch_add(1, std::memory_order_relaxed);
  return {};
}

LogSite::Admission admit_log_line(LogSite& site) {
  return site.admit(std::chrono::duration_cast<std::chrono::nanoseconds>(
                        std::chrono::steady_clock::now().time_since_epoch())
                        .count());
}

}  // namespace penstock
