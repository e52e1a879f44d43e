#include "controlplane/server/pool_plan.h"

#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <fstream>

#include "controlplane/http/websocket_heap.h"
#include "controlplane/janus/core.h"
#include "controlplane/media/peer.h"
#include "controlplane/sctp/limits.h"
#include "controlplane/whip/session.h"
#include "dataplane/worker/context.h"

namespace penstock {
namespace {

// What a publisher has at most on average: camera, microphone, screen and its sound.
constexpr std::size_t kStreamsPerPublisher = 4;

// What was unlinked keeps its slot until the workers have reported: one slot in eight more, so that
// a full server can replace what goes.
constexpr std::size_t kGraceShare = 8;

constexpr std::string_view kInGrace = "in their grace period";

template <typename T>
PoolSum sum(std::string_view pool, std::string_view limit, std::vector<PoolTerm> terms) {
  return {.pool = pool, .limit = limit, .slot_bytes = sizeof(PoolSlot<T>), .terms = terms};
}

std::size_t grace_of(std::size_t slots) { return (slots + kGraceShare - 1) / kGraceShare; }

void add_grace_term(PoolSum& sum) {
  sum.terms.push_back({std::string(kInGrace), grace_of(sum.slots())});
}

void plan_control_plane(PoolPlan& plan, const config::LimitsConfig& limits, std::size_t recorded) {
  const std::size_t participants = limits.participants;
  plan.rooms = sum<room::Room>("rooms", "rooms", {{"rooms", limits.rooms}});
  plan.publishers =
      sum<room::Publisher>("publishers", "participants", {{"participants", participants}});
  plan.subscribers =
      sum<room::Subscriber>("subscribers", "participants", {{"receiving", participants}});
  plan.sessions = sum<janus::Session>(
      "sessions", "participants",
      {{"of participants", participants}, {"looking around or timing out", participants}});
  plan.handles = sum<janus::SessionHandle>("handles", "participants",
                                           {{"publishing", participants},
                                            {"receiving", participants},
                                            {"managing, one a session", plan.sessions.slots()}});
  plan.whip_sessions =
      sum<whip::Session>("WHIP sessions", "participants",
                         {{"publishing", limits.publishers}, {"playing", participants}});
  plan.peers = sum<Peer>("peers", "participants",
                         {{"publishing", limits.publishers},
                          {"receiving", participants},
                          {"publishing as dummies", limits.publishers},
                          {"recording", recorded},
                          {"forwarding", limits.forwarders}});
  plan.peer_heap = {.pool = "peers' heap",
                    .limit = "participants",
                    .slot_bytes = kPeerHeapBytes,
                    .terms = {{"publishing", limits.publishers}, {"receiving", participants}}};
  plan.dtls_heap = {.pool = "DTLS heap",
                    .limit = "participants",
                    .slot_bytes = dtls_association_bytes(loaded_openssl_version()),
                    .terms = {{"publishing", limits.publishers}, {"receiving", participants}}};
  plan.sctp_heap = {.pool = "SCTP heap",
                    .limit = "participants",
                    .slot_bytes = kSctpAssociationHeapBytes,
                    .terms = {{"publishing", limits.publishers}, {"receiving", participants}}};
}

// Each transport has either one or the other.
void plan_tables(PoolPlan& plan, const config::LimitsConfig& limits, std::size_t recorded) {
  plan.publisher_tables = {
      .pool = "published lines",
      .limit = "streams_per_publisher_max",
      .slot_bytes = Transport::table_bytes(limits.streams_per_publisher_max, 0),
      .terms = {{"publishing", limits.publishers}}};
  add_grace_term(plan.publisher_tables);
  plan.subscriber_tables = {
      .pool = "received lines",
      .limit = "subscriptions_per_subscriber_max",
      .slot_bytes = Transport::table_bytes(0, limits.subscriptions_per_subscriber_max),
      .terms = {{"receiving", limits.participants},
                {"recording", recorded},
                {"forwarding", limits.forwarders}}};
  add_grace_term(plan.subscriber_tables);
}

void plan_data_plane(PoolPlan& plan, const config::LimitsConfig& limits, std::size_t recorded) {
  plan.transports = sum<Transport>(
      "transports", "participants",
      {{"publishing", limits.publishers},
       {"receiving", limits.participants},
       {"recording", recorded},
       {"forwarding", limits.forwarders},
       {std::string(kInGrace), grace_of(limits.publishers) +
                                   grace_of(limits.participants + recorded + limits.forwarders)}});
  plan.streams = sum<Stream>("streams", "publishers",
                             {{"of publishers, " + std::to_string(kStreamsPerPublisher) + " each",
                               kStreamsPerPublisher * limits.publishers}});
  add_grace_term(plan.streams);
  // Signalling may turn each of them into simulcast. What is not needed is not touched.
  plan.encodings = {.pool = "encodings",
                    .limit = "publishers",
                    .slot_bytes = Stream::kFurtherBytes,
                    .terms = {{"of streams, after the first of each", plan.streams.slots()}}};
  plan.subscriptions =
      sum<Subscription>("subscriptions", "subscriptions",
                        {{"subscriptions", limits.subscriptions},
                         {"recorded, " + std::to_string(kStreamsPerPublisher) + " of a publisher",
                          kStreamsPerPublisher * recorded},
                         {"of forwarders", limits.forwarders}});
  add_grace_term(plan.subscriptions);
  const PoolSizes sizes{.transports = plan.transports.slots(),
                        .streams = plan.streams.slots(),
                        .subscriptions = plan.subscriptions.slots()};
  plan.fan_out_chunks = sum<FanOutChunk>(
      "fan-out chunks", "subscriptions",
      {{"one a subscription, live or not", sizes.subscriptions},
       {"left by subscriptions that changed their stream", Pools::chunks_left_max(sizes)}});
  plan_tables(plan, limits, recorded);
}

// What waits for its turn, and what was sent and may have to be sent again.
void plan_media(PoolPlan& plan, const config::LimitsConfig& limits, std::size_t workers) {
  const std::size_t packets = limits.history_packets_per_publisher * limits.publishers;
  plan.slots = {.pool = "received media",
                .limit = "history_packets_per_publisher",
                .slot_bytes = SlotRing::ring_bytes(packets * Slot::kFullBytes / workers),
                .terms = {{"of workers, " + std::to_string(limits.history_packets_per_publisher) +
                               " packets a publisher",
                           workers}}};
  plan.kept = {
      .pool = "kept packets",
      .limit = "publishers",
      .slot_bytes = KeptPackets::kStreamBytes,
      .terms = {{"of streams", plan.streams.slots()},
                {"of further encodings", KeptPackets::further_rings(plan.streams.slots())}}};
}

// As the configuration has it.
std::string key_of(const PoolSum& sum) {
  const bool is_of_limits = sum.limit.find('.') == std::string_view::npos;
  return (is_of_limits ? "limits." : "") + std::string(sum.limit);
}

// "1.5 GiB", "101.2 MiB"
std::string bytes_text(std::size_t bytes) {
  const double mib = static_cast<double>(bytes) / (1'024 * 1'024);
  std::array<char, 32> text;
  const bool is_large = mib >= 10'000;
  std::snprintf(text.data(), text.size(), is_large ? "%.1f GiB" : "%.1f MiB",
                is_large ? mib / 1'024 : mib);
  return text.data();
}

std::string table_line(std::string_view pool, std::string_view slots, std::string_view each,
                       std::string_view total) {
  std::array<char, 128> text;
  std::snprintf(text.data(), text.size(), "%-14.*s %9.*s %10.*s %11.*s  ",
                static_cast<int>(pool.size()), pool.data(), static_cast<int>(slots.size()),
                slots.data(), static_cast<int>(each.size()), each.data(),
                static_cast<int>(total.size()), total.data());
  return text.data();
}

std::string table_line(const PoolSum& sum) {
  return table_line(sum.pool, std::to_string(sum.slots()), std::to_string(sum.slot_bytes),
                    bytes_text(sum.bytes())) +
         sum.formula();
}

}  // namespace

std::size_t PoolSum::slots() const {
  std::size_t sum = 0;
  for (const PoolTerm& term : terms) sum += term.slots;
  return sum;
}

std::string PoolSum::formula() const {
  std::string text;
  for (const PoolTerm& term : terms) {
    if (term.slots == 0) continue;
    if (!text.empty()) text += " + ";
    text += std::to_string(term.slots) + " " + term.holder;
  }
  return text;
}

std::array<const PoolSum*, 21> PoolPlan::all() const {
  return {&rooms,         &publishers,     &subscribers,      &sessions,          &handles,
          &whip_sessions, &peers,          &transports,       &streams,           &encodings,
          &subscriptions, &fan_out_chunks, &publisher_tables, &subscriber_tables, &slots,
          &arenas,        &kept,           &peer_heap,        &dtls_heap,         &sctp_heap,
          &websocket_heap};
}

PoolPlan plan_pools(const config::LimitsConfig& limits, std::size_t workers, bool over_tls,
                    const config::RecordingConfig& recording) {
  PoolPlan plan;
  const std::size_t recorded = recording.is_on() ? recording.publishers_max : 0;
  plan_control_plane(plan, limits, recorded);
  plan_data_plane(plan, limits, recorded);
  plan.arenas = {.pool = "recorded media",
                 .limit = "recording.arena_mib",
                 .slot_bytes = std::size_t{recording.arena_mib} * 1'024 * 1'024,
                 .terms = {{"of workers", recording.is_on() ? workers : 0}}};
  plan_media(plan, limits, workers);
  plan.websocket_heap = {.pool = "WebSockets",
                         .limit = "participants",
                         .slot_bytes = kWebSocketHeapBytes + (over_tls ? kTlsHeapBytes : 0),
                         .terms = {{"of participants", limits.participants}}};
  return plan;
}

std::expected<void, std::string> check_pools(const PoolPlan& plan, std::size_t dpdk_bytes,
                                             std::size_t machine_bytes) {
  constexpr std::size_t kSlotsMax = Handle<int>::kIndexMask;
  std::size_t bytes = dpdk_bytes;
  const PoolSum* largest = &plan.rooms;
  for (const PoolSum* sum : plan.all()) {
    if (sum->slots() > kSlotsMax) {
      return std::unexpected(key_of(*sum) + ": the pool of " + std::string(sum->pool) +
                             " would have " + std::to_string(sum->slots()) + " slots (" +
                             sum->formula() + "); a pool has at most " + std::to_string(kSlotsMax));
    }
    bytes += sum->bytes();
    if (sum->bytes() > largest->bytes()) largest = sum;
  }
  if (bytes > machine_bytes) {
    return std::unexpected(key_of(*largest) + ": the pools need " + bytes_text(bytes) +
                           " and there are " + bytes_text(machine_bytes) + "; the largest is " +
                           std::string(largest->pool) + ", " + bytes_text(largest->bytes()) + " (" +
                           largest->formula() + ")");
  }
  return {};
}

std::size_t machine_memory_bytes() {
  std::size_t bytes = static_cast<std::size_t>(::sysconf(_SC_PHYS_PAGES)) *
                      static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
  // "max" where there is no limit: then nothing is read.
  std::ifstream cgroup("/sys/fs/cgroup/memory.max");
  if (std::size_t limit = 0; cgroup >> limit) bytes = std::min(bytes, limit);
  return bytes;
}

std::vector<std::string> pool_table(const PoolPlan& plan, const PoolSum& packets) {
  std::vector<std::string> lines = {table_line("pools", "slots", "bytes each", "memory") + "sum"};
  std::size_t bytes = packets.bytes();
  for (const PoolSum* sum : plan.all()) {
    if (sum->slots() == 0) continue;
    lines.push_back(table_line(*sum));
    bytes += sum->bytes();
  }
  lines.push_back(table_line(packets));
  std::string total = table_line("all pools", "", "", bytes_text(bytes));
  total.erase(total.find_last_not_of(' ') + 1);
  lines.push_back(total);
  return lines;
}

}  // namespace penstock
