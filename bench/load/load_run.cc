#include "bench/load/load_run.h"

#include <sys/prctl.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <iostream>

#include "bench/load/clocks.h"

namespace penstock::load {
namespace {

// How often peers' timers are looked at: those of handshakes are short.
constexpr Duration kLookAfterInterval = 100 * kMillisecond;
constexpr Duration kLookAfterJoinersInterval = 10 * kMillisecond;
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
  auto dtls = DtlsContext::create(*certificate, dtls_options);
  if (!dtls) return std::unexpected(dtls.error());
  dtls_ = std::move(*dtls);
  if (const auto started = signalling_.start(); !started) return started;
  const auto room = room_.prepare();
  if (!room) return std::unexpected(room.error());
  signalling_.set_on_event(
      [this](std::uint64_t handle, const json::object& event) { on_event(handle, event); });
  sender_.emplace(*srtp_, sources_, options_.video_packets_per_second);
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
  return {};
}

std::expected<void, std::string> LoadRun::join_all() {
  const Timestamp began_at = monotonic_now();
  const Duration cpu = thread_cpu_time();
  if (const auto done = ramp(options_.publishers, &LoadRun::join_publisher); !done) return done;
  if (live_connected_ == 0) return std::unexpected(result_.first_failure);
  if (const auto done = ramp(options_.subscribers, &LoadRun::join_subscriber); !done) return done;
  if (live_connected_ == 0) return std::unexpected(result_.first_failure);
  const auto took = static_cast<double>(monotonic_now() - began_at) / 1e9;
  result_.joins_per_second = static_cast<double>(result_.connected_peers) / took;
  result_.join_cpu_seconds = static_cast<double>(thread_cpu_time() - cpu) / 1e9;
  return {};
}

std::expected<void, std::string> LoadRun::ramp(std::size_t count, void (LoadRun::*join_one)()) {
  const Timestamp began_at = monotonic_now();
  std::size_t begun = 0;
  return go_on("joining", kNever, [&](Timestamp now) {
    const double due = options_.ramp_per_second * static_cast<double>(now - began_at) / 1e9 + 1;
    while (begun < count && static_cast<double>(begun) < due) {
      (this->*join_one)();
      ++begun;
    }
    return begun == count && joining_ == 0;
  });
}

void LoadRun::join_publisher() {
  const std::size_t index = publishers_.size();
  publishers_.push_back(std::make_unique<Publisher>(*context_, index));
  for (const SentStream& stream : publishers_.back()->streams()) {
    sources_[stream.source].kind = stream.kind;
  }
  adopt(*publishers_.back());
}

std::vector<WantedStream> LoadRun::wanted_streams(std::size_t index) const {
  const std::size_t wanted = options_.streams_per_subscriber;
  const std::size_t each = options_.streams_per_publisher();
  std::vector<WantedStream> streams;
  for (std::size_t i = 0; i < wanted; ++i) {
    const std::size_t source = (index * wanted + i) % sources_.size();
    const Publisher& publisher = *publishers_[source / each];
    if (publisher.state() != PeerState::kConnected) continue;
    streams.push_back({.source = static_cast<std::uint32_t>(source),
                       .feed = publisher.feed(),
                       .mid = static_cast<char>('0' + source % each)});
  }
  return streams;
}

void LoadRun::join_subscriber() {
  const std::size_t index = subscribers_.size();
  subscribers_.push_back(std::make_unique<Subscriber>(*context_, index, wanted_streams(index)));
  adopt(*subscribers_.back());
  if (subscribers_.back()->wanted().empty()) {
    subscribers_.back()->fail("none of its publishers is connected");
  }
}

void LoadRun::adopt(Peer& peer) {
  ++joining_;
  look_after_at_ = std::min(look_after_at_, monotonic_now() + kLookAfterJoinersInterval);
  live_.push_back({.peer = &peer});
  if (peer.begin_join(monotonic_now())) receiver_->add(peer);
}

std::expected<void, std::string> LoadRun::measure() {
  const auto never = [](Timestamp) { return false; };
  const Timestamp warm_at = monotonic_now() + seconds(options_.warmup_seconds);
  if (const auto done = go_on("warming up", warm_at, never); !done) return done;
  progress_.finish();
  begin_measurement();
  const Timestamp end_at = monotonic_now() + seconds(options_.seconds);
  churn_next_at_ = monotonic_now();
  const auto done = go_on("steady", end_at, [this](Timestamp now) {
    churn(now);
    return false;
  });
  progress_.finish();
  end_measurement();
  if (!done) return done;
  const auto drained = drain();
  sum_up();
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
  for (const auto& subscriber : subscribers_) subscriber->note_begin();
  begin_ = {.at = monotonic_now(),
            .cpu = thread_cpu_time(),
            .waiting = thread_waiting_time(),
            .sent = sender_->totals(),
            .queue_drops = own_queue_drops()};
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

void LoadRun::churn(Timestamp now) {
  if (options_.churn_per_second <= 0 || now < churn_next_at_ || oldest_first_.empty()) return;
  churn_next_at_ += seconds(1 / options_.churn_per_second);
  Subscriber& leaver = *oldest_first_.front();
  oldest_first_.pop_front();
  if (leaver.state() == PeerState::kConnected) {
    leaver.note_leaving();
    queue_drops_of_leavers_ += leaver.socket().queue_drops();
    leaver.leave(now);
    --live_connected_;
  }
  join_subscriber();
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
  const Timestamp next = std::min(sender_->next_at(), look_after_at_);
  if (now < read_at_) {
    rest(std::min(next, read_at_));
  } else {
    receiver_->wait(std::clamp<Duration>(next - now, 0, kMillisecond));
    read_sockets();
  }
  now = monotonic_now();
  if (now >= look_after_at_) look_after_peers(now);
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
  read_at_ = has_media ? now + (joining_ > 0 ? kRestWhileJoining : kRest) : 0;
}

void LoadRun::rest(Timestamp until) {
  const timespec time{.tv_sec = until / kSecond, .tv_nsec = until % kSecond};
  ::clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &time, nullptr);
}

void LoadRun::look_after_peers(Timestamp now) {
  look_after_at_ = now + (joining_ > 0 ? kLookAfterJoinersInterval : kLookAfterInterval);
  std::erase_if(live_, [&](LivePeer& live) {
    if (live.peer->is_live()) live.peer->handle_timeout(now);
    return !note_progress(*live.peer, live.is_noted, now);
  });
}

bool LoadRun::note_progress(Peer& peer, bool& is_noted, Timestamp now) {
  if (peer.state() == PeerState::kConnected && !is_noted) {
    is_noted = true;
    --joining_;
    ++live_connected_;
    ++result_.connected_peers;
    result_.join_times.record(peer.join_time());
    if (peer.role() == PeerRole::kPublisher) {
      sender_->start(static_cast<Publisher&>(peer), now);
    } else {
      oldest_first_.push_back(static_cast<Subscriber*>(&peer));
    }
  }
  if (peer.state() == PeerState::kFailed) {
    if (is_noted) --live_connected_;
    if (!is_noted) --joining_;
    ++result_.failed_peers;
    if (result_.first_failure.empty()) result_.first_failure = peer.failure();
  }
  return peer.is_live();
}

void LoadRun::on_event(std::uint64_t handle, const json::object& event) {
  const std::string kind = text_at(event, "/janus");
  if (kind != "hangup" && kind != "trickle") return;
  for (const LivePeer& live : live_) {
    if (live.peer->handle_id() != handle || !live.peer->is_live()) continue;
    if (kind == "hangup") {
      live.peer->fail("the server hung up: " + text_at(event, "/reason"));
    } else {
      live.peer->add_remote_candidate(monotonic_now(), text_at(event, "/candidate/candidate"));
    }
    return;
  }
}

void LoadRun::show_progress(const std::string& phase, Timestamp until, Timestamp now) {
  progress_.show({.phase = phase,
                  .connected = live_connected_,
                  .failed = result_.failed_peers,
                  .wanted = options_.publishers + options_.subscribers,
                  .received = receiver_->totals().media_datagrams,
                  .sent = sender_->totals().packets,
                  .seconds_left = until == kNever ? -1 : (until - now) / kSecond},
                 now);
}

std::uint64_t LoadRun::own_queue_drops() const {
  std::uint64_t drops = queue_drops_of_leavers_;
  for (const LivePeer& live : live_) {
    if (live.peer->is_live()) drops += live.peer->socket().queue_drops();
  }
  return drops;
}

void LoadRun::sum_up() {
  result_.publishers = options_.publishers;
  result_.subscribers = options_.subscribers;
  result_.own_queue_drops = own_queue_drops() - begin_.queue_drops;
  result_.decrypted_packets = receiver_->totals().decrypted;
  result_.srtp_failures = receiver_->totals().srtp_failures;
  result_.delays = receiver_->totals().delays;
  for (const auto& subscriber : subscribers_) {
    for (const WantedStream& wanted : subscriber->wanted()) {
      const auto& all = subscriber->received();
      const auto found =
          std::ranges::find(all, std::optional(wanted.source), &ReceivedStream::source);
      const StreamStats* stats = found == all.end() ? nullptr : &found->stats;
      result_.expected_packets +=
          expected_packets(stats, sources_[wanted.source].window, subscriber->membership());
      if (stats == nullptr) continue;
      result_.received_packets += stats->counts().received;
      result_.duplicate_packets += stats->counts().duplicates;
      result_.reordered_packets += stats->counts().reordered;
      if (stats->has_jitter()) result_.jitters.record(stats->jitter_ns());
    }
  }
}

void LoadRun::finish() {
  signalling_.set_on_event({});
  room_.destroy();
  signalling_.stop();
}

}  // namespace penstock::load
