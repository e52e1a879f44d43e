#include "bench/load/progress.h"

#include <cstdio>
#include <ostream>

namespace penstock::load {
namespace {

double per_second(std::uint64_t now, std::uint64_t before, Duration apart) {
  return apart > 0 ? static_cast<double>(now - before) * 1e9 / static_cast<double>(apart) : 0;
}

}  // namespace

void Progress::show(const ProgressFigures& figures, Timestamp now) {
  const Duration apart = shown_at_ == 0 ? 0 : now - shown_at_;
  char text[200];
  int used = std::snprintf(text, sizeof(text), "%s: %llu of %llu peers", figures.phase.c_str(),
                           static_cast<unsigned long long>(figures.connected),
                           static_cast<unsigned long long>(figures.wanted));
  const auto append = [&](const char* format, auto... values) {
    used += std::snprintf(text + used, sizeof(text) - static_cast<std::size_t>(used), format,
                          values...);
  };
  if (figures.failed > 0) append(" (%llu failed)", static_cast<unsigned long long>(figures.failed));
  append(", out %.0f packets/s, in %.0f packets/s", per_second(figures.sent, sent_, apart),
         per_second(figures.received, received_, apart));
  if (figures.seconds_left >= 0) {
    append(", %lld s left", static_cast<long long>(figures.seconds_left));
  }
  if (is_terminal_) {
    out_ << '\r' << text << "\x1b[K" << std::flush;
  } else {
    out_ << text << std::endl;
  }
  is_drawn_ = true;
  next_at_ = now + (is_terminal_ ? kRedraw : kInterval);
  shown_at_ = now;
  received_ = figures.received;
  sent_ = figures.sent;
}

void Progress::finish() {
  if (is_terminal_ && is_drawn_) out_ << "\r\x1b[K" << std::flush;
  is_drawn_ = false;
}

}  // namespace penstock::load
