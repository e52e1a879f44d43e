#include "bench/bridge/bridge.h"

#include <poll.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <vector>

#include "bench/bridge/device.h"
#include "bench/bridge/report.h"

namespace penstock::bridge {
namespace {

// Frames of one device at a time, so that none waits for the end of another's burst.
constexpr int kBurst = 64;

Timestamp monotonic_now() {
  timespec now{};
  ::clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec * kSecond + now.tv_nsec;
}

int take_signals() {
  sigset_t set;
  sigemptyset(&set);
  for (const int number : {SIGINT, SIGTERM, SIGUSR1}) sigaddset(&set, number);
  ::sigprocmask(SIG_BLOCK, &set, nullptr);
  return ::signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
}

// As far as the system lets it: its own delays shall not be taken for the network's.
void be_punctual() {
  ::prctl(PR_SET_TIMERSLACK, 1);  // ns; by default, sleeps may be 50 us longer than asked for
  const sched_param parameters{.sched_priority = 1};
  ::sched_setscheduler(0, SCHED_RR, &parameters);
}

std::uint64_t other_seed(std::uint64_t seed) { return Prng(seed).next_u64(); }

}  // namespace

Bridge::Bridge(const BridgeOptions& options)
    : options_(options),
      ports_(open_ports(options.devices)),
      directions_{Direction(options.seed, options.filter),
                  Direction(other_seed(options.seed), options.filter)},
      signals_(take_signals()) {
  if (signals_ < 0) throw system_error("signalfd");
  be_punctual();
  now_ = started_at_ = monotonic_now();
  for (const RuleLine& rule : options.rules) add_rule(rule);
  if (options.has_statistics) next_report_at_ = started_at_ + kSecond;
}

Bridge::~Bridge() { ::close(signals_); }

void Bridge::run() {
  while (!is_ended_) {
    wait();
    now_ = monotonic_now();
    receive();
    send();
    report_each_second();
  }
  report();
}

void Bridge::wait() {
  const Timestamp until =
      std::min({directions_[0].next_departure(), directions_[1].next_departure(), next_report_at_});
  const Duration left = std::max<Duration>(0, until == kNever ? kSecond : until - monotonic_now());
  const timespec timeout{.tv_sec = left / kSecond, .tv_nsec = left % kSecond};
  pollfd descriptors[] = {{signals_, POLLIN, 0},
                          {ports_[0]->descriptor(), POLLIN, 0},
                          {ports_[1]->descriptor(), POLLIN, 0},
                          {options_.takes_commands ? STDIN_FILENO : -1, POLLIN, 0}};
  if (::ppoll(descriptors, std::size(descriptors), &timeout, nullptr) <= 0) return;
  if (descriptors[0].revents != 0) read_signals();
  if (descriptors[3].revents != 0) read_commands();
}

void Bridge::receive() {
  for (std::size_t from = 0; from < ports_.size(); ++from) {
    for (int i = 0; i < kBurst; ++i) {
      const std::span<const std::uint8_t> frame = ports_[from]->receive();
      if (frame.empty()) break;
      directions_[1 - from].take_in(frame, now_);
    }
  }
}

void Bridge::send() {
  std::vector<std::uint8_t> frame;
  for (std::size_t to = 0; to < ports_.size(); ++to) {
    while (directions_[to].next_frame(now_, frame)) {
      directions_[to].note_sent(frame.size(), ports_[to]->send(frame));
    }
  }
}

void Bridge::read_signals() {
  signalfd_siginfo signal{};
  while (::read(signals_, &signal, sizeof(signal)) == sizeof(signal)) {
    if (signal.ssi_signo == SIGUSR1) {
      report();
    } else {
      is_ended_ = true;
    }
  }
}

void Bridge::read_commands() {
  char text[4'096];
  const ssize_t bytes = ::read(STDIN_FILENO, text, sizeof(text));
  if (bytes <= 0) {
    options_.takes_commands = false;  // nobody is there any more
    return;
  }
  command_.append(text, static_cast<std::size_t>(bytes));
  for (std::size_t end = 0; (end = command_.find('\n')) != std::string::npos;) {
    obey(command_.substr(0, end));
    command_.erase(0, end + 1);
  }
}

// A mistake in it changes nothing.
void Bridge::obey(const std::string& line) {
  now_ = monotonic_now();
  auto rule = parse_rule_line(line, options_.names());
  if (!rule) {
    std::fprintf(stderr, "penstock-bridge: %s\n", rule.error().c_str());
  } else if (*rule) {
    add_rule(std::move(**rule));
  }
}

void Bridge::add_rule(RuleLine rule) {
  for (const std::size_t way : rule.ways) directions_[way].add_rules(rule.changes, now_);
}

void Bridge::report() {
  std::array<WayReport, 2> ways;
  for (std::size_t to = 0; to < ways.size(); ++to) {
    ways[to] = {options_.devices[to].name, &directions_[to], ports_[1 - to]->missed()};
  }
  std::printf("%s\n", to_json(ways, monotonic_now() - started_at_, options_.seed).c_str());
  std::fflush(stdout);
}

void Bridge::report_each_second() {
  if (now_ < next_report_at_) return;
  next_report_at_ += kSecond;
  report();
}

}  // namespace penstock::bridge
