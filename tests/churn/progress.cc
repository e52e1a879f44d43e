#include "tests/churn/progress.h"

#include <unistd.h>

#include <algorithm>
#include <ostream>

namespace penstock::churn {
namespace {

constexpr std::uint64_t kBarWidth = 30;

}  // namespace

std::string with_commas(std::uint64_t number) {
  std::string text = std::to_string(number);
  for (std::size_t i = text.size(); i > 3; i -= 3) text.insert(i - 3, ",");
  return text;
}

bool is_terminal() { return ::isatty(STDERR_FILENO) == 1; }

Progress::Progress(std::ostream& out, bool is_terminal, std::string what, std::uint64_t total)
    : out_(out),
      is_terminal_(is_terminal),
      what_(std::move(what)),
      total_(std::max<std::uint64_t>(total, 1)) {}

void Progress::update(std::uint64_t done, Timestamp now) {
  done_ = std::min(done, total_);
  if (started_at_ == 0) started_at_ = now;
  if (is_terminal_) {
    if (now - drawn_at_ >= kRedraw) draw(done_, now);
  } else if (done_ * 10 >= next_tenth_ * total_) {
    draw(done_, now);
    next_tenth_ = done_ * 10 / total_ + 1;
  }
}

void Progress::finish(Timestamp now) {
  if (is_finished_) return;
  is_finished_ = true;
  if (is_terminal_) {
    draw(done_, now);
    out_ << '\n' << std::flush;
  }
}

void Progress::draw(std::uint64_t done, Timestamp now) {
  drawn_at_ = now;
  if (is_terminal_) {
    out_ << '\r' << text(done, now) << "\x1b[K" << std::flush;
  } else {
    out_ << text(done, now) << '\n' << std::flush;
  }
}

std::string Progress::text(std::uint64_t done, Timestamp now) const {
  const std::uint64_t filled = done * kBarWidth / total_;
  const double seconds = static_cast<double>(now - started_at_) / static_cast<double>(kSecond);
  std::string text = what_ + " [" + std::string(filled, '#') +
                     std::string(kBarWidth - filled, '.') + "] " +
                     std::to_string(done * 100 / total_) + " %  " + with_commas(done) + " of " +
                     with_commas(total_);
  if (seconds > 0.05) {
    const auto rate = static_cast<std::uint64_t>(static_cast<double>(done) / seconds);
    text += ", " + with_commas(rate) + " a second";
  }
  return text;
}

}  // namespace penstock::churn
