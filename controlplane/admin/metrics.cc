#include "controlplane/admin/metrics.h"

#include <array>
#include <charconv>
#include <string_view>
#include <utility>

#include "dataplane/base/drop_reason.h"

namespace penstock {
namespace {

struct Label {
  std::string_view name;
  std::string_view value;  // names of ours: nothing in them needs an escape
};

// One family after the other, each with its HELP and TYPE lines first.
class MetricsWriter {
 public:
  void family(std::string_view name, std::string_view type, std::string_view help) {
    name_ = name;
    text_.append("# HELP penstock_").append(name).append(" ").append(help).append("\n");
    text_.append("# TYPE penstock_").append(name).append(" ").append(type).append("\n");
  }
  void sample(std::initializer_list<Label> labels, std::string_view value,
              std::string_view suffix = {}) {
    text_.append("penstock_").append(name_).append(suffix);
    char open = '{';
    for (const Label& label : labels) {
      text_.append(1, std::exchange(open, ',')).append(label.name).append("=\"");
      text_.append(label.value).append("\"");
    }
    if (open == ',') text_ += '}';
    text_.append(" ").append(value).append("\n");
  }
  void sample(std::initializer_list<Label> labels, std::uint64_t value,
              std::string_view suffix = {}) {
    sample(labels, std::to_string(value), suffix);
  }
  std::string take() { return std::move(text_); }

 private:
  std::string_view name_;
  std::string text_;
};

// Shortest text that reads back as the same number.
std::string seconds(double ns) {
  std::array<char, 32> text;
  const auto end = std::to_chars(text.data(), text.data() + text.size(), ns / 1e9);
  return {text.data(), end.ptr};
}
std::string seconds(Duration ns) { return seconds(static_cast<double>(ns)); }

void write_pools(MetricsWriter& out, const Lifetimes& lifetimes) {
  using Field = std::pair<std::string_view, std::size_t PoolCounts::*>;
  static constexpr std::array kStates = {Field{"free", &PoolCounts::free},
                                         Field{"live", &PoolCounts::live},
                                         Field{"retired", &PoolCounts::retired}};
  out.family("pool_objects", "gauge", "Slots of each pool by state; their sum is the capacity.");
  for (const PoolReport& pool : lifetimes.pools) {
    for (const auto& [state, member] : kStates) {
      out.sample({{"pool", pool.name}, {"state", state}}, pool.counts.*member);
    }
  }
  out.family("pool_capacity", "gauge", "Slots of each pool.");
  for (const PoolReport& pool : lifetimes.pools) {
    out.sample({{"pool", pool.name}}, pool.counts.capacity);
  }
  out.family("packets_capacity", "gauge", "Packet buffers.");
  out.sample({}, lifetimes.packets.capacity);
  out.family("packets_free", "gauge", "Packet buffers that nobody holds.");
  out.sample({}, lifetimes.packets.free);
  out.family("packets_in_use", "gauge", "Packet buffers in rings, queues and hands.");
  out.sample({}, lifetimes.packets.in_use());
  out.family("heap_in_use_bytes", "gauge", "What the process has from malloc.");
  out.sample({}, lifetimes.heap_bytes);
}

// The buckets of the histogram are too many for a scrape: powers of two from 1 us to 1 s, which are
// bounds of the histogram's own, so that no bucket is split.
void write_waits(MetricsWriter& out, const RetireReport& list) {
  constexpr int kFirst = 10;
  constexpr int kLast = 30;
  std::uint64_t count = 0;
  std::size_t bucket = 0;
  for (int exponent = kFirst; exponent <= kLast; ++exponent) {
    const Duration bound = Duration{1} << exponent;
    for (; bucket < Histogram::kBuckets && Histogram::upper_bound(bucket) < bound; ++bucket) {
      count += list.waits.bucket_count(bucket);
    }
    out.sample({{"list", list.name}, {"le", seconds(bound)}}, count, "_bucket");
  }
  out.sample({{"list", list.name}, {"le", "+Inf"}}, list.waits.count(), "_bucket");
  out.sample({{"list", list.name}}, seconds(static_cast<double>(list.waits.sum())), "_sum");
  out.sample({{"list", list.name}}, list.waits.count(), "_count");
}

void write_retire(MetricsWriter& out, const Lifetimes& lifetimes) {
  out.family("retire_waiting", "gauge", "Objects that wait to be reclaimed.");
  for (const RetireReport& list : lifetimes.retire) {
    out.sample({{"list", list.name}}, list.waiting);
  }
  out.family("retire_capacity", "gauge", "Room of each retire list; creates stop at half of it.");
  for (const RetireReport& list : lifetimes.retire) {
    out.sample({{"list", list.name}}, list.capacity);
  }
  out.family("retire_oldest_seconds", "gauge", "How long the oldest waiting object has waited.");
  for (const RetireReport& list : lifetimes.retire) {
    out.sample({{"list", list.name}}, seconds(list.oldest));
  }
  out.family("reclaim_seconds", "histogram", "From retire to reclaim.");
  for (const RetireReport& list : lifetimes.retire) write_waits(out, list);
  out.family("grace_period_seconds", "gauge", "Age of the oldest grace period in progress, or 0.");
  out.sample({}, seconds(lifetimes.grace_period.since));
}

void write_drops(MetricsWriter& out, const Lifetimes& lifetimes) {
  out.family("drops_total", "counter", "Packets that went no further, by worker and reason.");
  for (std::size_t i = 0; i < lifetimes.workers.size(); ++i) {
    const std::string worker = std::to_string(i);
    for (std::size_t reason = 0; reason < kDropReasonCount; ++reason) {
      out.sample({{"worker", worker}, {"reason", to_label(static_cast<DropReason>(reason))}},
                 lifetimes.workers[i].stats->drops[reason].get());
    }
  }
}

struct WorkerCounter {
  std::string_view name;
  std::string_view help;
  Counter WorkerStats::* counter;
};
constexpr std::array kWorkerCounters = {
    WorkerCounter{"frames_received_total", "Frames from the port.", &WorkerStats::frames_received},
    WorkerCounter{"frames_sent_total", "Frames to the port.", &WorkerStats::frames_sent},
    WorkerCounter{"received_bytes_total", "Bytes from the port.", &WorkerStats::bytes_received},
    WorkerCounter{"sent_bytes_total", "Bytes to the port.", &WorkerStats::bytes_sent},
    WorkerCounter{"ecn_capable_received_total", "UDP packets of senders that know ECN, not marked.",
                  &WorkerStats::ecn_capable_received},
    WorkerCounter{"ecn_congestion_received_total", "UDP packets that a congested router marked.",
                  &WorkerStats::ecn_congestion_received},
    WorkerCounter{"media_received_total", "Authenticated RTP packets.",
                  &WorkerStats::media_received},
    WorkerCounter{"media_forwarded_total", "RTP packets sent, one for each receiver.",
                  &WorkerStats::media_forwarded},
    WorkerCounter{"media_recorded_total", "RTP packets recorded.", &WorkerStats::media_recorded},
    WorkerCounter{"media_resent_total", "RTP packets sent again, as RTX.",
                  &WorkerStats::media_resent},
    WorkerCounter{"padding_sent_total",
                  "RTP packets of nothing but padding, sent to find out what receivers can take.",
                  &WorkerStats::padding_sent},
    WorkerCounter{"probes_kept_total",
                  "RTP packets sent again, as RTX, to find out what receivers can take.",
                  &WorkerStats::probes_kept},
    WorkerCounter{"media_paced_total", "RTP packets that waited for the pace of their receiver.",
                  &WorkerStats::media_paced},
    WorkerCounter{"media_repaired_total", "RTP packets that publishers' retransmissions brought.",
                  &WorkerStats::media_repaired},
    WorkerCounter{"rtcp_received_total", "RTCP packets received.", &WorkerStats::rtcp_received},
    WorkerCounter{"rtcp_sent_total", "RTCP packets sent.", &WorkerStats::rtcp_sent},
    WorkerCounter{"stun_answered_total", "STUN checks answered by the worker.",
                  &WorkerStats::stun_answered},
    WorkerCounter{"keyframes_requested_total", "PLI sent to publishers.",
                  &WorkerStats::keyframes_requested},
    WorkerCounter{"keyframes_cached_total", "Receivers that began with a keyframe that was kept.",
                  &WorkerStats::keyframes_cached},
    WorkerCounter{"retransmissions_requested_total", "Packets in NACKs sent to publishers.",
                  &WorkerStats::retransmissions_requested},
    WorkerCounter{"handed_over_total", "Packets handed to other workers.",
                  &WorkerStats::handed_over}};

void write_workers(MetricsWriter& out, const Lifetimes& lifetimes) {
  for (const WorkerCounter& each : kWorkerCounters) {
    out.family(each.name, "counter", each.help);
    for (std::size_t i = 0; i < lifetimes.workers.size(); ++i) {
      out.sample({{"worker", std::to_string(i)}},
                 (lifetimes.workers[i].stats->*each.counter).get());
    }
  }
  const auto family = [&](std::string_view name, std::string_view type, std::string_view help,
                          auto value) {
    out.family(name, type, help);
    for (std::size_t i = 0; i < lifetimes.workers.size(); ++i) {
      out.sample({{"worker", std::to_string(i)}}, value(lifetimes.workers[i]));
    }
  };
  using Report = const WorkerReport&;
  family("loop_iterations_total", "counter", "Iterations of the worker's loop.",
         [](Report worker) { return worker.iterations; });
  family("loop_busy_iterations_total", "counter", "Iterations that had work.",
         [](Report worker) { return worker.busy_iterations; });
  family("loop_busy_seconds_total", "counter", "Time that iterations with work took.",
         [](Report worker) { return seconds(worker.busy); });
  family("loop_sleeps_total", "counter", "How often the worker slept.",
         [](Report worker) { return worker.sleeps; });
  family("heartbeat_age_seconds", "gauge", "Since the worker's last iteration began.",
         [](Report worker) { return seconds(worker.heartbeat.age); });
  family("worker_stalled", "gauge", "1 while the worker has not reported for a second.",
         [](Report worker) { return std::uint64_t{worker.heartbeat.is_stalled}; });
  family("stalls_total", "counter", "How often the worker has not reported for a second.",
         [](Report worker) { return worker.heartbeat.stalls; });
}

// A member of one of the structures of counters.
template <typename Stats>
struct Counter {
  std::string_view name;
  std::string_view help;
  std::uint64_t Stats::* value;
};

template <typename Stats, std::size_t kCount>
void write_counters(MetricsWriter& out, const std::array<Counter<Stats>, kCount>& counters,
                    const Stats& stats) {
  for (const Counter<Stats>& each : counters) {
    out.family(each.name, "counter", each.help);
    out.sample({}, stats.*each.value);
  }
}

constexpr std::array kMediaCounters = {
    Counter<MediaStats>{"dtls_records_discarded_total",
                        "DTLS records that cannot be of the association they came for.",
                        &MediaStats::dtls_records_discarded},
    Counter<MediaStats>{"dtls_datagrams_discarded_total",
                        "DTLS datagrams of validated pairs that had no effect.",
                        &MediaStats::dtls_datagrams_discarded},
    Counter<MediaStats>{"dtls_handshakes_delayed_total",
                        "DTLS handshakes that waited for others, because of a limit.",
                        &MediaStats::dtls_handshakes_delayed}};

constexpr std::array kDataCounters = {
    Counter<DataStats>{"data_messages_received_total", "Messages of publishers' data channels.",
                       &DataStats::messages_received},
    Counter<DataStats>{"data_bytes_received_total", "Bytes of those messages.",
                       &DataStats::bytes_received},
    Counter<DataStats>{"data_messages_sent_total",
                       "Messages sent on data channels, one for each receiver.",
                       &DataStats::messages_sent},
    Counter<DataStats>{"data_bytes_sent_total", "Bytes of those messages.", &DataStats::bytes_sent},
    Counter<DataStats>{"data_messages_dropped_total",
                       "Unreliable messages that a receiver reads too slowly to be sent.",
                       &DataStats::messages_dropped},
    Counter<DataStats>{"data_messages_ignored_total",
                       "Messages of no channel or type, or too large for a receiver.",
                       &DataStats::messages_ignored},
    Counter<DataStats>{"data_channels_opened_total", "Data channels opened, by peers and by us.",
                       &DataStats::channels_opened},
    Counter<DataStats>{"data_channels_refused_total",
                       "Data channels not opened: asked for wrongly, or too many.",
                       &DataStats::channels_refused},
    Counter<DataStats>{"data_channels_overflowed_total",
                       "Reliable data channels closed: their receiver reads too slowly.",
                       &DataStats::channels_overflowed},
    Counter<DataStats>{"data_packets_discarded_total",
                       "SCTP packets that are short, have a wrong checksum, or are of nobody.",
                       &DataStats::packets_discarded},
    Counter<DataStats>{"data_associations_closed_total",
                       "SCTP associations that the peer ended, or answered no more.",
                       &DataStats::associations_closed}};

constexpr std::array kPortCounters = {
    Counter<PortReport>{"port_received_packets_total", "Frames that the port's device received.",
                        &PortReport::received_packets},
    Counter<PortReport>{"port_received_bytes_total", "Bytes that the port's device received.",
                        &PortReport::received_bytes},
    Counter<PortReport>{"port_transmitted_packets_total", "Frames that the port's device sent.",
                        &PortReport::transmitted_packets},
    Counter<PortReport>{"port_transmitted_bytes_total", "Bytes that the port's device sent.",
                        &PortReport::transmitted_bytes},
    Counter<PortReport>{"port_missed_packets_total",
                        "Frames that the device dropped, because its receive ring was full.",
                        &PortReport::missed_packets},
    Counter<PortReport>{"port_no_buffer_packets_total",
                        "Frames that were dropped, because no packet buffer was free.",
                        &PortReport::no_buffer_packets},
    Counter<PortReport>{"port_receive_errors_total", "Frames that the device found broken.",
                        &PortReport::receive_errors},
    Counter<PortReport>{"port_transmit_errors_total", "Frames that the device failed to send.",
                        &PortReport::transmit_errors},
    Counter<PortReport>{"port_too_large_packets_total",
                        "Datagrams that were not sent: a link on their way has a smaller MTU.",
                        &PortReport::too_large_packets},
    Counter<PortReport>{"port_link_changes_total", "How often the port's link came or went.",
                        &PortReport::link_changes}};

void write_port(MetricsWriter& out, const PortReport& port) {
  write_counters(out, kPortCounters, port);
  out.family("port_link_up", "gauge", "1 while the port's link is up.");
  out.sample({}, std::uint64_t{port.is_link_up});
}

// Worker 0 answers for the port.
void write_conflicts(MetricsWriter& out, const Lifetimes& lifetimes) {
  if (lifetimes.workers.empty()) return;
  out.family("port_address_conflicts_total", "counter",
             "How often somebody else spoke as if the port's address were his.");
  for (std::size_t which = 0; which < kOwnAddresses; ++which) {
    out.sample({{"address", kOwnAddressLabels[which]}},
               lifetimes.workers[0].stats->address_conflicts[which].get());
  }
}

void write_audit(MetricsWriter& out, const Lifetimes& lifetimes) {
  out.family("audits_total", "counter", "How often the books of the pools were checked.");
  out.sample({}, lifetimes.audit.runs);
  out.family("audit_findings", "gauge", "What did not add up; anything but 0 is a bug.");
  out.sample({}, lifetimes.audit.findings.size());
}

constexpr std::array kSignallingCounters = {
    Counter<SignallingStats>{"signalling_accepted_total", "TCP connections accepted.",
                             &SignallingStats::accepted},
    Counter<SignallingStats>{"signalling_refused_total",
                             "TCP connections closed at once: too many.",
                             &SignallingStats::refused_full},
    Counter<SignallingStats>{"signalling_tls_handshakes_total", "TLS handshakes that were begun.",
                             &SignallingStats::tls_handshakes},
    Counter<SignallingStats>{"signalling_tls_handshakes_failed_total",
                             "TLS handshakes that were not done, or not in time.",
                             &SignallingStats::tls_handshakes_failed},
    Counter<SignallingStats>{"signalling_failed_total",
                             "Connections ended by an exception, which the log has.",
                             &SignallingStats::failed},
    Counter<SignallingStats>{"signalling_requests_total", "HTTP requests.",
                             &SignallingStats::requests},
    Counter<SignallingStats>{"signalling_refused_requests_total",
                             "HTTP requests answered 4xx or 5xx.",
                             &SignallingStats::refused_requests},
    Counter<SignallingStats>{"signalling_rate_limited_total",
                             "Requests answered 429 and messages read later.",
                             &SignallingStats::rate_limited},
    Counter<SignallingStats>{"signalling_messages_received_total", "WebSocket messages.",
                             &SignallingStats::messages_in},
    Counter<SignallingStats>{"signalling_messages_sent_total", "WebSocket messages.",
                             &SignallingStats::messages_out},
    Counter<SignallingStats>{"signalling_slow_readers_total",
                             "Connections dropped, because they did not read what was sent.",
                             &SignallingStats::slow_readers}};

void write_signalling(MetricsWriter& out, const SignallingStats& signalling) {
  out.family("signalling_connections", "gauge", "TCP connections that are open.");
  out.sample({}, signalling.connections);
  out.family("signalling_unread_bytes", "gauge", "Sent to clients that have not read it yet.");
  out.sample({}, signalling.unread_bytes);
  write_counters(out, kSignallingCounters, signalling);
}

constexpr std::array kWhipCounters = {
    Counter<whip::Stats>{"whip_published_total", "Sessions of WHIP that were made.",
                         &whip::Stats::published},
    Counter<whip::Stats>{"whep_played_total", "Sessions of WHEP that were made.",
                         &whip::Stats::played},
    Counter<whip::Stats>{"whep_counter_offers_total", "Of them, those that were offered to (406).",
                         &whip::Stats::counter_offers},
    Counter<whip::Stats>{"whep_resumed_total", "Players whose publisher was followed by another.",
                         &whip::Stats::resumed},
    Counter<whip::Stats>{"whip_fragments_total", "Fragments with candidates.",
                         &whip::Stats::fragments},
    Counter<whip::Stats>{"whip_ice_restarts_total", "ICE restarts.", &whip::Stats::ice_restarts},
    Counter<whip::Stats>{"whip_refused_total", "Requests answered 4xx or 5xx, but for 406.",
                         &whip::Stats::refused}};

constexpr std::array kRecordingCounters = {
    Counter<RecordingReport>{"recordings_finished_total", "Files of recordings that have ended.",
                             &RecordingReport::finished},
    Counter<RecordingReport>{"recordings_failed_total", "Of them, those that could not be written.",
                             &RecordingReport::failed},
    Counter<RecordingReport>{"recording_packets_total", "Packets in files.",
                             &RecordingReport::packets},
    Counter<RecordingReport>{"recording_bytes_total", "Bytes written to files.",
                             &RecordingReport::bytes},
    Counter<RecordingReport>{"recording_packets_lost_total",
                             "Packets that were not recorded: the disk does not keep up.",
                             &RecordingReport::lost}};

void write_recordings(MetricsWriter& out, const RecordingReport& recordings) {
  out.family("recorders", "gauge", "Publishers that are recorded.");
  out.sample({}, recordings.recorders);
  out.family("recordings", "gauge", "Files of recordings that are written.");
  out.sample({}, recordings.files);
  out.family("recording_waiting_bytes", "gauge", "Recorded, and not yet taken for a file.");
  out.sample({}, recordings.waiting_bytes);
  out.family("recording_free_bytes", "gauge", "Free on the disk for recordings.");
  out.sample({}, recordings.free_bytes);
  write_counters(out, kRecordingCounters, recordings);
}

}  // namespace

std::string metrics_text(const Lifetimes& lifetimes) {
  MetricsWriter out;
  write_pools(out, lifetimes);
  write_port(out, lifetimes.port);
  write_conflicts(out, lifetimes);
  write_retire(out, lifetimes);
  write_workers(out, lifetimes);
  write_drops(out, lifetimes);
  write_counters(out, kMediaCounters, lifetimes.media);
  write_counters(out, kDataCounters, lifetimes.data);
  out.family("dtls_jobs", "gauge", "DTLS associations that are worked on or wait for it.");
  out.sample({}, lifetimes.dtls_jobs);
  write_audit(out, lifetimes);
  write_signalling(out, lifetimes.signalling);
  write_counters(out, kWhipCounters, lifetimes.whip);
  if (lifetimes.recordings) write_recordings(out, *lifetimes.recordings);
  return out.take();
}

}  // namespace penstock
