#include "bench/load/load_run.h"

#include <sys/prctl.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <iostream>

#include "bench/load/clocks.h"

namespace penstock::load {
namespace {

// While media flows, there is a pause between two rounds of reading, so that each socket has
// several packets, which costs less than each alone. Receive times are the kernel's, so no figure
// suffers; but handshakes wait.
constexpr Duration kRest = 3 * kMillisecond;
constexpr Duration kRestWhileJoining = 500 * kMicrosecond;
constexpr Duration kDrainQuiet = 500 * kMillisecond;
constexpr Duration kDrainMax = 10 * kSecond;
constexpr Duration kSignallingInterval = 2 * kMillisecond;  // also while there is much to read
constexpr std::size_t kSendBatchesPerTurn = 8;

volatile std::sig_atomic_t is_interrupted = 0;

Duration seconds(double value) { return static_cast<Duration>(value * 1e9); }

void sleep_until(Timestamp at) {
  const timespec time{.tv_sec = at / kSecond, .tv_nsec = at % kSecond};
  ::clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &time, nullptr);
}

SignallingConfig signalling_config(const LoadOptions& options) {
  // One for the room, and some for peers that come before others have left.
  const std::size_t spare = options.churn_per_second > 0 ? 65 : 1;
  return {.server = options.server,
          .connections = options.connections,
          .handles = options.publishers + options.subscribers + spare,
          .api_secret = options.api_secret};
}

}  // namespace

LoadRun::LoadRun(const LoadOptions& options)
    : options_(options),
      sources_(options.publishers * options.streams_per_publisher()),
      signalling_(signalling_config(options)),
      room_(options, signalling_),
      progress_(std::cerr, ::isatty(STDERR_FILENO) != 0) {}

void LoadRun::interrupt() { is_interrupted = 1; }

std::expected<LoadResult, std::string> LoadRun::run() {
  auto done = start();
  if (done) done = join_all();
  if (done) done = measure();
  progress_.finish();
  finish();
  if (!done) return std::unexpected(done.error());
  return std::move(result_);
}

std::expected<void, std::string> LoadRun::start() {
  result_.publishers = options_.publishers;
  result_.subscribers = options_.subscribers;
  ::prctl(PR_SET_TIMERSLACK, 1UL);
  const std::string limit = allow_descriptors(options_.publishers + options_.subscribers);
  if (!limit.empty()) return std::unexpected(limit);
  const SrtpBackend backend = preferred_srtp_backend();
  srtp_ = SrtpEngine::create(backend);
  if (!srtp_) return std::unexpected("cannot initialise SRTP");
  const auto certificate = Certificate::generate(wall_now() / kSecond);
  if (!certificate) return std::unexpected(certificate.error());
  DtlsOptions dtls_options;
  dtls_options.srtp_profiles = {options_.profile};
  dtls_options.handshake_timeout = 30 * kSecond;
  // RFC 6347 section 4.2.4.1, as clients have it: who is not answered at once is late.
  dtls_options.retransmission_timeout_initial = kSecond;
  dtls_options.retransmission_timeout_max = 8 * kSecond;
  auto dtls = DtlsContext::create(*certificate, dtls_options);
  if (!dtls) return std::unexpected(dtls.error());
  dtls_ = std::move(*dtls);
  if (const auto started = signalling_.start(); !started) return started;
  const auto room = room_.prepare();
  if (!room) return std::unexpected(room.error());
  signalling_.set_on_event([this](std::uint64_t handle, const json::object& event) {
    if (peers_) peers_->handle_event(handle, event);
  });
  sender_.emplace(*srtp_, sources_);
  receiver_.emplace(*srtp_, sources_, options_.decrypt_share);
  for (const int descriptor : signalling_.descriptors()) receiver_->add_other(descriptor);
  context_.emplace(PeerContext{.options = options_,
                               .signalling = signalling_,
                               .dtls = *dtls_,
                               .fingerprint = "sha-256 " + certificate->fingerprint_sha256(),
                               .srtp = *srtp_,
                               .srtp_backend = backend,
                               .sources = sources_,
                               .room = *room});
  peers_.emplace(*context_, *sender_, *receiver_, result_);
  return {};
}

std::expected<void, std::string> LoadRun::join_all() {
  const Timestamp began_at = monotonic_now();
  const Duration cpu = thread_cpu_time();
  if (const auto done = ramp(options_.publishers, &Population::join_publisher); !done) return done;
  if (peers_->connected() == 0) return std::unexpected(result_.first_failure);
  if (const auto done = ramp(options_.subscribers, &Population::join_subscriber); !done)
    return done;
  if (peers_->connected() == 0) return std::unexpected(result_.first_failure);
  const auto took = static_cast<double>(monotonic_now() - began_at) / 1e9;
  result_.joins_per_second = static_cast<double>(result_.connected_peers) / took;
  result_.join_cpu_seconds = static_cast<double>(thread_cpu_time() - cpu) / 1e9;
  return {};
}

std::expected<void, std::string> LoadRun::ramp(std::size_t count, void (Population::*join_one)()) {
  const Timestamp began_at = monotonic_now();
  std::size_t begun = 0;
  return go_on("joining", kNever, [&](Timestamp now) {
    const double due = options_.ramp_per_second * static_cast<double>(now - began_at) / 1e9 + 1;
    while (begun < count && static_cast<double>(begun) < due) {
      ((*peers_).*join_one)();
      ++begun;
    }
    return begun == count && peers_->joining() == 0;
  });
}

std::expected<void, std::string> LoadRun::measure() {
  const auto never = [](Timestamp) { return false; };
  const Timestamp warm_at = monotonic_now() + seconds(options_.warmup_seconds);
  if (const auto done = go_on("warming up", warm_at, never); !done) return done;
  progress_.finish();
  begin_measurement();
  const Timestamp end_at = monotonic_now() + seconds(options_.seconds);
  Windows windows(seconds(options_.window_seconds), *sender_, *receiver_);
  windows.begin(monotonic_now());
  Timestamp churn_at = options_.churn_per_second > 0 ? monotonic_now() : kNever;
  const auto done = go_on("steady", end_at, [&](Timestamp now) {
    windows.advance(now);
    if (now >= churn_at) {
      churn_at += seconds(1 / options_.churn_per_second);
      peers_->replace_subscriber(now);
    }
    return false;
  });
  progress_.finish();
  end_measurement();
  result_.windows = windows.ended();
  if (!done) return done;
  const auto drained = drain();
  result_.own_queue_drops = peers_->queue_drops() - begin_.queue_drops;
  result_.decrypted_packets = receiver_->totals().decrypted;
  result_.srtp_failures = receiver_->totals().srtp_failures;
  result_.delays = receiver_->totals().delays;
  peers_->sum_up();
  return drained;
}

// An overloaded server may be seconds behind: what comes late is not lost.
std::expected<void, std::string> LoadRun::drain() {
  std::uint64_t seen = 0;
  Timestamp seen_at = monotonic_now();
  return go_on("draining", seen_at + kDrainMax, [&](Timestamp now) {
    const std::uint64_t received = receiver_->totals().received;
    if (std::exchange(seen, received) != received) seen_at = now;
    return now - seen_at >= kDrainQuiet;
  });
}

void LoadRun::begin_measurement() {
  peers_->note_begin();
  begin_ = {.at = monotonic_now(),
            .cpu = thread_cpu_time(),
            .waiting = thread_waiting_time(),
            .sent = sender_->totals(),
            .queue_drops = peers_->queue_drops()};
  open_windows(sources_);
  std::cout << "steady: begin" << std::endl;
}

void LoadRun::end_measurement() {
  std::cout << "steady: end" << std::endl;
  close_windows(sources_);
  const SendTotals& sent = sender_->totals();
  result_.seconds = static_cast<double>(monotonic_now() - begin_.at) / 1e9;
  result_.own_cpu_seconds = static_cast<double>(thread_cpu_time() - begin_.cpu) / 1e9;
  result_.own_wait_seconds = static_cast<double>(thread_waiting_time() - begin_.waiting) / 1e9;
  result_.sent_packets = sent.packets - begin_.sent.packets;
  result_.bursts = sent.bursts - begin_.sent.bursts;
  result_.late_sends = sent.late_bursts - begin_.sent.late_bursts;
  result_.unsent_packets = sent.unsent_packets - begin_.sent.unsent_packets;
}

std::expected<void, std::string> LoadRun::go_on(const std::string& phase, Timestamp until,
                                                const std::function<bool(Timestamp now)>& is_done) {
  for (;;) {
    const Timestamp now = monotonic_now();
    if (now >= until || is_done(now)) return {};
    if (is_interrupted != 0) return std::unexpected("interrupted");
    if (!signalling_.failure().empty()) return std::unexpected(signalling_.failure());
    if (!options_.is_quiet && progress_.is_due(now)) show_progress(phase, until, now);
    turn();
  }
}

void LoadRun::turn() {
  Timestamp now = monotonic_now();
  signalling_.poll(now);
  for (std::size_t i = 0; i < kSendBatchesPerTurn && sender_->send_due(now); ++i) {
    now = monotonic_now();
  }
  const Timestamp next = std::min(sender_->next_at(), peers_->next_at());
  if (now < read_at_) {
    sleep_until(std::min(next, read_at_));
  } else {
    receiver_->wait(std::clamp<Duration>(next - now, 0, kMillisecond));
    read_sockets();
  }
  now = monotonic_now();
  if (now >= peers_->next_at()) peers_->look_after(now);
}

void LoadRun::read_sockets() {
  const std::uint64_t media = receiver_->totals().media_datagrams;
  Timestamp now = monotonic_now();
  for (Timestamp polled_at = now; receiver_->read_some(now);) {
    now = monotonic_now();
    sender_->send_due(now);
    if (now - polled_at < kSignallingInterval) continue;
    polled_at = now;
    signalling_.poll(now);
  }
  const bool has_media = receiver_->totals().media_datagrams != media;
  read_at_ = has_media ? now + (peers_->joining() > 0 ? kRestWhileJoining : kRest) : 0;
}

void LoadRun::show_progress(const std::string& phase, Timestamp until, Timestamp now) {
  progress_.show({.phase = phase,
                  .connected = peers_->connected(),
                  .failed = result_.failed_peers,
                  .wanted = options_.publishers + options_.subscribers,
                  .received = receiver_->totals().media_datagrams,
                  .sent = sender_->totals().packets,
                  .seconds_left = until == kNever ? -1 : (until - now) / kSecond},
                 now);
}

void LoadRun::finish() {
  signalling_.set_on_event({});
  room_.destroy();
  signalling_.stop();
}

}  // namespace penstock::load
